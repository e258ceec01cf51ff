# SPDX-License-Identifier: Apache-2.0
"""Communities, which open applications to their members, as administrators keep them."""

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from idp.accounts import service as accounts
from idp.administration.authority import Authority, Denied
from idp.administration.changes import PAGE, Change
from idp.administration.history import History
from idp.administration.rights import Right
from idp.applications.service import Applications
from idp.audit.record import Audit
from idp.db import Tx

KEY: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
LONGEST_KEY: Final = 64
LONGEST_NAME: Final = 128
MOST_COUNTED: Final = 1000
SOME = (
    select(accounts.memberships.c.account_id)
    .where(accounts.memberships.c.community == bindparam("community"))
    .limit(MOST_COUNTED + 1)
    .subquery()
)
COUNT = select(func.count()).select_from(SOME)
# Of two who rename it at once, the second sees what the first wrote.
LOCK = (
    select(accounts.communities.c.name)
    .where(accounts.communities.c.key == bindparam("community"))
    .with_for_update()
)
DROP = (
    delete(accounts.communities)
    .where(accounts.communities.c.key == bindparam("community"))
    .returning(accounts.communities.c.key)
)


@dataclass(frozen=True, slots=True)
class Network:
    """A community. Members are counted up to `MOST_COUNTED`, for whoever may see all of them."""

    key: str
    name: str
    members: int | None = None
    # The names of the applications that are open to its members.
    opens: tuple[str, ...] = ()
    # Whether establishments put their people into it themselves.
    to_houses: bool = False


@dataclass(frozen=True, slots=True)
class UnfitNetwork:
    """Why it can't be: `key`, `name`, `taken`, `stale`, `members` or `applications`."""

    why: str


class Networks:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, audit: Audit, applications: Applications, history: History) -> None:
        self._audit = audit
        self._history = history
        self._applications = applications

    def every(self, tx: Tx, authority: Authority) -> Denied | list[Network]:
        """All of them, by name."""
        if denied := authority.refuses(Right.COMMUNITIES_SEE):
            return denied
        counting = authority.reach(Right.ACCOUNTS_SEE).everywhere
        opening = self._opening(tx) if authority.may(Right.APPLICATIONS_SEE) else {}
        to_houses = accounts.open_communities(tx)
        found = [
            Network(
                key,
                name,
                _count(tx, key) if counting else None,
                tuple(opening.get(key, ())),
                key in to_houses,
            )
            for key, name in accounts.community_names(tx).items()
        ]
        return sorted(found, key=lambda one: (one.name.casefold(), one.key))

    def add(self, tx: Tx, authority: Authority, key: str, name: str) -> Denied | UnfitNetwork | str:
        """Make one; its key."""
        if denied := authority.refuses(Right.COMMUNITIES_EDIT):
            return denied
        if not KEY.fullmatch(key) or len(key) > LONGEST_KEY:
            return UnfitNetwork("key")
        if key in accounts.community_names(tx):
            return UnfitNetwork("taken")
        return self._name(tx, authority, key, name, None) or key

    def rename(
        self, tx: Tx, authority: Authority, key: str, seen: str, name: str
    ) -> Denied | UnfitNetwork | str:
        """Give it another name than the one seen."""
        if denied := authority.refuses(Right.COMMUNITIES_EDIT):
            return denied
        known = tx.execute(LOCK, {"community": key}).scalar()
        if known is None:
            return Denied.NOT_FOUND
        if known == name:
            return key
        if known != seen:
            return UnfitNetwork("stale")
        return self._name(tx, authority, key, name, known) or key

    def open_to_houses(
        self, tx: Tx, authority: Authority, key: str, *, opened: bool
    ) -> Denied | bool:
        """Whether establishments put their people into it; False where it was so already."""
        if denied := authority.refuses(Right.COMMUNITIES_EDIT):
            return denied
        if key not in accounts.community_names(tx):
            return Denied.NOT_FOUND
        if not accounts.open_community(tx, key, opened=opened):
            return False
        whose = "houses" if opened else "region"
        event = authority.event("community.opened", community=key, to=whose)
        self._audit.record(tx, event, authority.origin)
        self._history.keep(tx, authority, key, {"to_houses": not opened}, {"to_houses": opened})
        return True

    def remove(self, tx: Tx, authority: Authority, key: str) -> Denied | UnfitNetwork | bool:
        """Give up one that has no members and opens nothing."""
        if denied := authority.refuses(Right.COMMUNITIES_EDIT):
            return denied
        if key not in accounts.community_names(tx):
            return Denied.NOT_FOUND
        if _count(tx, key):
            return UnfitNetwork("members")
        if key in self._opening(tx):
            return UnfitNetwork("applications")
        name = accounts.community_names(tx)[key]
        tx.execute(DROP, {"community": key})
        self._history.keep(tx, authority, key, {"name": name}, {})
        event = authority.event("community.removed", community=key)
        self._audit.record(tx, event, authority.origin)
        return True

    def history(
        self, tx: Tx, authority: Authority, key: str, after: str = "", most: int = PAGE
    ) -> Denied | list[Change]:
        """What administrators changed of it, the newest first, a page at a time."""
        if denied := authority.refuses(Right.COMMUNITIES_SEE):
            return denied
        if key not in accounts.community_names(tx):
            return Denied.NOT_FOUND
        return self._history.listed(tx, key, after, most)

    def undo(
        self, tx: Tx, authority: Authority, key: str, change: str
    ) -> Denied | UnfitNetwork | str:
        """Take a change back, where nothing else came since."""
        if denied := authority.refuses(Right.COMMUNITIES_EDIT):
            return denied
        name = tx.execute(LOCK, {"community": key}).scalar()
        found = self._history.load(tx, key, change)
        if name is None or found is None:
            return Denied.NOT_FOUND
        now = {"name": name, "to_houses": key in accounts.open_communities(tx)}
        if not self._history.begin_undo(tx, found, now):
            return UnfitNetwork("stale")
        if "to_houses" in found.before:
            self.open_to_houses(tx, authority, key, opened=bool(found.before["to_houses"]))
            return key
        return self._name(tx, authority, key, found.before["name"], name) or key

    def _name(
        self, tx: Tx, authority: Authority, key: str, name: str, known: str | None
    ) -> UnfitNetwork | None:
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            return UnfitNetwork("name")
        accounts.name_community(tx, key, name.strip())
        event = authority.event("community.named", community=key, name=name.strip())
        self._audit.record(tx, event, authority.origin)
        before = {} if known is None else {"name": known}
        self._history.keep(tx, authority, key, before, {"name": name.strip()})
        return None

    def _opening(self, tx: Tx) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for application in self._applications.every(tx):
            for key in application.policy.communities:
                found.setdefault(key, []).append(application.name)
        return found


def given_by(tx: Tx, authority: Authority, right: Right) -> frozenset[str]:
    """The communities that somebody of this right may put people into.

    WB-016: membership opens applications of the region. A house gives those that the region has
    opened to houses.
    """
    if authority.reach(right).everywhere:
        return frozenset(accounts.community_names(tx))
    return accounts.open_communities(tx)


def _count(tx: Tx, community: str) -> int:
    counted: int = tx.execute(COUNT, {"community": community}).scalar_one()
    return counted
