# SPDX-License-Identifier: Apache-2.0
"""The pages of « My account »: one line each. A page that is not there yet is not shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from werkzeug.exceptions import HTTPException

from idp.accounts.values import Account, Population
from idp.credentials.held import Held
from idp.http.flask_app import current_server
from idp.web.account_page import shown_day

Text = Any


@dataclass(frozen=True, slots=True)
class Holder:
    """What the overview knows of its visitor."""

    account: Account
    held: Held
    sessions: int
    # The means that this person can use as things stand.
    usable: frozenset[str]
    # How many providers open the account.
    linked: int
    # How many applications wait for their word.
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: where, under which sign and name, and what stands there now."""

    path: str
    icon: str
    title: Text
    about: Callable[[Holder], str]
    when: Callable[[Holder], bool] = lambda _holder: True


def _is_patient(holder: Holder) -> bool:
    return holder.account.person.population is Population.PATIENT


def _is_professional(holder: Holder) -> bool:
    return holder.account.person.population is Population.PROFESSIONAL


def _has_recovery(holder: Holder) -> bool:
    # They come with the app that they stand in for.
    return holder.held.authenticator is not None or holder.held.recovery is not None


def _addresses(holder: Holder) -> str:
    person = holder.account.person
    return " · ".join(one for one in (person.email, person.phone) if one) or str(_("Not given"))


def _password(holder: Holder) -> str:
    since = holder.held.password_since
    return str(_("Changed on %(day)s", day=shown_day(since)) if since else _("Not set up"))


def _one_time(holder: Holder) -> str:
    return str(_("On") if "otp" in holder.usable else _("Off"))


def _authenticator(holder: Holder) -> str:
    app = holder.held.authenticator
    return app.name or str(_("Set up")) if app else str(_("Not set up"))


def _recovery(holder: Holder) -> str:
    codes = holder.held.recovery
    left = codes.left if codes else 0
    if codes is None:
        return str(_("Not set up"))
    return str(ngettext("%(num)d code left", "%(num)d codes left", left))


def _passkeys(holder: Holder) -> str:
    count = len(holder.held.passkeys)
    if not count:
        return str(_("Not set up"))
    return str(ngettext("%(num)d passkey", "%(num)d passkeys", count))


def _cards(holder: Holder) -> str:
    count = len(holder.held.cards)
    if not count:
        return str(_("None known"))
    return str(ngettext("%(num)d card", "%(num)d cards", count))


def _prosante(holder: Holder) -> str:
    known = holder.account.person.national_id
    return str(_("Known by your number") if known else _("Not set up"))


def _linked(holder: Holder) -> str:
    if not holder.linked:
        return str(_("None"))
    return str(_("Linked: %(number)s", number=holder.linked))


def _has_linkable(holder: Holder) -> bool:
    return holder.linked > 0 or bool(current_server().added.providers())


def _sessions(holder: Holder) -> str:
    return str(ngettext("%(num)d session open", "%(num)d sessions open", holder.sessions))


def _requests(holder: Holder) -> str:
    if not holder.waiting:
        return str(_("None waits"))
    return str(ngettext("%(num)d waits for you", "%(num)d wait for you", holder.waiting))


def _says(sentence: Text) -> Callable[[Holder], str]:
    return lambda _holder: str(sentence)


_l = lazy_gettext
MENU: tuple[tuple[Text, tuple[Entry, ...]], ...] = (
    (
        _l("You"),
        (
            Entry(
                "/account/profile",
                "person",
                _l("Profile and language"),
                _says(_l("What is known about you")),
            ),
            Entry(
                "/account/identity",
                "cps",
                _l("Change my account"),
                _says(_l("What you say of yourself: it takes your card")),
                _is_professional,
            ),
            Entry(
                "/account/directory",
                "book",
                _l("Directory and address"),
                _says(_l("Who finds you, and where you are reached")),
                _is_professional,
            ),
            Entry("/account/contact", "mail", _l("E-mail and mobile"), _addresses),
        ),
    ),
    (
        _l("Ways of logging in"),
        (
            Entry("/account/password", "password", _l("Password"), _password),
            Entry("/account/contact/otp", "otp", _l("One-time code"), _one_time),
            Entry("/account/authenticator", "totp", _l("Authenticator app"), _authenticator),
            Entry(
                "/account/recovery-codes", "lock", _l("Recovery codes"), _recovery, _has_recovery
            ),
            Entry("/account/passkeys", "passkey", _l("Passkeys"), _passkeys),
            Entry("/account/cards", "cps", _l("Cards"), _cards, _is_professional),
            Entry(
                "/account/prosante",
                "cps",
                _l("Pro Santé Connect and e-CPS"),
                _prosante,
                _is_professional,
            ),
            Entry("/account/providers", "door", _l("Linked logins"), _linked, _has_linkable),
        ),
    ),
    (
        _l("What happens with your account"),
        (
            Entry("/account/requests", "inbox", _l("Requests of applications"), _requests),
            Entry("/account/sessions", "screen", _l("Open sessions"), _sessions),
            Entry(
                "/account/applications",
                "apps",
                _l("Applications"),
                _says(_l("Used by you, and what they learn about you")),
            ),
            Entry(
                "/account/history",
                "clock",
                _l("History"),
                _says(_l("Logins, and tries that were refused")),
            ),
        ),
    ),
    (
        _l("Your data"),
        (
            Entry("/account/data", "download", _l("My data"), _says(_l("Take a copy with you"))),
            Entry(
                "/account/withdraw",
                "leave",
                _l("Withdraw my consent"),
                _says(_l("Closes your account")),
                _is_patient,
            ),
        ),
    ),
)


def menu_for(holder: Holder) -> list[dict[str, Any]]:
    """The groups with their pages, so far as they are there and meant for this person."""
    groups = []
    for title, entries in MENU:
        shown = [
            {
                "url": one.path,
                "icon": one.icon,
                "title": one.title,
                "about": one.about(holder),
            }
            for one in entries
            if one.when(holder) and is_mounted(one.path)
        ]
        if shown:
            groups.append({"title": title, "entries": shown})
    return groups


def is_mounted(path: str) -> bool:
    """Whether this server has a page of this address."""
    try:
        current_app.url_map.bind("").match(path)
    except HTTPException:
        return False
    return True
