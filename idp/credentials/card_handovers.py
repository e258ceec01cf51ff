# SPDX-License-Identifier: Apache-2.0
"""A card's certificate on its way from the address that asked for it to the journey's page.

A journey opens a handover for its browser. The card's address, which knows no cookie, adds the
certificate of the one handshake that it saw, once. What it sends the browser back with is good for
half a minute, once, in the browser that began: whoever lures somebody to the address of a handover
of their own gets nothing, since the way back is known to that somebody's browser alone, and is not
taken from it.
"""

import hmac
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from idp.clock import DRIFT, Clock, Entropy
from idp.credentials.models import CardHandoverRow
from idp.crypto import KeyRing
from idp.db import Tx, table_of
from idp.lookup import Lookup

LIFE: Final = 300
# XC-026: a hand-over from one host to another by a one-time value, for 30 seconds at most.
RETURN_LIFE: Final = 30
# What stands before the id of a request, where a certificate is on its way to it: no journey is
# called so.
REQUEST: Final = "registration:"
table = table_of(CardHandoverRow)
ADD = insert(table)
FIND = select(table).where(table.c.hash == bindparam("handle"))
# One statement: of two handshakes with one handle, one is kept.
FILL = (
    update(table)
    .where(
        table.c.hash == bindparam("handle"),
        table.c.return_hash.is_(None),
        table.c.expires_at > bindparam("now"),
        table.c.created_at <= bindparam("latest"),
    )
    .values(
        certificate=bindparam("certificate_"),
        return_hash=bindparam("return_hash_"),
        return_until=bindparam("return_until_"),
    )
    .returning(table.c.journey)
)
# Whoever presents it ends it, rightly or not.
TAKE = (
    update(table)
    .where(table.c.return_hash == bindparam("returned"), table.c.used_at.is_(None))
    .values(used_at=bindparam("now"))
    .returning(
        table.c.hash, table.c.journey, table.c.browser, table.c.certificate, table.c.return_until
    )
)
EMPTY = update(table).where(table.c.hash == bindparam("handle")).values(certificate=None)
FORGET = delete(table).where(table.c.expires_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A handover as the card's address sees it."""

    journey: str
    # Whether it still waits for a certificate.
    open: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """A certificate was kept; where the browser goes back, and with what."""

    journey: str
    value: str = field(repr=False)


class NoCertificate(Enum):
    """Why what came back brings no certificate."""

    # Never made, or taken before: a page that was reloaded.
    UNKNOWN = "unknown"
    OLD = "old"
    # Made for another journey, or for another browser.
    ELSEWHERE = "elsewhere"


class CardHandovers:
    """The verbs."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._ring = ring

    def begin(self, tx: Tx, journey: str, browser: str) -> str:
        """The handle of a new handover; known to this browser alone."""
        handle, now = self._entropy.token(), self._clock.now()
        row = {
            "hash": self._lookup.hash(handle),
            "journey": journey,
            "browser": self._lookup.hash(browser),
            "created_at": now,
            "expires_at": now + LIFE,
        }
        tx.execute(ADD, row)
        return handle

    def find(self, tx: Tx, handle: str) -> Waiting | None:
        """The handover of this handle, used and old ones included."""
        row = tx.execute(FIND, {"handle": self._lookup.hash(handle)}).first()
        if row is None:
            return None
        now = self._clock.now()
        fresh = row.expires_at > now and row.created_at <= now + DRIFT
        return Waiting(row.journey, fresh and row.return_hash is None)

    def fill(self, tx: Tx, handle: str, certificate: bytes) -> Filled | None:
        """Keep the certificate of this handshake; None where the handle is over."""
        hashed, value, now = self._lookup.hash(handle), self._entropy.token(), self._clock.now()
        changes = {
            "handle": hashed,
            "now": now,
            "latest": now + DRIFT,
            "certificate_": self._ring.seal(certificate, **_place(hashed)),
            "return_hash_": self._lookup.hash(value),
            "return_until_": now + RETURN_LIFE,
        }
        row = tx.execute(FILL, changes).first()
        return Filled(row.journey, value) if row else None

    def take(self, tx: Tx, value: str, journey: str, browser: str) -> bytes | NoCertificate:
        """The certificate that came back with this value, for the browser that began."""
        now = self._clock.now()
        row = tx.execute(TAKE, {"returned": self._lookup.hash(value), "now": now}).first()
        if row is None:
            return NoCertificate.UNKNOWN
        tx.execute(EMPTY, {"handle": row.hash})
        same = row.journey == journey and bool(browser)
        if not same or not hmac.compare_digest(row.browser, self._lookup.hash(browser)):
            return NoCertificate.ELSEWHERE
        if not now < row.return_until <= now + RETURN_LIFE + DRIFT:
            return NoCertificate.OLD
        return self._ring.open(row.certificate, **_place(row.hash))

    def forget_old(self, tx: Tx, before: int) -> None:
        """Drop handovers that expired before this moment."""
        tx.execute(FORGET, {"before": before})


def _place(hashed: bytes) -> dict[str, str]:
    return {"table": "card_handovers", "column": "certificate", "row": hashed.hex()}
