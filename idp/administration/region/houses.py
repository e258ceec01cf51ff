# SPDX-License-Identifier: Apache-2.0
"""Establishments, as administrators see and keep them."""

from dataclasses import asdict, dataclass, replace
from typing import Final

from sqlalchemy import bindparam, func, select

from idp.accounts import establishments
from idp.accounts.establishments import FINESS, Establishment, Establishments, Standing
from idp.administration.authority import Authority, Denied
from idp.administration.changes import PAGE, Change
from idp.administration.history import History
from idp.administration.rights import Right
from idp.administration.versions import version_of
from idp.config.checks import check_email
from idp.config.kinds import Invalid
from idp.db import Tx
from idp.messages.numbers import canonical_number

# Nobody needs the exact number of a crowd, and counting one takes time.
MOST_COUNTED: Final = 1000
LONGEST: Final = {
    name: establishments.table.c[name].type.length  # type: ignore[attr-defined]
    for name in ("name", "town", "post_code", "support_email", "support_phone")
}
affiliations = establishments.affiliations
SOME = (
    select(affiliations.c.account_id)
    .where(affiliations.c.establishment == bindparam("establishment"))
    .limit(MOST_COUNTED + 1)
    .subquery()
)
COUNT = select(func.count()).select_from(SOME)
# Of two who correct it at once, the second sees what the first wrote.
LOCK = (
    select(establishments.table.c.key)
    .where(establishments.table.c.key == bindparam("establishment"))
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class House:
    """An establishment, and how many accounts belong to it: `MOST_COUNTED` at most."""

    establishment: Establishment
    accounts: int
    more: bool

    @property
    def version(self) -> str:
        """What a form of it was made from."""
        return version_of(self.establishment)


@dataclass(frozen=True, slots=True)
class UnfitHouse:
    """What can't be kept: the fields, or `taken` for a number that another one has."""

    fields: tuple[str, ...]
    taken: bool = False


@dataclass(frozen=True, slots=True)
class StaleHouse:
    """Somebody changed it meanwhile: how it is now."""

    now: Establishment


class Houses:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, noun: Establishments, history: History) -> None:
        self._noun = noun
        self._history = history

    def every(self, tx: Tx, authority: Authority) -> Denied | list[Establishment]:
        """Those in reach, by name."""
        if denied := authority.refuses(Right.ESTABLISHMENTS_SEE):
            return denied
        reach = authority.reach(Right.ESTABLISHMENTS_SEE)
        found = [one for one in establishments.every(tx) if reach.touches((one.key,))]
        return sorted(found, key=lambda one: (one.name.casefold(), one.key))

    def load(self, tx: Tx, authority: Authority, key: str) -> Denied | House:
        """One of them."""
        right = Right.ESTABLISHMENTS_SEE
        if denied := authority.refuses_in(right, (key,), seeing=True):
            return denied
        found = establishments.load(tx, key)
        if found is None:
            return Denied.NOT_FOUND
        counted = tx.execute(COUNT, {"establishment": key}).scalar_one()
        return House(found, min(counted, MOST_COUNTED), counted > MOST_COUNTED)

    def add(
        self, tx: Tx, authority: Authority, wished: Establishment
    ) -> Denied | UnfitHouse | Establishment:
        """Make one."""
        if denied := authority.refuses(Right.ESTABLISHMENTS_EDIT):
            return denied
        if unfit := unfit_fields(wished):
            return UnfitHouse(unfit)
        if establishments.load(tx, wished.key) is not None:
            return UnfitHouse(("key",), taken=True)
        self._put(tx, authority, None, wished)
        return wished

    def edit(
        self, tx: Tx, authority: Authority, seen: str, wished: Establishment
    ) -> Denied | UnfitHouse | StaleHouse | Establishment:
        """Keep corrections made from the version seen; the number and the state stay."""
        if denied := authority.refuses(Right.ESTABLISHMENTS_EDIT):
            return denied
        known = _locked(tx, wished.key)
        if known is None:
            return Denied.NOT_FOUND
        wished = replace(wished, state=known.state)
        if unfit := unfit_fields(wished):
            return UnfitHouse(unfit)
        if wished != known and version_of(known) != seen:
            return StaleHouse(known)
        self._put(tx, authority, known, wished)
        return wished

    def set_standing(
        self, tx: Tx, authority: Authority, key: str, standing: Standing
    ) -> Denied | bool:
        """Close it, or open it again; False where it was so already. Its accounts stay."""
        if denied := authority.refuses(Right.ESTABLISHMENTS_EDIT):
            return denied
        known = _locked(tx, key)
        if known is None:
            return Denied.NOT_FOUND
        wished = replace(known, state=standing)
        return self._put(tx, authority, known, wished)

    def history(
        self, tx: Tx, authority: Authority, key: str, after: str = "", most: int = PAGE
    ) -> Denied | list[Change]:
        """What administrators changed of it, the newest first, a page at a time."""
        found = self.load(tx, authority, key)
        return found if isinstance(found, Denied) else self._history.listed(tx, key, after, most)

    def undo(
        self, tx: Tx, authority: Authority, key: str, change: str
    ) -> Denied | StaleHouse | Establishment:
        """Take a change back, where nothing else came since."""
        if denied := authority.refuses(Right.ESTABLISHMENTS_EDIT):
            return denied
        known, found = _locked(tx, key), self._history.load(tx, key, change)
        if known is None or found is None:
            return Denied.NOT_FOUND
        before = {name: one for name, one in found.before.items() if name in asdict(known)}
        if "state" in before:
            before["state"] = Standing(before["state"])
        wished = replace(known, **before)
        if unfit_fields(wished) or not self._history.begin_undo(tx, found, asdict(known)):
            return StaleHouse(known)
        self._put(tx, authority, known, wished)
        return wished

    def _put(
        self, tx: Tx, authority: Authority, known: Establishment | None, wished: Establishment
    ) -> bool:
        if not self._noun.put(tx, wished, authority.origin):
            return False
        before = asdict(known) if known else {}
        self._history.keep(tx, authority, wished.key, before, asdict(wished))
        return True


def _locked(tx: Tx, key: str) -> Establishment | None:
    tx.execute(LOCK, {"establishment": key})
    return establishments.load(tx, key)


def unfit_fields(wished: Establishment) -> tuple[str, ...]:
    """The names of the fields that are missing, too long or malformed."""
    found = [
        name
        for name, longest in LONGEST.items()
        if len(text := getattr(wished, name)) > longest or not text.isprintable()
    ]
    if not wished.name.strip():
        found.append("name")
    if not FINESS.fullmatch(wished.key):
        found.append("key")
    if wished.support_phone and canonical_number(wished.support_phone) is None:
        found.append("support_phone")
    try:
        check_email(wished.support_email)
    except Invalid:
        found.append("support_email")
    return tuple(dict.fromkeys(found))
