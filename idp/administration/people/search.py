# SPDX-License-Identifier: Apache-2.0
"""Finding people: by the beginnings of words, filters and perimeter, a page at a time.

Whatever is asked for is a list of terms. The rarest one leads: its accounts are looked at one by
one. Where each is common, the accounts are walked in their order until the page is full. Either
way no page costs more the further back it is, or the more accounts there are (docs/operations).
"""

from dataclasses import dataclass

from idp.accounts.values import Population, State
from idp.accounts.words import looked_for
from idp.administration.authority import Authority, Denied
from idp.administration.ground import Ground
from idp.administration.people import terms
from idp.administration.people.lines import Line, lines_of
from idp.administration.people.terms import Term
from idp.administration.rights import Right, Role
from idp.cursors import Cursors
from idp.db import Tx

MOST_WORDS = 8
MOST_COUNTED = 1000
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; what is left empty is anything."""

    # Words: an account is found where each begins one of its own.
    text: str = ""
    population: str = ""
    state: str = ""
    establishment: str = ""
    community: str = ""
    role: str = ""
    # Nobody who logged in since this moment.
    without_login_since: int | None = None
    order: str = "name"
    # `Results.next` of the page before.
    after: str = ""
    size: int = 25


@dataclass(frozen=True, slots=True)
class Results:
    """A page of what was found."""

    lines: tuple[Line, ...] = ()
    # Empty at the end.
    next: str = ""
    # Exact up to a thousand, None beyond.
    total: int | None = 0


NOTHING = Results()


class Search:
    """Finds them, within the perimeter of whoever looks."""

    def __init__(self, ground: Ground) -> None:
        self._cursors = Cursors(ground.ring)

    def page(self, tx: Tx, authority: Authority, query: Query) -> Denied | Results:
        """One page; the perimeter is part of the question."""
        if query.role and not authority.may(Right.ROLES_SEE):
            return Denied.NOT_ALLOWED
        wanted = _terms(authority, query)
        if wanted is None:
            return NOTHING
        after = self._cursors.read(_list_of(authority), query.after)
        if after is None:
            return NOTHING
        size = min(max(query.size, 1), LARGEST)
        plan = terms.plan(tx, wanted, query.without_login_since)
        rows = terms.page(tx, plan, after, size + 1)
        there_is_more = len(rows) > size
        rows = rows[:size]
        following = self.cursor(authority, rows[-1].sort_name) if there_is_more else ""
        total = (
            len(rows) if not after and not there_is_more else terms.count(tx, plan, MOST_COUNTED)
        )
        return Results(lines_of(tx, authority, rows), following, total)

    def cursor(self, authority: Authority, sort_name: str) -> str:
        """Where a page begins, for this one alone: behind that place in the order of all."""
        return self._cursors.make(_list_of(authority), sort_name)


def _list_of(authority: Authority) -> str:
    return f"accounts {authority.actor}"


def _terms(authority: Authority, query: Query) -> list[Term] | None:
    """What an account must be; None where nothing can be."""
    words = looked_for(query.text)[:MOST_WORDS]
    if query.text.strip() and not words:
        return None
    found = [terms.word(number, one) for number, one in enumerate(words)]
    reach = authority.reach(Right.ACCOUNTS_SEE)
    # Who holds a role is asked as far as roles are seen, which may be less far.
    reaches = [reach, authority.reach(Right.ROLES_SEE)] if query.role else [reach]
    near = [one.establishments for one in reaches if not one.everywhere]
    if query.establishment:
        if not all(one.touches((query.establishment,)) for one in reaches):
            return None
        found.append(terms.affiliated((query.establishment,)))
    elif near:
        found.append(terms.affiliated(sorted(frozenset.intersection(*near))))
    if query.community:
        found.append(terms.member(query.community))
    for value, known, make in (
        (query.role, Role, terms.holder),
        (query.population, Population, terms.population),
        (query.state, State, terms.state),
    ):
        if value and value not in set(known):
            return None
        if value:
            found.append(make(value))
    return found
