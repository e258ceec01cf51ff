# SPDX-License-Identifier: Apache-2.0
"""What verification may find, and where."""

from dataclasses import dataclass, field
from enum import Enum

MAX_LISTED = 200


class What(Enum):
    """One kind of tampering, in words for the person who reads the report."""

    EDITED = "the event was changed after it was sealed"
    INSERTED = "the event was not written by this installation, or was changed before its sealing"
    COPIED = "the event is a copy of another"
    MOVED = "the seal does not follow from the one before: inserted, reordered or changed"
    EVENT_REMOVED = "the event was removed, its seal is left"
    SEALS_REMOVED = "seals were removed"
    TRUNCATED = "the end of the chain was removed"
    BATCH_REMOVED = "a batch was removed"
    BATCH_CHANGED = "a batch was changed or not made by this installation"
    HEAD_DIFFERS = "the chain does not pass through the head that was signed here"
    UNBATCHED = "seals have no signed batch"
    START_CHANGED = "a start of the chain was changed or not made by this installation"
    START_REMOVED = "a start of the chain was removed"
    OUT_OF_TIME = "it was sealed long after it says it happened: removed once, or a clock was wrong"
    BEFORE_START = "it lies before the start of the chain, where everything was removed"
    ANCHOR_MISSING = "the anchor file is missing or empty"
    ANCHOR_CHANGED = "a line of the anchor file was removed, or is not this installation's"
    ANCHOR_DIFFERS = "the batch is not the one that the anchor file holds"


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding: the place in the chain, the event, the batch, or the line of the anchor."""

    what: What
    seq: int | None = None
    last_seq: int | None = None
    event: int | None = None
    batch: int | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """Where, in words."""
        named = {
            "seal": self.seq if self.last_seq is None else f"{self.seq}-{self.last_seq}",
            "event": self.event,
            "batch": self.batch,
            "anchor line": self.line,
        }
        return ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)


@dataclass(slots=True)
class Faults:
    """The first faults, and how many more there were."""

    listed: list[Fault] = field(default_factory=list)
    more: int = 0

    def add(
        self,
        what: What,
        *,
        seq: int | None = None,
        last_seq: int | None = None,
        event: int | None = None,
        batch: int | None = None,
        line: int | None = None,
    ) -> None:
        """Note a fault."""
        if len(self.listed) < MAX_LISTED:
            self.listed.append(Fault(what, seq, last_seq, event, batch, line))
        else:
            self.more += 1
