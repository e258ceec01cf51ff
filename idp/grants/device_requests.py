# SPDX-License-Identifier: Apache-2.0
"""What devices ask for that have no browser: found by the short code that a person types elsewhere,
agreed to once, redeemed once by the application that asked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, case, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import Clock, Entropy
from idp.db import Tx, table_of
from idp.grants.models import DeviceRequestRow
from idp.lookup import Lookup
from idp.origin import Origin

encode_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
LIFE: Final = 600
# Who agrees in the last second is told that it is done: the device may still come, after its pause.
GRACE: Final = 60
# Seconds between two questions of a device, and how many more once it was too fast.
PAUSE: Final = 5
SLOWER: Final = 5
LONGEST_PAUSE: Final = 300
# A question that sets out in time may arrive a little early.
EARLY: Final = 1
# Of one application, neither finished nor expired.
MOST: Final = 5000
# RFC 8628 §6.1: no vowels, so that no word comes about; 20 to the power of 8 is more than 2^34.
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH: Final = 8
GROUP: Final = 4
LONGEST_TYPED: Final = 64
TRIES: Final = 5

table = table_of(DeviceRequestRow)
NEW = upsert(table)
ADD = NEW.on_conflict_do_nothing(index_elements=["user_hash"]).returning(table.c.hash)
FULL = (
    select(table.c.hash)
    .where(
        table.c.application == bindparam("application_"),
        table.c.state.in_(("pending", "approved")),
        table.c.expires_at > bindparam("now"),
    )
    .offset(bindparam("most"))
    .limit(1)
)
FIND = select(
    table.c.hash, table.c.application, table.c.kept, table.c.address, table.c.created_at
).where(
    table.c.user_hash == bindparam("user_hash_"),
    table.c.state == "pending",
    table.c.expires_at > bindparam("now"),
)
# One statement decides who was first, on every node (OA-152, RL-02, RL-21).
DECIDE = (
    update(table)
    .where(
        table.c.hash == bindparam("hash_"),
        table.c.state == "pending",
        table.c.expires_at > bindparam("now"),
    )
    .returning(table.c.hash)
)
UNTIL = bindparam("until", type_=BigInteger) + table.c.pause
LATEST = case((table.c.expires_at < UNTIL, UNTIL), else_=table.c.expires_at)
APPROVE = DECIDE.values(state="approved", expires_at=LATEST)
REFUSE = DECIDE.values(state="refused")
BIND = (
    update(table).where(table.c.hash == bindparam("hash_")).values(grant_id=bindparam("grant_id_"))
)
REDEEM = (
    update(table)
    .where(
        table.c.hash == bindparam("hash_"),
        table.c.application == bindparam("application_"),
        table.c.state == "approved",
        table.c.expires_at > bindparam("now"),
    )
    .values(state="used")
    .returning(table.c.grant_id)
)
# FOR UPDATE: of two questions at the same time the second counts as too fast.
LOOK = (
    select(table.c.state, table.c.expires_at, table.c.pause, table.c.asked_at)
    .where(table.c.hash == bindparam("hash_"), table.c.application == bindparam("application_"))
    .with_for_update()
)
ASKED = (
    update(table)
    .where(table.c.hash == bindparam("hash_"))
    .values(asked_at=bindparam("now"), pause=bindparam("pause_"))
)


class NotYet(Enum):
    """Why a device is given nothing."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    TOO_FAST = "too_fast"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Codes:
    """What a device is given: one to keep, one to show."""

    device: str
    user: str


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What was asked, by which application, from where and when."""

    mark: str
    code: str
    application: str
    kept: Mapping[str, Any]
    address: str
    at: int


class DeviceRequests:
    """The verbs of what devices ask for."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup

    def ask(
        self, tx: Tx, application: str, kept: Mapping[str, Any], origin: Origin
    ) -> Codes | None:
        """Keep a request; its codes, or nothing where the application has too many."""
        now = self._clock.now()
        known = {"application_": application, "now": now, "most": MOST - 1}
        if tx.execute(FULL, known).first() is not None:
            return None
        for _try in range(TRIES):
            codes = Codes(self._entropy.token(), self._letters())
            row = {
                "hash": self._lookup.hash(codes.device),
                "user_hash": self._user_hash(codes.user),
                "application": application,
                "kept": encode_json(kept),
                "address": origin.address[:64],
                "state": "pending",
                "grant_id": None,
                "pause": PAUSE,
                "asked_at": 0,
                "created_at": now,
                "expires_at": now + LIFE,
            }
            if tx.execute(ADD, row).first() is not None:
                return Codes(codes.device, grouped(codes.user))
        return None

    def find(self, tx: Tx, typed: str) -> DeviceRequest | None:
        """What waits for the person who types this code, however they type it."""
        code = plain(typed)
        if code is None:
            return None
        known = {"user_hash_": self._user_hash(code), "now": self._clock.now()}
        row = tx.execute(FIND, known).first()
        if row is None:
            return None
        return DeviceRequest(
            row.hash.hex(),
            grouped(code),
            row.application,
            json.loads(row.kept),
            row.address,
            row.created_at,
        )

    def approve(self, tx: Tx, mark: str) -> bool:
        """A person agrees; True for the first, who then binds what they gave."""
        now = self._clock.now()
        known = {"hash_": bytes.fromhex(mark), "now": now, "until": now + GRACE}
        return tx.execute(APPROVE, known).first() is not None

    def refuse(self, tx: Tx, mark: str) -> bool:
        """A person refuses; True for the first who decides."""
        known = {"hash_": bytes.fromhex(mark), "now": self._clock.now()}
        return tx.execute(REFUSE, known).first() is not None

    def bind(self, tx: Tx, mark: str, grant: str) -> None:
        """What the person gave, in the transaction in which they agreed."""
        tx.execute(BIND, {"hash_": bytes.fromhex(mark), "grant_id_": grant})

    def redeem(self, tx: Tx, application: str, code: str) -> str | NotYet:
        """The grant that a person gave the device, once; or why there is none."""
        hashed, now = self._lookup.hash(code), self._clock.now()
        mine = {"hash_": hashed, "application_": application}
        row = tx.execute(REDEEM, {**mine, "now": now}).first()
        if row is not None:
            return str(row.grant_id)
        row = tx.execute(LOOK, mine).first()
        if row is None or row.state == "used":
            return NotYet.UNKNOWN
        if row.expires_at <= now:
            return NotYet.EXPIRED
        if row.state == "refused":
            return NotYet.REFUSED
        # RFC 8628 §3.5: and it stays that much slower.
        too_fast = row.asked_at <= now < row.asked_at + row.pause - EARLY
        pause = min(row.pause + SLOWER, LONGEST_PAUSE) if too_fast else row.pause
        tx.execute(ASKED, {"hash_": hashed, "now": now, "pause_": pause})
        return NotYet.TOO_FAST if too_fast else NotYet.PENDING

    def _letters(self) -> str:
        """Each letter as likely as the others: bytes that would favour some are left out."""
        found = ""
        most = 256 - 256 % len(LETTERS)
        while len(found) < LENGTH:
            drawn = self._entropy.bytes(2 * LENGTH)
            found += "".join(LETTERS[one % len(LETTERS)] for one in drawn if one < most)
        return found[:LENGTH]

    def _user_hash(self, code: str) -> bytes:
        return self._lookup.hash(f"device|{code}")


def plain(typed: str) -> str | None:
    """RFC 8628 §6.1: the letters alone, in any case; None where it can be no code of ours."""
    if len(typed) > LONGEST_TYPED:
        return None
    code = "".join(one for one in typed.upper() if not one.isspace() and one not in "-‐‑‒–—−_.")
    return code if len(code) == LENGTH and set(code) <= set(LETTERS) else None


def grouped(code: str) -> str:
    """As it is shown."""
    return f"{code[:GROUP]}-{code[GROUP:]}"
