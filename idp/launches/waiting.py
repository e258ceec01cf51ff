# SPDX-License-Identifier: Apache-2.0
"""A launch on its way: arrived, opened by a browser, taken as a proof, handed over, told.

Each step is one statement, so that of two who try it at once one succeeds (RL-20). What is sealed
in it goes as soon as the application knows it, and at the end in any case.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from connectors.launches import Launch
from idp.accounts import national_ids
from idp.clock import DRIFT, Clock, Entropy
from idp.credentials import used_once
from idp.crypto import KeyRing
from idp.db import Found, Tx, table_of
from idp.launches import sources
from idp.launches.models import LaunchRow
from idp.launches.sources import Source
from idp.lookup import Lookup

KIND: Final = "launch"
# Until a browser opens it; until whoever is there has answered; until they have proved what more is
# asked of them; until the application brings the handle back.
OPENED_WITHIN: Final = 60
ANSWERED_WITHIN: Final = 300
ENTERED_WITHIN: Final = 900
REDEEMED_WITHIN: Final = 300
# The life of a code, and some time for the clock.
TOLD_WITHIN: Final = 300
LONGEST: Final = 128
table = table_of(LaunchRow)
ADD = insert(table)
FRESH = (
    table.c.expires_at > bindparam("now"),
    table.c.expires_at <= bindparam("latest"),
)
LOAD = select(table).where(table.c.id == bindparam("launch"))
WAITING = select(table).where(
    table.c.ticket_hash == bindparam("ticket"), table.c.opened_at.is_(None), *FRESH
)
OPEN = (
    update(table)
    .where(table.c.ticket_hash == bindparam("ticket"), table.c.opened_at.is_(None), *FRESH)
    .values(opened_at=bindparam("now"), journey=bindparam("leads_to"), expires_at=bindparam("then"))
    .returning(table.c.id)
)
TAKE = (
    update(table)
    .where(
        table.c.id == bindparam("launch"),
        table.c.journey == bindparam("leads_to"),
        table.c.taken_at.is_(None),
        *FRESH,
    )
    .values(taken_at=bindparam("now"), expires_at=bindparam("then"))
    .returning(*table.c)
)
HAND = (
    update(table)
    .where(
        table.c.id == bindparam("launch"),
        table.c.journey == bindparam("leads_to"),
        table.c.taken_at.is_not(None),
        table.c.handle_hash.is_(None),
    )
    .values(
        handle_hash=bindparam("handle"),
        account_id=bindparam("account"),
        session_id=bindparam("session"),
        expires_at=bindparam("then"),
    )
    .returning(table.c.id)
)
REDEEM = (
    update(table)
    .where(
        table.c.handle_hash == bindparam("handle"),
        table.c.application == bindparam("application_"),
        table.c.account_id == bindparam("account"),
        table.c.session_id == bindparam("session"),
        table.c.redeemed_at.is_(None),
        *FRESH,
    )
    .values(redeemed_at=bindparam("now"), expires_at=bindparam("then"))
    .returning(*table.c)
)
TELL = (
    update(table)
    .where(
        table.c.id == bindparam("launch"),
        table.c.application == bindparam("application_"),
        table.c.redeemed_at.is_not(None),
        table.c.told == bindparam("sealed"),
        *FRESH,
    )
    .values(told=None)
    .returning(table.c.id)
)
FORGET = delete(table).where(table.c.expires_at < bindparam("now"))


@dataclass(frozen=True, slots=True)
class Opened:
    """A launch before anything of it is taken."""

    id: str
    source: Source
    launch: Launch = field(repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """What an application is told: from where somebody came, and whose file was open there."""

    source: Source
    patient: dict[str, str] = field(repr=False)


class Launches:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._ring = ring

    def keep(self, tx: Tx, launch: Launch) -> str | None:
        """Keep one that was judged; its one-time ticket, or None where it came before."""
        hashed = self._lookup.hash(f"{launch.source}|{launch.name}")
        if not used_once.claim(tx, KIND, hashed, launch.until):
            return None
        name, ticket, now = self._entropy.token(16), self._entropy.token(), self._clock.now()
        row = {
            "id": name,
            "source": launch.source,
            "application": launch.application,
            "told": self._seal(name, launch),
            "ticket_hash": self._lookup.hash(ticket),
            "expires_at": now + OPENED_WITHIN,
        }
        tx.execute(ADD, row)
        sources.note_use(tx, launch.source, now)
        return ticket

    def waiting(self, tx: Tx, ticket: str) -> Opened | None:
        """What a ticket opens; nothing is used up."""
        if len(ticket) > LONGEST:
            return None
        known = {"ticket": self._lookup.hash(ticket)} | self._now()
        return self._opened(tx, tx.execute(WAITING, known).first())

    def open(self, tx: Tx, ticket: str, journey: str) -> bool:
        """Have it lead to this journey and to no other; True for whoever opens it."""
        known = {
            "ticket": self._lookup.hash(ticket),
            "leads_to": journey,
            "then": self._clock.now() + ANSWERED_WITHIN,
        }
        return tx.execute(OPEN, known | self._now()).first() is not None

    def look(self, tx: Tx, launch: str, journey: str) -> Opened | None:
        """What leads to a journey and was not taken yet; nothing is used up."""
        row = tx.execute(LOAD, {"launch": launch}).first()
        if row is None or row.journey != journey or row.taken_at is not None:
            return None
        return self._opened(tx, row) if row.expires_at > self._clock.now() else None

    def take(self, tx: Tx, launch: str, journey: str) -> Opened | None:
        """Take it as a proof in its journey, once."""
        then = self._clock.now() + ENTERED_WITHIN
        known = {"launch": launch, "leads_to": journey, "then": then} | self._now()
        return self._opened(tx, tx.execute(TAKE, known).first())

    def hand(self, tx: Tx, launch: str, journey: str, account: str, session: str) -> str | None:
        """The handle that its application brings back; None where it is not this person's."""
        found = self._opened(tx, tx.execute(LOAD, {"launch": launch}).first())
        # OA-180: the journey may have ended with somebody else than the program named.
        if found is None or account not in national_ids.holders(tx, found.launch.national_id):
            return None
        handle = self._entropy.token()
        known = {
            "launch": launch,
            "leads_to": journey,
            "handle": self._lookup.hash(handle),
            "account": account,
            "session": session,
            "then": self._clock.now() + REDEEMED_WITHIN,
        }
        return handle if tx.execute(HAND, known).first() else None

    def redeem(
        self, tx: Tx, handle: str, application: str, account: str, session: str
    ) -> str | None:
        """The launch behind a handle, for the application, person and session that it is for."""
        known = {
            "handle": self._lookup.hash(handle),
            "application_": application,
            "account": account,
            "session": session,
            "then": self._clock.now() + TOLD_WITHIN,
        }
        row = tx.execute(REDEEM, known | self._now()).first()
        found = self._opened(tx, row)
        return found.id if found else None

    def tell(self, tx: Tx, launch: str, application: str) -> Context | None:
        """What the application is told of it: once, and then it is gone from here."""
        row = tx.execute(LOAD, {"launch": launch}).first()
        found = self._opened(tx, row)
        if row is None or found is None:
            return None
        known = {"launch": launch, "application_": application, "sealed": row.told}
        if tx.execute(TELL, known | self._now()).first() is None:
            return None
        return Context(found.source, dict(found.launch.patient))

    def forget_old(self, tx: Tx) -> None:
        """Drop what nobody can use any more."""
        tx.execute(FORGET, {"now": self._clock.now()})

    def _now(self) -> dict[str, int]:
        now = self._clock.now()
        # A clock that was set back opens nothing again (RL-09).
        return {"now": now, "latest": now + ENTERED_WITHIN + DRIFT}

    def _opened(self, tx: Tx, row: Found | None) -> Opened | None:
        """BR-012: whatever its step, a source that may lead there no more leads nowhere."""
        source = sources.load(tx, row.source) if row is not None and row.told else None
        if row is None or source is None or row.application not in source.applications:
            return None
        if not sources.is_open(tx, source):
            return None
        return Opened(row.id, source, self._read(row.id, row.told))

    def _seal(self, name: str, launch: Launch) -> str:
        document = json.dumps(asdict(launch), separators=(",", ":")).encode()
        return self._ring.seal(document, table="launches", column="told", row=name)

    def _read(self, name: str, sealed: str) -> Launch:
        plain = self._ring.open(sealed, table="launches", column="told", row=name)
        found: dict[str, Any] = json.loads(plain)
        return Launch(**found)
