# SPDX-License-Identifier: Apache-2.0
"""What a signing key may do at a given second, told from the times of its row. Pure."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """Where a key is in its life."""

    PENDING = "pending"
    """Published, so that applications fetch it; not signing yet."""
    ACTIVE = "active"
    RETIRED = "retired"
    """Signs no more; published until the last token it signed has expired."""
    REMOVED = "removed"
    REVOKED = "revoked"


PUBLISHED = frozenset((State.PENDING, State.ACTIVE, State.RETIRED))


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """A signing key without its secrets, as lists and decisions see it."""

    kid: str
    algorithm: str
    created_at: int
    active_from: int
    retired_at: int | None
    removed_at: int | None
    revoked_at: int | None

    def state(self, now: int) -> State:
        """The state of the key at this second."""
        if self.revoked_at is not None:
            return State.REVOKED
        if self.removed_at is not None and self.removed_at <= now:
            return State.REMOVED
        if self.retired_at is not None and self.retired_at <= now:
            return State.RETIRED
        return State.ACTIVE if self.active_from <= now else State.PENDING
