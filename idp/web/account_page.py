# SPDX-License-Identifier: Apache-2.0
"""What the page of the account shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from urllib.parse import quote

from flask_babel import format_date, format_datetime
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.db import Tx
from idp.grants.consents import Given
from idp.http.services import Core
from idp.http.wire import NO_STORE, Page
from idp.sessions.service import Opened
from idp.sessions.values import Session
from idp.web.choosing import SHOWN_ZONE
from idp.web.consent import describe
from idp.web.devices import describe_device


class Done(Enum):
    """What a button of the page has just done."""

    SESSION = "session"
    SESSION_UNTOLD = "session-untold"
    CONSENT = "consent"
    PASSWORD = "password"


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything of one person that the page tells."""

    account: Account
    sessions: list[Session]
    opened: Mapping[str, list[Opened]]
    given: list[Given]
    names: Mapping[str, str]


def account_page(core: Core, current: Session, done: Done | None) -> Page | None:
    """The page; None where the account has just gone."""
    with core.database.read() as tx:
        held = _read(core, tx, current.account)
    if held is None:
        return None
    person = held.account.person
    context = {
        "account": {
            "name": person.display_name,
            "identifier": person.identifier,
            "email": person.email or None,
            "done": _sentence(done),
            "sessions": [_session(held, one, current) for one in held.sessions],
            "applications": _used(held),
            "consents": [_consent(held, one) for one in held.given],
            "portal_url": "/",
        }
    }
    return Page("account/home.html", context, headers=list(NO_STORE))


def read_done(word: str) -> Done | None:
    """What the address says was done, where it is one of our words."""
    return next((one for one in Done if one.value == word), None)


def _read(core: Core, tx: Tx, account: str) -> Holdings | None:
    known = accounts.load(tx, account)
    if known is None:
        return None
    sessions = core.sessions.of_account(tx, account)
    return Holdings(
        account=known,
        sessions=sessions,
        opened={one.id: core.sessions.opened_in(tx, one.id) for one in sessions},
        given=core.consents.listed(tx, account),
        names={one.key: one.name for one in core.applications.every(tx)},
    )


def _sentence(done: Done | None) -> str | None:
    if done is None:
        return None
    sentences = {
        Done.SESSION: _("The session has ended."),
        Done.SESSION_UNTOLD: _(
            "The session has ended, but some applications could not be told: "
            "they may stay open in that browser."
        ),
        Done.PASSWORD: _("Your password is changed. Your other sessions have ended."),
        Done.CONSENT: _(
            "Your agreement is withdrawn. The application can no longer read your details; "
            "it will have to ask you again."
        ),
    }
    return str(sentences[done])


def _session(held: Holdings, one: Session, current: Session) -> dict[str, Any]:
    return {
        "device": describe_device(one.user_agent),
        "place": one.address or _("Unknown"),
        "since": shown_moment(one.created_at),
        "applications": [_name(held, each.application) for each in held.opened[one.id]],
        "current": one.id == current.id,
        "end_url": f"/account/sessions/{quote(one.id, safe='')}/end",
    }


def _used(held: Holdings) -> list[dict[str, str]]:
    last_used: dict[str, int] = {}
    for entries in held.opened.values():
        for entry in entries:
            name = _name(held, entry.application)
            last_used[name] = max(entry.first_at, last_used.get(name, 0))
    return [{"name": name, "last_used": shown_moment(at)} for name, at in sorted(last_used.items())]


def _consent(held: Holdings, one: Given) -> dict[str, Any]:
    return {
        "application": _name(held, one.application),
        # In the words of the page on which it was agreed to.
        "details": [each["label"] for each in describe(held.account.person, one.scope)],
        "given": shown_day(one.at),
        "withdraw_url": f"/account/consents/{quote(one.application, safe='')}/withdraw",
    }


def _name(held: Holdings, application: str) -> str:
    return held.names.get(application, application)


def shown_moment(moment: int) -> str:
    """A date and time as people read it."""
    return str(format_datetime(_local(moment), "d MMMM y, HH:mm", rebase=False))


def shown_day(moment: int) -> str:
    """A date as people read it."""
    return str(format_date(_local(moment), "d MMMM y", rebase=False))


def _local(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC).astimezone(SHOWN_ZONE)
