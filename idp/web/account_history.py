# SPDX-License-Identifier: Apache-2.0
"""« History »: logins and what else concerned the account, refused ones too, in plain words.

A refused login is told without its reason: whoever reads over a shoulder, or in a stolen session,
learns nothing that helps to guess on.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.audit.history import END, MICROSECONDS, Past, past_of
from idp.http.flask_app import PageServer
from idp.http.services import Core, Services
from idp.http.wire import Answer
from idp.web.account_page import Stamp
from idp.web.account_parts import Owner, names_of, owner_of, show
from idp.web.devices import describe_device, describe_place
from idp.web.means import label_of

HERE = "/account/history"
PAGE = 20
# For a copy of one's data: more than this is told to be more.
MOST = 20_000
BATCH = 1000
CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)
Words = Callable[[], str]


class HistoryPages:
    """GET /account/history."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(HERE, "account_history", self.listed)

    def listed(self) -> Answer:
        """Twenty events, newest first."""
        owner = owner_of(self._services, HERE)
        if not isinstance(owner, Owner):
            return owner
        before = read_cursor(request.args.get("before", ""))
        with self._core.database.read() as tx:
            found = past_of(tx, owner.account.id, tuple(KINDS), PAGE + 1, before or (END, END))
        last = found[PAGE - 1] if len(found) > PAGE else None
        context = {
            "events": told(self._core, found[:PAGE]),
            "older_url": f"{HERE}?before={last.at}-{last.id}" if last else None,
            "newest_url": HERE if before else None,
        }
        return show("history", context)


def read_cursor(text: str) -> tuple[int, int] | None:
    """The event before which a page begins, where the address names one."""
    match = CURSOR.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def history_facts(core: Core, account: str) -> tuple[list[dict[str, Any]], bool]:
    """The whole history, and whether it is whole."""
    found: list[Past] = []
    before = (END, END)
    while len(found) < MOST:
        # One short look after another: nobody waits behind a long one.
        with core.database.read() as tx:
            more = past_of(tx, account, tuple(KINDS), BATCH, before)
        found += more
        if len(more) < BATCH:
            return told(core, found), True
        before = (more[-1].at, more[-1].id)
    return told(core, found), False


def told(core: Core, events: list[Past]) -> list[dict[str, Any]]:
    """Events in words."""
    names = names_of(core)
    return [
        {
            "kind": one.kind,
            "what": str(KINDS[one.kind](one)),
            "refused": one.kind in REFUSED,
            "means": label_of(one.means) if one.means else "",
            "application": names.get(one.application, "") if one.application else "",
            **_where(one),
            "at": Stamp(one.at // MICROSECONDS),
        }
        for one in events
    ]


def _where(event: Past) -> dict[str, str]:
    """With which device and from where; whoever administers shows neither to others."""
    if event.address and json.loads(event.detail or "{}").get("by"):
        return {"device": "", "place": str(_("By an administrator"))}
    device = describe_device(event.user_agent) if event.user_agent else ""
    # What was done at the server's own terminal has no address.
    terminal = event.address == TERMINAL
    return {"device": device, "place": "" if terminal else describe_place(event.address or "")}


def _ended(event: Past) -> str:
    why = str(json.loads(event.detail or "{}").get("why", ""))
    words = {
        "idle": _("A session ended: it had not been used for too long"),
        "card-revoked": _("A session ended: the card that opened it was revoked"),
        "authority-removed": _(
            "A session ended: the authority of the card that opened it is not believed any more"
        ),
        "too-many": _("A session ended: there were too many at once"),
        "replaced": _("A session ended: somebody else logged in with that browser"),
        "application": _("Logged out from an application"),
        "person": _("You logged out"),
        "provider": _("A session ended: you logged out of the service by which you had come"),
        "withdrawn": _("A session ended: the account was closed"),
    }
    if why.startswith("password"):
        return str(_("A session ended: the password was changed"))
    if why.startswith("means"):
        return str(_("A session ended: a means to log in was removed or replaced"))
    return str(words.get(why, _("A session ended")))


def _failed(event: Past) -> str:
    why = str(json.loads(event.detail or "{}").get("why", ""))
    if why.startswith("renewal"):
        return str(_("Logged in, and a new password was asked for"))
    return str(_("A login that did not succeed"))


def _says(words: Words) -> Callable[[Past], str]:
    return lambda _event: words()


# Refused by us, or by an application's rules.
REFUSED = {"login.failed", "login.refused", "account.link_refused"}
# How the commands sign what they do.
TERMINAL = "command line"
KINDS: dict[str, Callable[[Past], str]] = {
    "login.proved": _says(lambda: _("Logged in")),
    "login.failed": _failed,
    "login.refused": _says(lambda: _("An application stayed closed")),
    "session.ended": _ended,
    "password.set": _says(lambda: _("A password was set")),
    "password.forgotten": _says(lambda: _("A forgotten password was reported")),
    "passkey.cloned": _says(lambda: _("A passkey was refused: it may have been copied")),
    "otp.enabled": _says(lambda: _("One-time codes were switched on")),
    "otp.disabled": _says(lambda: _("One-time codes were switched off")),
    "otp.burned": _says(lambda: _("A one-time code was given up after wrong tries")),
    "account.email_changed": _says(lambda: _("The e-mail address was changed")),
    "account.email_verified": _says(lambda: _("The e-mail address was verified")),
    "account.phone_changed": _says(lambda: _("The mobile number was changed")),
    "account.phone_verified": _says(lambda: _("The mobile number was verified")),
    "account.phone_removed": _says(lambda: _("The mobile number was removed")),
    "recovery.renewed": _says(lambda: _("New recovery codes were made")),
    "recovery.used": _says(lambda: _("A recovery code was used")),
    "means.disabled": _says(lambda: _("Switched off after too many wrong tries")),
    "means.added": _says(lambda: _("A way of logging in was added")),
    "means.removed": _says(lambda: _("A way of logging in was removed")),
    "account.changed": _says(lambda: _("Details of the account were changed")),
    "account.edited": _says(lambda: _("Details of the account were changed")),
    "account.linked": _says(lambda: _("Your national number was proved and written down")),
    "account.link_refused": _says(lambda: _("A national number was proved, and not taken")),
    "account.merged": _says(lambda: _("Another account of yours became part of this one")),
    "account.reset": _says(lambda: _("A way to a new password was sent to you")),
    "account.unlocked": _says(lambda: _("Support opened the account again after wrong tries")),
    "account.exported": _says(lambda: _("A copy of the data was taken")),
    "calculette.added": _says(lambda: _("A calculette was bound to your card")),
    "calculette.removed": _says(lambda: _("A calculette was taken away from your card")),
    "calculette.disabled": _says(lambda: _("Your calculette was switched off")),
    "calculette.enabled": _says(lambda: _("Your calculette was switched on again")),
    "card.added": _says(lambda: _("A card was added")),
    "card.revoked": _says(lambda: _("A card was revoked")),
    "approval.given": _says(lambda: _("You agreed to an application that asked for you elsewhere")),
    "approval.refused": _says(lambda: _("An application that asked for you elsewhere was refused")),
    "consent.given": _says(lambda: _("You agreed to share details")),
    "lasting.given": _says(lambda: _("You let an application in while you are away")),
    "lasting.ended": _says(lambda: _("An application’s access while you are away was ended")),
    "consent.withdrawn": _says(lambda: _("You withdrew what you shared")),
}
