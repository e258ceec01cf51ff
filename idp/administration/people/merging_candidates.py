# SPDX-License-Identifier: Apache-2.0
"""Who may be here twice: the same number, the same address, the same name and birth date."""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, select

from idp.accounts import national_ids, words
from idp.accounts import service as accounts
from idp.accounts.values import Account, sort_name
from idp.administration.authority import Authority
from idp.administration.people.lines import Line, lines_of
from idp.db import Found, Tx

MOST: Final = 50
# A long list of namesakes helps nobody.
MOST_NAMESAKES: Final = 200
# So many accounts are looked at for a page of the whole region, whatever is found.
LOOKED_AT: Final = 100
# So often those like somebody are looked for; what the last account leads to comes on top.
LOOK_UPS: Final = 100
LAST: Final = "\U0010ffff"
table, found_by = accounts.accounts, words.table
OTHERS = (table.c.population == bindparam("population")) & (table.c.id != bindparam("account"))
UNMERGED = OTHERS & table.c.merged_into.is_(None)
BY_WORD = (
    select(table)
    .select_from(found_by.join(table, table.c.id == found_by.c.account_id))
    .where(found_by.c.word == bindparam("word_"), UNMERGED)
    .limit(MOST)
)
BY_NAME = (
    select(table)
    .where(table.c.sort_name >= bindparam("begins"), table.c.sort_name < bindparam("ends"))
    .where(UNMERGED)
    .order_by(table.c.sort_name)
    .limit(MOST_NAMESAKES)
)
ALL = (
    select(table)
    .where(table.c.sort_name >= bindparam("begins"), table.c.merged_into.is_(None))
    .order_by(table.c.sort_name)
    .limit(LOOKED_AT)
)
WEIGHTS: Final = {"national-id": 8, "email": 4, "birth-date": 2, "name": 1}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may be the same person's, and what speaks for it."""

    line: Line
    # national-id, email, birth-date (with the same name) or name.
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts that may be one person's, and what speaks for it."""

    one: Line
    other: Line
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Those of one account, the likeliest first."""

    found: tuple[Candidate, ...] = ()
    # There are more than are told.
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """How far the region was looked through: up to an account, of which so many were told."""

    name: str = ""
    told: int = 0


@dataclass(frozen=True, slots=True)
class Pairs:
    """A part of the region; there may be none in it, and more in the next."""

    pairs: tuple[Pair, ...]
    # None where everybody was looked at.
    next: Place | None
    # Accounts that are like more others than are told.
    cut: tuple[str, ...] = ()


def all_of(tx: Tx, authority: Authority, size: int, place: Place, reason: str = "") -> Pairs:
    """Pairs of the whole region, in the order of names: each once, and never more than `size`.

    Looks at `LOOKED_AT` accounts and for `LOOK_UPS` of their like, so that a page of a million
    accounts costs what one of a thousand does, and so does a name that many have.
    """
    rows = tx.execute(ALL, {"begins": place.name}).all()
    found: list[Pair] = []
    cut: list[str] = []
    known = _Known(tx, authority, reason)
    for row, line in zip(rows, lines_of(tx, authority, rows), strict=True):
        if known.spent:
            return Pairs(tuple(found), Place(row.sort_name), tuple(cut))
        there = known.telling(row.id)
        cut += [row.id] * known.of(row.id).cut
        told = place.told if row.sort_name == place.name else 0
        room = size - len(found)
        new = there[told : told + room]
        found += [Pair(line, one.line, known.reasons(row.id, one)) for one in new]
        if len(new) == room:
            return Pairs(tuple(found), Place(row.sort_name, told + room), tuple(cut))
    last = Place(rows[-1].sort_name, MOST) if len(rows) == LOOKED_AT else None
    return Pairs(tuple(found), last, tuple(cut))


class _Known:
    """Candidates of the accounts that were looked at for one page."""

    def __init__(self, tx: Tx, authority: Authority, reason: str) -> None:
        self._tx = tx
        self._authority = authority
        self._reason = reason
        self._found: dict[str, Candidates] = {}
        self._speaking: dict[str, dict[str, set[str]]] = {}

    @property
    def spent(self) -> bool:
        """Whether enough was looked up for one page."""
        return len(self._found) + len(self._speaking) >= LOOK_UPS

    def telling(self, account: str) -> list[Candidate]:
        """Those that are told of here: of two who lead to each other, the first id leads."""
        return [
            one
            for one in self.of(account).found
            if account < one.line.id
            # Under a name of birth one may lead to the other, and not the other way round.
            or all(other.line.id != account for other in self.of(one.line.id).found)
        ]

    def reasons(self, account: str, one: Candidate) -> tuple[str, ...]:
        """All that speaks for a pair, also where one reason alone was asked for."""
        if not self._reason:
            return one.reasons
        if account not in self._speaking:
            known = accounts.load(self._tx, account)
            self._speaking[account] = _speaking(self._tx, known).reasons if known else {}
        more = self._speaking[account].get(one.line.id, set())
        return tuple(sorted({*one.reasons, *more}))

    def of(self, account: str) -> Candidates:
        """Those of one account."""
        if account not in self._found:
            known = accounts.load(self._tx, account)
            found = candidates(self._tx, self._authority, known, self._reason) if known else None
            self._found[account] = found or Candidates()
        return self._found[account]


def of(tx: Tx, authority: Authority, account: Account) -> tuple[Candidate, ...]:
    """Of the same population, and not merged already; the likeliest first."""
    return candidates(tx, authority, account).found


def candidates(tx: Tx, authority: Authority, account: Account, reason: str = "") -> Candidates:
    """The same, or those alone that this speaks for: nothing else is looked up then."""
    there = _speaking(tx, account, reason)
    # Not sorted by the database: each sorts text in its own way (RL-20).
    listed = sorted(
        there.rows.values(),
        key=lambda row: (-sum(WEIGHTS[one] for one in there.reasons[row.id]), row.sort_name),
    )
    lines = lines_of(tx, authority, listed[:MOST])
    found = tuple(Candidate(one, tuple(sorted(there.reasons[one.id]))) for one in lines)
    return Candidates(found, there.full or len(listed) > MOST)


@dataclass(slots=True)
class _Speaking:
    """What speaks for whom."""

    rows: dict[str, Found] = field(default_factory=dict)
    reasons: dict[str, set[str]] = field(default_factory=dict)
    # A question has as many answers as are read.
    full: bool = False

    def add(self, reason: str, row: Found) -> None:
        """One more reason."""
        self.rows[row.id] = row
        self.reasons.setdefault(row.id, set()).add(reason)


def _speaking(tx: Tx, account: Account, reason: str = "") -> _Speaking:
    found = _Speaking()
    for one, word in _words_of(tx, account, reason):
        asked = _like(account) | {"word_": word[: words.LONGEST].casefold()}
        rows = tx.execute(BY_WORD, asked).all()
        found.full |= len(rows) == MOST
        for row in rows:
            found.add(one, row)
    if reason in {"", "birth-date", "name"}:
        _add_namesakes(tx, account, reason, found)
    return found


def _like(account: Account) -> dict[str, str]:
    return {"population": account.person.population.value, "account": account.id}


def _words_of(tx: Tx, account: Account, reason: str) -> list[tuple[str, str]]:
    looked_for: list[tuple[str, str]] = []
    if reason in {"", "national-id"}:
        former = (one for one, _ in national_ids.former_of(tx, account.id))
        for number in filter(None, (account.person.national_id, *former)):
            # Whole, and as people know it; never a part of one with a stroke in it.
            looked_for += [("national-id", one) for one in {number, number[1:]} if one.isalnum()]
    if reason in {"", "email"} and account.person.email:
        looked_for += [("email", one) for one in words.looked_for(account.person.email)]
    return looked_for


def _add_namesakes(tx: Tx, account: Account, reason: str, found: _Speaking) -> None:
    """Under the name in use, and under the one of birth."""
    person = account.person
    if reason == "birth-date" and not person.birth_date:
        return
    for last in {person.last_name, person.birth_name} - {""}:
        begins = sort_name(last, person.first_name, "")
        rows = tx.execute(BY_NAME, _like(account) | {"begins": begins, "ends": begins + LAST}).all()
        found.full |= len(rows) == MOST_NAMESAKES
        for row in rows:
            if row.birth_date and row.birth_date == person.birth_date:
                speaks = "birth-date"
            elif not row.birth_date or not person.birth_date:
                # Nobody knows: two people of one name are two, until somebody looks.
                speaks = "name"
            else:
                continue
            if reason in {"", speaks}:
                found.add(speaks, row)
