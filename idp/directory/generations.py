# SPDX-License-Identifier: Apache-2.0
"""Readings of files, from the wish to the switch: which one is served, who is at which, how far.

One writer at a time: whoever reads a file holds its row for two minutes and renews it with each
batch; after a kill somebody else goes on where the last batch ended (RL-02).
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.db import Found, Tx, table_of
from idp.directory.models import DirectoryRejectRow, GenerationRow

PRACTITIONERS: Final = "practitioners"
STRUCTURES: Final = "structures"
KINDS: Final = (PRACTITIONERS, STRUCTURES)
ASKED, LOADING, INDEXING = "asked", "loading", "indexing"
CURRENT, OLD, GONE = "current", "old", "gone"
FAILED, UNCHANGED = "failed", "unchanged"
UNDER_WAY: Final = (ASKED, LOADING, INDEXING)
HOLD_SECONDS: Final = 120
MOST_REJECTS: Final = 10_000
SHOWN: Final = 20

table = table_of(GenerationRow)
rejects = table_of(DirectoryRejectRow)
ONE = select(table).where(table.c.id == bindparam("generation"))
RECENT = select(table).order_by(table.c.id.desc()).limit(SHOWN)
SERVED = select(table).where(table.c.kind == bindparam("kind_"), table.c.state == CURRENT)
WAITING = (
    select(table)
    .where(table.c.state.in_(UNDER_WAY), table.c.held_until < bindparam("now"))
    .order_by(table.c.id)
)
OPEN = (
    select(table)
    .where(table.c.kind == bindparam("kind_"), table.c.state.in_(UNDER_WAY))
    .order_by(table.c.id.desc())
)
HIGHEST = select(func.max(table.c.id))
NEW = upsert(table)
HOLD = (
    update(table)
    .where(
        table.c.id == bindparam("generation"),
        table.c.state.in_(UNDER_WAY),
        or_(table.c.held_until < bindparam("now"), table.c.holder == bindparam("holder_")),
    )
    .values(holder=bindparam("holder_"), held_until=bindparam("until"))
    .returning(table.c.id)
)
MINE = and_(table.c.id == bindparam("generation"), table.c.holder == bindparam("holder_"))
NOTE = (
    update(table)
    .where(MINE)
    .values(
        state=bindparam("state_"),
        digest=bindparam("digest_"),
        size=bindparam("size_"),
        position=bindparam("position_"),
        lines=bindparam("lines_"),
        kept=bindparam("kept_"),
        rejected=bindparam("rejected_"),
        subjects=bindparam("subjects_"),
        updated_at=bindparam("now"),
        held_until=bindparam("until"),
    )
    .returning(table.c.id)
)
RETIRE = (
    update(table)
    .where(table.c.kind == bindparam("kind_"), table.c.state.in_((CURRENT, FAILED)))
    .values(state=OLD, dropped=0)
)
IS_HELD = select(table.c.id).where(
    table.c.id == bindparam("generation"), table.c.held_until >= bindparam("now")
)
DROP_WISH = (
    update(table)
    .where(table.c.id == bindparam("generation"), table.c.held_until < bindparam("now"))
    .values(state=FAILED, fault="overtaken", finished_at=bindparam("now"))
)
# Readings that were overtaken by another file.
GIVE_UP = (
    update(table)
    .where(
        table.c.kind == bindparam("kind_"),
        table.c.state.in_(UNDER_WAY),
        table.c.id < bindparam("generation"),
        table.c.held_until < bindparam("now"),
    )
    .values(state=FAILED, fault="overtaken", finished_at=bindparam("now"))
)
END = (
    update(table)
    .where(MINE)
    .values(
        state=bindparam("state_"),
        fault=bindparam("fault_"),
        updated_at=bindparam("now"),
        finished_at=bindparam("now"),
        holder="",
        held_until=0,
    )
    .returning(table.c.id)
)
LET_GO = update(table).where(MINE).values(holder="", held_until=0)
REJECTS = (
    select(rejects)
    .where(rejects.c.generation == bindparam("generation"), rejects.c.line > bindparam("after"))
    .order_by(rejects.c.line)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Generation:
    """One reading of a file, and how far it is."""

    id: int
    kind: str
    state: str
    path: str
    digest: str
    size: int
    position: int
    lines: int
    kept: int
    rejected: int
    subjects: int
    forced: int
    started_at: int
    started_by: str
    updated_at: int
    finished_at: int | None
    fault: str

    @property
    def name(self) -> str:
        """The file without its folder."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def percent(self) -> int | None:
        """How much of the file is read, where its size is known."""
        return min(self.position * 100 // self.size, 100) if self.size else None

    @property
    def is_under_way(self) -> bool:
        """Whether it is not over yet."""
        return self.state in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was not taken."""

    line: int
    reason: str
    text: str


NAMES = tuple(Generation.__dataclass_fields__)
COUNTS = ("size", "position", "lines", "kept", "rejected", "subjects", "dropped")


def ask(tx: Tx, kind: str, path: str, by: str, now: int, *, forced: bool = False) -> Generation:
    """The wish that a file be read; whoever holds it first reads it."""
    number = (tx.execute(HIGHEST).scalar() or 0) + 1
    row: dict[str, Any] = {
        **dict.fromkeys(COUNTS, 0),
        **dict.fromkeys(("digest", "fault", "holder"), ""),
        "id": number,
        "kind": kind,
        "state": ASKED,
        "path": path,
        "forced": int(forced),
        "started_at": now,
        "started_by": by[:160],
        "updated_at": now,
        "finished_at": None,
        "held_until": 0,
    }
    tx.execute(NEW, row)
    return Generation(**{name: row[name] for name in NAMES})


def load(tx: Tx, generation: int) -> Generation | None:
    """One of them."""
    row = tx.execute(ONE, {"generation": generation}).first()
    return _read(row) if row else None


def recent(tx: Tx) -> list[Generation]:
    """The last ones, newest first."""
    return [_read(row) for row in tx.execute(RECENT).all()]


def served(tx: Tx, kind: str) -> Generation | None:
    """The one that look-ups are answered from."""
    row = tx.execute(SERVED, {"kind_": kind}).first()
    return _read(row) if row else None


def waiting(tx: Tx, now: int) -> list[Generation]:
    """Those that nobody is at, the first wish first."""
    return [_read(row) for row in tx.execute(WAITING, {"now": now}).all()]


def under_way(tx: Tx, kind: str) -> list[Generation]:
    """Those of a kind that are not over, newest first."""
    return [_read(row) for row in tx.execute(OPEN, {"kind_": kind}).all()]


def hold(tx: Tx, generation: int, holder: str, now: int) -> bool:
    """Take it for a while; False where somebody else is at it."""
    known = {"generation": generation, "holder_": holder, "now": now, "until": now + HOLD_SECONDS}
    return tx.execute(HOLD, known).first() is not None


def is_held(tx: Tx, generation: int, now: int) -> bool:
    """Whether somebody is at it."""
    return tx.execute(IS_HELD, {"generation": generation, "now": now}).first() is not None


def give_up(tx: Tx, generation: int, now: int) -> None:
    """Nobody is at it, and nobody will be."""
    tx.execute(DROP_WISH, {"generation": generation, "now": now})


def note(tx: Tx, one: Generation, holder: str, now: int) -> bool:
    """How far it is, in the transaction of what was read; False where it was taken away."""
    known = {f"{name}_": getattr(one, name) for name in NOTED}
    return tx.execute(NOTE, known | _mine(one, holder, now)).first() is not None


def end(tx: Tx, one: Generation, holder: str, now: int, state: str, fault: str = "") -> bool:
    """It is over; with `CURRENT` it is served from now on, in place of the one before."""
    if state == CURRENT:
        tx.execute(RETIRE, {"kind_": one.kind})
        tx.execute(GIVE_UP, {"kind_": one.kind, "generation": one.id, "now": now})
    known = {"generation": one.id, "holder_": holder, "now": now}
    return tx.execute(END, known | {"state_": state, "fault_": fault[:160]}).first() is not None


def let_go(tx: Tx, one: Generation, holder: str) -> None:
    """Leave it for somebody else, or for later."""
    tx.execute(LET_GO, {"generation": one.id, "holder_": holder})


def rejects_of(tx: Tx, generation: int, after: int = 0, most: int = 100) -> list[Reject]:
    """Lines that were not taken, in the order of the file."""
    rows = tx.execute(REJECTS, {"generation": generation, "after": after, "most": most}).all()
    return [Reject(row.line, row.reason, row.text) for row in rows]


NOTED = ("state", "digest", "size", "position", "lines", "kept", "rejected", "subjects")


def _mine(one: Generation, holder: str, now: int) -> dict[str, Any]:
    return {"generation": one.id, "holder_": holder, "now": now, "until": now + HOLD_SECONDS}


def _read(row: Found) -> Generation:
    return Generation(**{name: getattr(row, name) for name in NAMES})
