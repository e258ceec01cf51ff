# SPDX-License-Identifier: Apache-2.0
"""Links of requests, sent by e-mail: 256 bits, kept by keyed hash.

One that confirms or brings back is good once. One to follow a request shows where it stands, and
nothing that anybody typed.
"""

from enum import StrEnum

from sqlalchemy import BigInteger, bindparam, delete, insert, select, update

from idp.clock import DRIFT, Clock, Entropy
from idp.db import Tx, table_of
from idp.lookup import Lookup
from idp.registration.models import RequestLinkRow

LONGEST = 128
table = table_of(RequestLinkRow)
LIVE = (
    (table.c.hash == bindparam("hash_"))
    & (table.c.purpose == bindparam("purpose_"))
    & table.c.used_at.is_(None)
    & (table.c.expires_at > bindparam("now"))
    # One from the future was made before a clock was set back: it is over (RL-09).
    & (table.c.created_at <= bindparam("now", type_=BigInteger) + DRIFT)
)
ADD = insert(table)
FIND = select(table.c.request).where(LIVE)
# One statement decides who was first.
USE = update(table).where(LIVE).values(used_at=bindparam("now")).returning(table.c.request)
VOID = (
    update(table)
    .where(
        table.c.request == bindparam("request_"),
        table.c.purpose == bindparam("purpose_"),
        table.c.used_at.is_(None),
    )
    .values(used_at=bindparam("now"))
)
FORGET = delete(table).where(table.c.request == bindparam("request_"))


class Purpose(StrEnum):
    """What a link is good for; none serves in another's place (CR-005)."""

    CONFIRM = "confirm"
    RESUME = "resume"
    FOLLOW = "follow"


class Links:
    """The verbs; the secret itself never reaches the database."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup

    def give(self, tx: Tx, request: str, purpose: Purpose, life: int) -> str:
        """The secret of a new link; earlier ones of the same purpose are void."""
        self.void(tx, request, purpose)
        secret, now = self._entropy.token(), self._clock.now()
        row = {
            "hash": self._lookup.hash(secret),
            "request": request,
            "purpose": purpose.value,
            "created_at": now,
            "expires_at": now + life,
        }
        tx.execute(ADD, row)
        return secret

    def find(self, tx: Tx, secret: str, purpose: Purpose) -> str | None:
        """The request of a live link; looking uses nothing up (CR-043)."""
        found: str | None = tx.execute(FIND, self._known(secret, purpose)).scalar()
        return found

    def use(self, tx: Tx, secret: str, purpose: Purpose) -> str | None:
        """The request of a live link, for its first presenter."""
        found: str | None = tx.execute(USE, self._known(secret, purpose)).scalar()
        return found

    def void(self, tx: Tx, request: str, purpose: Purpose) -> None:
        """End the open links of one purpose."""
        known = {"request_": request, "purpose_": purpose.value, "now": self._clock.now()}
        tx.execute(VOID, known)

    def forget(self, tx: Tx, request: str) -> None:
        """Drop all links of a request that is dropped itself."""
        tx.execute(FORGET, {"request_": request})

    def _known(self, secret: str, purpose: Purpose) -> dict[str, object]:
        hashed = self._lookup.hash(secret[:LONGEST])
        return {"hash_": hashed, "purpose_": purpose.value, "now": self._clock.now()}
