# SPDX-License-Identifier: Apache-2.0
"""The host's side of requests on phones (`connectors.phones.PhoneDesk`), in short transactions.

Nothing that is told to whoever types a number depends on whether somebody is known by it, here or
there (CR-030); and nobody's phone can be filled with requests by whoever knows a number (OA-145).
Strangers use up nothing of somebody who has proved their account, and end nothing of theirs.
Applications that ask for somebody count as strangers, and ring only where nothing else does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import bindparam, select

from connectors.national_ids import is_national_id
from connectors.phones import PhoneCall, Standing
from idp.accounts.models import AccountRow
from idp.audit.record import Audit, Event
from idp.clock import DRIFT, Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Database, Found, Tx, part, table_of
from idp.directory import numbers
from idp.login import phone_statements as statements
from idp.lookup import Lookup
from idp.messages.quotas import Quotas
from idp.origin import Origin

KIND: Final = "ecps"
TABLE: Final = "phone_requests"
# Seconds, and never more than the other side gives.
LIFE: Final = 120
ON_PHONE: Final = 3
# Of those, by whoever types a number: one is left for its owner.
TYPED: Final = 2
NUMBERS: Final = 100
# After the end: until whoever asks has noted it.
GRACE: Final = 15
LONGEST: Final = 64
accounts = table_of(AccountRow)
NUMBER_OF = select(accounts.c.national_id).where(accounts.c.id == bindparam("account"))
SHOWN: Final = {
    "new": Standing.WAITING,
    "asking": Standing.WAITING,
    "waiting": Standing.WAITING,
    # CR-030: whoever is not known there looks like whoever does not answer.
    "unknown": Standing.WAITING,
    "lost": Standing.NOT_REACHED,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an application asks of somebody, for their phone to ask at once."""

    approval: str
    national_id: str = field(repr=False)
    account: str
    application: str
    # The two digits that its screen shows.
    number: str
    address: str
    life: int


class PhoneDesk:
    """Writes wishes down and reads how they stand; asks nobody."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        lookup: Lookup,
        ring: KeyRing,
        audit: Audit,
        quotas: Quotas,
        per_address: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._ring = ring
        self._audit = audit
        self._quotas = quotas
        # Requests that ten minutes may bring from one address: a whole hospital's, maybe.
        self._per_address = per_address

    def spelling(self, typed: str) -> str | None:
        """As it is on a card; a number with a wrong key would be somebody else's phone."""
        if len(typed) > LONGEST:
            return None
        kept = numbers.tidy(typed)
        found = numbers.national_id_of(kept) or kept
        mistyped = found.startswith("8") and numbers.rpps_fault(found[1:])
        return found if is_national_id(found) and not mistyped else None

    def known_by(self, account: str) -> str | None:
        """What the account is known by in the registers."""
        with self._database.read() as tx:
            found = tx.execute(NUMBER_OF, {"account": account}).scalar()
        return found or None

    def last(self, attempt: str) -> PhoneCall | None:
        """How the request of a journey stands."""
        with self._database.read() as tx:
            row = tx.execute(statements.LAST, {"journey_": attempt}).first()
        return None if row is None else standing_of(row, self._clock.now())

    def look(self, journey: str, browser: str) -> PhoneCall | None:
        """The same, for the browser that waits and no other."""
        known = {"journey_": journey, "browser_": self._lookup.hash(browser)}
        with self._database.read() as tx:
            row = tx.execute(statements.LOOK, known).first()
        return None if row is None else standing_of(row, self._clock.now())

    def call(
        self,
        attempt: str,
        national_id: str,
        account: str | None,
        application: str | None,
        address: str,
    ) -> bool:
        """Write down a wish; the request itself is made by `idp.login.phone_calls`."""
        now = self._clock.now()
        typed, owner, asked = self._kinds(national_id)
        person = owner if account else typed
        known = {"journey_": attempt, "now": now}
        # Their own requests take the place of a stranger's; never the other way round.
        ended = (owner, typed, asked) if account else (typed,)
        with self._database.write() as tx:
            with part(tx) as own:
                # Held from here on: of two wishes for one person the second counts the first.
                most = self._per_address
                fits = bool(self._quotas.take_call(tx, national_id, account, address, most))
                every = self._on_phone(tx, now, owner, typed, asked)
                strange = self._on_phone(tx, now, typed, asked)
                if not fits or every >= ON_PHONE or (not account and strange >= TYPED):
                    own.give_up()
                    fits = False
            if not fits:
                self._refuse(tx, account, application, address)
                return False
            tx.execute(statements.DROP, known)
            tx.execute(statements.OVERTAKE, {"now": now} | _of(*ended))
            told = {"national_id": national_id, "account": account, "application": application}
            row = self._row(person, now) | {"journey": attempt, "number": self._drawn()}
            self._add(tx, row, told | {"address": address})
        return True

    def put(self, tx: Tx, wanted: Wanted) -> bool:
        """Have an application's request put on a phone; False: it is left to message and page."""
        now, number = self._clock.now(), wanted.national_id
        typed, owner, asked = self._kinds(number)
        with part(tx) as own:
            # Held from here on, as for those who log in.
            fits = self._quotas.take_call(tx, number, None, "", 0)
            # OA-145: nothing rings where something lies, also of what nobody waits for any more.
            if not fits or self._on_phone(tx, now, owner, typed, asked):
                own.give_up()
                return False
        told = {"national_id": number, "account": wanted.account}
        row = self._row(asked, now)
        row |= {"journey": "", "approval": wanted.approval, "number": wanted.number}
        row["expires_at"] = now + min(LIFE, wanted.life)
        where = {"application": wanted.application, "address": wanted.address}
        self._add(tx, row, told | where)
        return True

    def asked(self, account: str, approval: str) -> PhoneCall | None:
        """How the phone of somebody stands to what an application asks them."""
        with self._database.read() as tx:
            row = tx.execute(statements.FOR_APPROVAL, {"approval_": approval}).first()
        if row is None:
            return None
        whom = json.loads(self._ring.open(row.whom, table=TABLE, column="whom", row=row.id))
        return standing_of(row, self._clock.now()) if whom["account"] == account else None

    def take(self, attempt: str) -> str | None:
        """What was heard, for one judgement."""
        known = {"journey_": attempt, "now": self._clock.now()}
        with self._database.write() as tx:
            row = tx.execute(statements.TAKE, known).first()
            if row is None:
                return None
            tx.execute(statements.EMPTY, {"request": row.id})
        return self._ring.open(row.heard, table=TABLE, column="heard", row=row.id).decode()

    def drop(self, attempt: str) -> None:
        """Nobody waits for it any more."""
        with self._database.write() as tx:
            tx.execute(statements.DROP, {"journey_": attempt, "now": self._clock.now()})

    def _kinds(self, national_id: str) -> tuple[bytes, bytes, bytes]:
        """One person, by who asks: whoever types the number, they themselves, an application."""
        kinds = ("typed", "known", "asked")
        typed, owner, asked = (self._lookup.hash(f"{KIND}:{one}:{national_id}") for one in kinds)
        return typed, owner, asked

    def _on_phone(self, tx: Tx, now: int, *persons: bytes) -> int:
        return int(tx.execute(statements.ON_PHONE, {"now": now} | _of(*persons)).scalar_one())

    def _drawn(self) -> str:
        # 128 bits: the remainder favours no number.
        return f"{int.from_bytes(self._entropy.bytes(16)) % NUMBERS:02}"

    def _add(self, tx: Tx, row: dict[str, Any], whom: Mapping[str, str | None]) -> None:
        row["whom"] = self._seal(row["id"], "whom", json.dumps(whom))
        tx.execute(statements.ADD, row)

    def _row(self, person: bytes, now: int) -> dict[str, Any]:
        return {
            "id": self._entropy.token(16),
            "approval": None,
            "person": person,
            "is_open": 1,
            "state": "new",
            "created_at": now,
            "expires_at": now + LIFE,
            "pause": 0,
            "due_at": now,
            "lease": 0,
        }

    def _refuse(self, tx: Tx, account: str | None, application: str | None, address: str) -> None:
        event = Event(
            "login.failed",
            "refused",
            account=account,
            application=application,
            means=KIND,
            detail={"why": "too_many"},
        )
        self._audit.record(tx, event, Origin(address, "", ""))

    def _seal(self, row: str, column: str, text: str) -> str:
        return self._ring.seal(text.encode(), table=TABLE, column=column, row=row)


def _of(first: bytes, *others: bytes) -> dict[str, bytes]:
    """Up to three kinds of one person, as the statements name them."""
    second, third = (*others, first, first)[:2]
    return {"person_": first, "beside_": second, "further_": third}


def standing_of(row: Found, now: int) -> PhoneCall | None:
    """What its page may tell."""
    if row.created_at > now + DRIFT:
        return None
    standing = SHOWN.get(row.state) or Standing(row.state)
    left = max(int(row.expires_at) - now, 0)
    if standing is Standing.WAITING and now > row.expires_at + GRACE:
        # Nobody has noted it: whoever asks is down.
        standing = Standing.EXPIRED
    if standing is Standing.ACCEPTED and now >= row.decided_at + statements.KEEP:
        standing = Standing.EXPIRED
    return PhoneCall(standing, row.number, left)


def forget_old(tx: Tx, before: int) -> None:
    """Drop the requests that were over before a moment."""
    tx.execute(statements.FORGET, {"before": before})
