# SPDX-License-Identifier: Apache-2.0
"""« My data »: a copy of everything that the pages tell about a person, to take away.

The shape is described in docs/account-data.md; a change that breaks readers changes its version.
"""

import json
from dataclasses import asdict
from typing import Any, Final

from idp.accounts import establishments as houses
from idp.accounts import particulars
from idp.accounts.values import Account
from idp.administration.patients import consents
from idp.audit.record import Event
from idp.credentials import devices, otp
from idp.credentials.held import Held, held_by
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.services import Core, Services
from idp.http.wire import NO_STORE, Answer, Reply
from idp.messages.sent import sent_to
from idp.providers.values import kind_of
from idp.registration.statements import of_account
from idp.web.account_applications import consent_facts, used_facts
from idp.web.account_cards import card_facts
from idp.web.account_confirm import proved_beside
from idp.web.account_history import history_facts
from idp.web.account_lasting import lasting_facts
from idp.web.account_page import Stamp, plain, stamp
from idp.web.account_parts import Owner, show
from idp.web.account_profile import profile_facts
from idp.web.account_sessions import session_facts
from idp.web.means import label_of, sentence_of

HERE: Final = "/account/data"
FORMAT: Final = "sceau-account-data"
VERSION: Final = 1
NAME: Final = "sceau-account-data.json"


class DataPages:
    """GET and POST /account/data."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "account_data", self.explain)
        app.page(HERE, "account_export", self.export, methods=["POST"])

    def explain(self) -> Answer:
        """What the copy holds."""
        owner = self._owner()
        return show("data", {}) if isinstance(owner, Owner) else owner

    def export(self) -> Answer:
        """The copy, as a file."""
        owner = self._owner()
        if not isinstance(owner, Owner):
            return owner
        document = export_of(self._core, owner.account, owner.session.id)
        event = Event("account.exported", account=owner.account.id, session=owner.session.id)
        with self._core.database.write() as tx:
            self._core.audit.record(tx, event, owner.visit.call.origin)
            self._core.alerts.account_changed(tx, owner.account, "data")
        headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Disposition", f'attachment; filename="{NAME}"'),
            *NO_STORE,
        ]
        return Reply(200, headers, json.dumps(document, ensure_ascii=False, indent=2).encode())

    def _owner(self) -> Owner | Answer:
        """Somebody who has just proved who they are: all at once is more than any single page."""
        return proved_beside(self._services, HERE)


def export_of(core: Core, account: Account, session: str) -> dict[str, Any]:
    """Everything, from the very facts that the pages are made of."""
    now = core.clock.now()
    with core.database.read() as tx:
        held = held_by(tx, account.id)
        standing = core.passwords.standing(tx, account.id, account.person.population)
        lack = core.otp.lacks(tx, account)
        browsers = _browsers(tx, account.id)
        messages = _messages(tx, account.id)
        establishments = _establishments(tx, account.id)
        requests = _requests(core, tx, account.id)
        linked = _linked(core, tx, account.id)
    history, whole = history_facts(core, account.id)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": Stamp(now),
        "server": core.settings.server.issuer,
        **_person(core, account),
        "language": account.person.locale,
        "ways_of_logging_in": {
            "password": {
                "since": stamp(held.password_since),
                "ends": stamp(standing.ends_at) if standing else None,
                "may_change_from": stamp(core.renewal.may_start(account) or None),
            },
            "one_time_code": {
                "since": stamp(held.otp_since),
                "ready": lack is None,
                # What is missing, for programs and as read.
                "lacks": lack,
                "why": sentence_of(otp.KIND, lack) if lack else None,
            },
            **_strong_ways(held),
            "calculettes": _calculettes(core, account.id),
            "linked": linked,
        },
        "cards": card_facts(held, now),
        "browsers": browsers,
        "sessions": [
            {name: fact for name, fact in one.items() if name != "id"}
            for one in session_facts(core, account.id, session)
        ],
        "applications": used_facts(core, account),
        "consents": consent_facts(core, account),
        "access_while_away": lasting_facts(core, account.id),
        # What establishments noted; a patient alone has any.
        "establishments": establishments,
        # What somebody asked for at registration, as they sent it.
        "requests": requests,
        "history": history,
        "history_is_whole": whole,
        "messages": messages,
    }
    found: dict[str, Any] = plain(document)
    return found


def _linked(core: Core, tx: Tx, account: str) -> list[dict[str, Any]]:
    """The providers that open the account, and who its owner is there."""
    return [
        {
            "provider": label_of(kind_of(one.provider)),
            "issuer": one.issuer,
            "subject": one.subject,
            "known_as": one.label,
            "since": stamp(one.made_at),
            "last_used": stamp(one.last_used_at),
        }
        for one in core.provider_links.of_account(tx, account)
    ]


def _person(core: Core, account: Account) -> dict[str, Any]:
    """Who they are, where they can be reached, and what they practise."""
    with core.database.read() as tx:
        place = particulars.load(tx, account.id)
        activities = core.activities.of(tx, account.id)
    return {
        "profile": profile_facts(core, account),
        "addresses": {
            name: getattr(account.person, name)
            for name in ("email", "email_verified", "phone", "phone_verified")
        },
        # Address, phones, who finds them; professions and specialities by their codes.
        "particulars": asdict(place),
        # As an administrator, the national register, or those have it by whom they log in.
        "activities": [asdict(one) for one in activities],
    }


def _browsers(tx: Tx, account: str) -> list[dict[str, Stamp]]:
    found = devices.listed(tx, account)
    return [{"first_used": Stamp(one), "last_used": Stamp(last)} for one, last in found]


def _establishments(tx: Tx, account: str) -> list[dict[str, Any]]:
    names = {one.key: one.name for one in houses.every(tx)}
    return [
        {
            "key": one.establishment,
            "establishment": names.get(one.establishment, one.establishment),
            "text": one.text_version,
            "since": Stamp(one.given_at),
            "withdrawn": stamp(one.withdrawn_at),
        }
        for one in consents.of_account(tx, account)
    ]


def _requests(core: Core, tx: Tx, account: str) -> list[dict[str, Any]]:
    found = [core.requests.load(tx, one) for one in of_account(tx, account)]
    return [
        {
            "sent": stamp(one.sent_at),
            "address_confirmed": stamp(one.submitted_at),
            "decided": stamp(one.decided_at),
            "state": one.stage.value,
            "terms": one.terms_version,
            "terms_accepted": Stamp(one.terms_at),
            **asdict(one.content),
        }
        for one in found
        if one is not None
    ]


def _strong_ways(held: Held) -> dict[str, Any]:
    app, codes = held.authenticator, held.recovery
    return {
        "authenticator": {
            "name": app.name,
            "since": Stamp(app.since),
            "last_used": stamp(app.last_used),
        }
        if app
        else None,
        "recovery_codes": {"since": Stamp(codes.since), "left": codes.left, "used": codes.used}
        if codes
        else None,
        "passkeys": [
            {
                "name": one.name,
                "since": Stamp(one.since),
                "last_used": stamp(one.last_used),
                "synchronised": one.synchronised,
            }
            for one in held.passkeys
        ],
    }


def _calculettes(core: Core, account: str) -> list[dict[str, Any]]:
    with core.database.read() as tx:
        found = core.calculettes.of_account(tx, account)
    return [
        {
            "card": one.card,
            "reader": one.reader,
            "state": one.standing.value,
            "since": Stamp(one.created_at),
            "last_used": stamp(one.last_used_at),
        }
        for one in found
    ]


def _messages(tx: Tx, account: str) -> list[dict[str, Any]]:
    return [
        {
            "channel": one.channel,
            "about": one.purpose,
            "to": one.shown,
            "state": one.state,
            "at": Stamp(one.at),
        }
        for one in sent_to(tx, account)
    ]
