# SPDX-License-Identifier: Apache-2.0
"""Who may be here twice: the same number, the same address, the same name and birth date."""

from dataclasses import dataclass
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


def all_of(tx: Tx, authority: Authority, size: int, place: Place, reason: str = "") -> Pairs:
    """Pairs of the whole region, in the order of names: each once, and never more than `size`.

    Looks at `LOOKED_AT` accounts, so that a page of a million accounts costs what one of a
    thousand does.
    """
    rows = tx.execute(ALL, {"begins": place.name}).all()
    found: list[Pair] = []
    known = _Known(tx, authority)
    for row, line in zip(rows, lines_of(tx, authority, rows), strict=True):
        there = [one for one in known.telling(row.id) if reason in {"", *one.reasons}]
        told = place.told if row.sort_name == place.name else 0
        new = [Pair(line, one.line, one.reasons) for one in there[told:]]
        room = size - len(found)
        found += new[:room]
        if len(new) >= room:
            return Pairs(tuple(found), Place(row.sort_name, told + room))
    last = Place(rows[-1].sort_name, MOST) if len(rows) == LOOKED_AT else None
    return Pairs(tuple(found), last)


class _Known:
    """Candidates of the accounts that were looked at for one page."""

    def __init__(self, tx: Tx, authority: Authority) -> None:
        self._tx = tx
        self._authority = authority
        self._found: dict[str, tuple[Candidate, ...]] = {}

    def telling(self, account: str) -> list[Candidate]:
        """Those that are told of here: of two who lead to each other, the first id leads."""
        return [
            one
            for one in self._of(account)
            if account < one.line.id
            # Under a name of birth one may lead to the other, and not the other way round.
            or all(other.line.id != account for other in self._of(one.line.id))
        ]

    def _of(self, account: str) -> tuple[Candidate, ...]:
        if account not in self._found:
            known = accounts.load(self._tx, account)
            self._found[account] = of(self._tx, self._authority, known) if known else ()
        return self._found[account]


def of(tx: Tx, authority: Authority, account: Account) -> tuple[Candidate, ...]:
    """Of the same population, and not merged already; the likeliest first."""
    reasons: dict[str, set[str]] = {}
    rows: dict[str, Found] = {}
    for reason, row in (*_by_words(tx, account), *_by_names(tx, account)):
        rows[row.id] = row
        reasons.setdefault(row.id, set()).add(reason)
    # Not sorted by the database: each sorts text in its own way (RL-20).
    listed = sorted(
        rows.values(),
        key=lambda row: (-sum(WEIGHTS[one] for one in reasons[row.id]), row.sort_name),
    )[:MOST]
    lines = lines_of(tx, authority, listed)
    return tuple(Candidate(one, tuple(sorted(reasons[one.id]))) for one in lines)


def _by_words(tx: Tx, account: Account) -> list[tuple[str, Found]]:
    looked_for: list[tuple[str, str]] = []
    numbers = [
        account.person.national_id,
        *(one for one, _ in national_ids.former_of(tx, account.id)),
    ]
    for number in filter(None, numbers):
        # Whole, and as people know it; never a part of one with a stroke in it.
        looked_for += [("national-id", one) for one in {number, number[1:]} if one.isalnum()]
    if account.person.email:
        looked_for += [("email", one) for one in words.looked_for(account.person.email)]
    known = {"population": account.person.population.value, "account": account.id}
    return [
        (reason, row)
        for reason, word in looked_for
        for row in tx.execute(BY_WORD, known | {"word_": word[: words.LONGEST].casefold()}).all()
    ]


def _by_names(tx: Tx, account: Account) -> list[tuple[str, Found]]:
    """Under the name in use, and under the one of birth."""
    person = account.person
    known = {"population": person.population.value, "account": account.id}
    found = []
    for last in {person.last_name, person.birth_name} - {""}:
        begins = sort_name(last, person.first_name, "")
        asked = known | {"begins": begins, "ends": begins + LAST}
        for row in tx.execute(BY_NAME, asked).all():
            if row.birth_date and row.birth_date == person.birth_date:
                found.append(("birth-date", row))
            elif not row.birth_date or not person.birth_date:
                # Nobody knows: two people of one name are two, until somebody looks.
                found.append(("name", row))
    return found
