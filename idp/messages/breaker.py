# SPDX-License-Identifier: Apache-2.0
"""The breaker of a channel: five failures in a row, and its provider is left alone for a while.

Kept in the database, so that all processes learn from one another's failures, and pages may ask.
After the pause one message is tried; the pause doubles, from half a minute to five, until one
gets through.
"""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.db import Tx, table_of
from idp.messages.models import ChannelRow

table = table_of(ChannelRow)
FREE_FAILURES = 5
FIRST_PAUSE = 30
LONGEST_PAUSE = 300
# How long the one who tries after a pause is waited for.
TRIAL = 60

NEW = upsert(table)
# Makes the row or locks it: several processes fail at once.
TAKE = NEW.on_conflict_do_update(
    index_elements=["channel"], set_={"channel": NEW.excluded.channel}
).returning(table.c.streak, table.c.down_until)
STORE = (
    update(table)
    .where(table.c.channel == bindparam("channel_"))
    .values(streak=bindparam("new_streak"), down_until=bindparam("new_until"))
)
CLEAR = (
    update(table)
    .where(table.c.channel == bindparam("channel_"), table.c.streak > 0)
    .values(streak=0, down_until=0)
    .returning(table.c.channel)
)
TRY = (
    update(table)
    .where(
        table.c.channel == bindparam("channel_"),
        table.c.streak >= FREE_FAILURES,
        # Beyond the longest pause a clock was set back (RL-09).
        or_(
            table.c.down_until <= bindparam("now"),
            table.c.down_until > bindparam("horizon"),
        ),
    )
    .values(down_until=bindparam("until"))
    .returning(table.c.streak)
)
RELEASE = (
    update(table)
    .where(and_(table.c.channel == bindparam("channel_"), table.c.down_until == bindparam("until")))
    .values(down_until=bindparam("now"))
)
ALL = select(table.c.channel, table.c.streak, table.c.down_until)
ONE = ALL.where(table.c.channel == bindparam("channel_"))


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel's provider has been doing."""

    streak: int = 0
    down_until: int = 0

    @property
    def open(self) -> bool:
        """Whether messages flow freely."""
        return self.streak < FREE_FAILURES

    def is_down(self, now: int) -> bool:
        """Whether it is left alone at this moment."""
        return not self.open and now < self.down_until <= now + LONGEST_PAUSE


def health(tx: Tx, channel: str) -> Health:
    """One channel."""
    row = tx.execute(ONE, {"channel_": channel}).first()
    return Health(row.streak, row.down_until) if row else Health()


def every(tx: Tx) -> dict[str, Health]:
    """All that ever failed."""
    return {row.channel: Health(row.streak, row.down_until) for row in tx.execute(ALL).all()}


def note_failure(tx: Tx, channel: str, now: int, *, trial: bool = False) -> int:
    """Count a failure; answers until when the channel is down where this one has put it down."""
    row = tx.execute(TAKE, {"channel": channel, "streak": 0, "down_until": 0}).one()
    before = Health(row.streak, row.down_until)
    # What was under way already when it went down says nothing new; a trial that fails does.
    if before.is_down(now) and not trial:
        return 0
    streak = before.streak + 1
    until = now + pause(streak) if streak >= FREE_FAILURES else 0
    tx.execute(STORE, {"channel_": channel, "new_streak": streak, "new_until": until})
    return until


def note_success(tx: Tx, channel: str) -> bool:
    """It works; whether it did not before."""
    return tx.execute(CLEAR, {"channel_": channel}).first() is not None


def try_again(tx: Tx, channel: str, now: int) -> bool:
    """After the pause: whether the caller is the one who tries."""
    known = {
        "channel_": channel,
        "now": now,
        "horizon": now + LONGEST_PAUSE,
        "until": now + TRIAL,
    }
    return tx.execute(TRY, known).first() is not None


def release(tx: Tx, channel: str, now: int) -> None:
    """There was nothing to try with."""
    tx.execute(RELEASE, {"channel_": channel, "until": now + TRIAL, "now": now})


def pause(streak: int) -> int:
    """How long a channel is left alone after so many failures."""
    return min(FIRST_PAUSE << min(streak - FREE_FAILURES, 16), LONGEST_PAUSE)
