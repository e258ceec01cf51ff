# SPDX-License-Identifier: Apache-2.0
"""Numbers to be typed into a reader: one live one a journey, for whoever was named there.

A challenge is answered right once (AG-014), judged a few times at most, and good for a few minutes;
a newer one in the same journey takes its place.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, and_, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import DRIFT, Clock, Entropy
from idp.credentials.models import CalculetteChallengeRow
from idp.db import Found, Tx, table_of

DIGITS = 8
table = table_of(CalculetteChallengeRow)
# One from further in the future was made before a clock was set back: it is over (RL-09).
IN_TIME = and_(
    table.c.expires_at > bindparam("now"),
    table.c.created_at <= bindparam("now", type_=BigInteger) + DRIFT,
)
LIVE = and_(table.c.ended_at.is_(None), table.c.tries < bindparam("most"), IN_TIME)
FIND = select(table).where(
    table.c.journey == bindparam("journey_"), table.c.holder == bindparam("holder_")
)
NEW = upsert(table)
CHANGED = ("id", "holder", "digits", "tries", "created_at", "expires_at", "ended_at")
# One statement decides: of two pages opened at once both show the same number, and a page that is
# loaded anew shows the one that it showed.
ISSUE = NEW.on_conflict_do_update(
    index_elements=["journey"],
    set_={name: NEW.excluded[name] for name in CHANGED},
    where=or_(
        ~LIVE,
        table.c.holder != NEW.excluded.holder,
        table.c.id == bindparam("instead"),
    ),
)
BOUND = and_(
    table.c.journey == bindparam("journey_"),
    table.c.id == bindparam("challenge_id"),
    table.c.ended_at.is_(None),
)
# Counted before it is judged. One that is found too old is ended: it does not come back when a
# clock is set back.
TAKE = (
    update(table)
    .where(BOUND, table.c.holder == bindparam("holder_"), table.c.tries < bindparam("most"))
    .values(
        tries=table.c.tries + 1,
        ended_at=case((IN_TIME, None), else_=bindparam("now", type_=BigInteger)),
    )
    .returning(table.c.digits, table.c.ended_at)
)
# Answers that are being judged may still end it; no further one is taken.
SPEND = update(table).where(BOUND).values(tries=bindparam("most"))
END = update(table).where(BOUND).values(ended_at=bindparam("now")).returning(table.c.id)
FORGET = delete(table).where(table.c.expires_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a challenge can be answered, and how often."""

    life: int
    tries: int


class CalculetteChallenges:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, entropy: Entropy, rules: Rules) -> None:
        self._clock = clock
        self._entropy = entropy
        self._rules = rules

    def find(self, tx: Tx, journey: str, holder: bytes) -> Found | None:
        """The challenge last shown in a journey, if it is this holder's."""
        return tx.execute(FIND, {"journey_": journey, "holder_": holder}).first()

    def issue(self, tx: Tx, journey: str, holder: bytes, instead: str) -> Found:
        """The live one, or a new one in place of one that is over, another's, or the one named."""
        now = self._clock.now()
        row = {
            "journey": journey,
            "id": self._entropy.token(16),
            "holder": holder,
            "digits": self._digits(),
            "tries": 0,
            "created_at": now,
            "expires_at": now + self._rules.life,
            "ended_at": None,
        }
        known = {"now": now, "most": self._rules.tries, "instead": instead}
        tx.execute(ISSUE, row | known)
        found = self.find(tx, journey, holder)
        if found is None:
            raise LookupError("a challenge that was just issued is not there")
        return found

    def take(self, tx: Tx, journey: str, holder: bytes, challenge: str) -> str | None:
        """The digits, for one judgement."""
        known = {
            "journey_": journey,
            "holder_": holder,
            "challenge_id": challenge,
            "now": self._clock.now(),
            "most": self._rules.tries,
        }
        row = tx.execute(TAKE, known).first()
        return None if row is None or row.ended_at is not None else str(row.digits)

    def spend(self, tx: Tx, journey: str, challenge: str) -> None:
        """Let nobody answer it from now on, but whoever is being judged already."""
        known = {"journey_": journey, "challenge_id": challenge, "most": self._rules.tries}
        tx.execute(SPEND, known)

    def end(self, tx: Tx, journey: str, challenge: str) -> bool:
        """End it; True for the one who ends it."""
        known = {"journey_": journey, "challenge_id": challenge, "now": self._clock.now()}
        return tx.execute(END, known).first() is not None

    def left(self, row: Found) -> int:
        """Seconds for which it can still be answered."""
        now = self._clock.now()
        over = row.ended_at is not None or row.tries >= self._rules.tries
        return 0 if over or row.created_at > now + DRIFT else max(int(row.expires_at) - now, 0)

    def _digits(self) -> str:
        # 128 bits: the remainder favours no number by more than one in 10^30.
        number = int.from_bytes(self._entropy.bytes(16)) % 10**DIGITS
        return f"{number:0{DIGITS}}"


def forget_old(tx: Tx, before: int) -> None:
    """Drop the challenges that nobody could answer after a moment."""
    tx.execute(FORGET, {"before": before})
