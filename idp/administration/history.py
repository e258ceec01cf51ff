# SPDX-License-Identifier: Apache-2.0
"""What was changed of establishments, communities and password rules: kept, told, taken back.

Each service keeps its own changes and takes them back by its own verbs; this is what they share.
"""

from collections.abc import Mapping
from typing import Any

from idp.administration.authority import Authority
from idp.administration.changes import PAGE, Change, Changes
from idp.db import Tx

Values = Mapping[str, Any]


class History:
    """The changes of one kind of thing."""

    def __init__(self, changes: Changes, kind: str) -> None:
        self._changes = changes
        self._kind = kind

    def keep(self, tx: Tx, authority: Authority, key: str, before: Values, after: Values) -> str:
        """One more, where something differs: the fields that do. Nothing before: it was made."""
        if before == after:
            return ""
        names = [one for one in {**before, **after} if before.get(one) != after.get(one)]
        return self._changes.keep(
            tx,
            f"{self._kind}:{key}",
            authority.actor,
            "edited" if before and after else "created" if after else "removed",
            {one: before[one] for one in names if one in before},
            {one: after[one] for one in names if one in after},
        )

    def listed(self, tx: Tx, key: str, after: str = "", most: int = PAGE) -> list[Change]:
        """Those of one thing, the newest first, a page at a time."""
        return self._changes.listed(tx, f"{self._kind}:{key}", after, most)

    def load(self, tx: Tx, key: str, change: str) -> Change | None:
        """One of them; a change of something else is none."""
        found = self._changes.load(tx, change)
        return found if found and found.subject == f"{self._kind}:{key}" else None

    def stands(self, change: Change, now: Values) -> bool:
        """Whether it can be taken back from how things are now: nothing else came since."""
        unchanged = all(now.get(name) == value for name, value in change.after.items())
        return change.undoable and unchanged

    def begin_undo(self, tx: Tx, change: Change, now: Values) -> bool:
        """Mark it as taken back, where it stands; True for the one who does it."""
        return self.stands(change, now) and self._changes.mark_undone(tx, change.id)
