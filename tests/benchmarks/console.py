# SPDX-License-Identifier: Apache-2.0
"""How long the console's search takes, and how that grows with the number of accounts."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles

from idp.administration.authority import Authority, Denied, Held
from idp.administration.office import Office
from idp.administration.people.search import Query, Results
from idp.administration.rights import Role
from idp.http.services import Core
from idp.office import open_office
from idp.opening import open_core, open_database
from idp.schema import upgrade
from tests.benchmarks.crowd import (
    COMMUNITIES,
    DAY,
    FIRST,
    HEADS,
    HERE,
    TAILS,
    fill,
    found,
    house_of,
)
from tests.benchmarks.servers import settings_of

ASKED = 40


@dataclass(frozen=True)
class Searched:
    """One kind of question to so many accounts."""

    name: str
    question: str
    accounts: int
    median_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Asker:
    """Who asks what."""

    office: Office
    core: Core
    region: Authority
    house: Authority
    accounts: int

    def ask(self, query: Query, authority: Authority | None = None) -> Results:
        """One page, with its total."""
        with self.core.database.read() as tx:
            found = self.office.people.search(tx, authority or self.region, query)
        if isinstance(found, Denied):
            raise TypeError(found)
        return found

    def sheet(self, chosen: random.Random) -> None:
        """One account as a whole, after one line of the list."""
        found = self.ask(Query(size=1, after=self.place(chosen))).lines
        account = (found or self.ask(Query(size=1)).lines)[0].id
        with self.core.database.read() as tx:
            self.office.people.sheet(tx, self.region, account)

    def place(self, chosen: random.Random) -> str:
        """A cursor anywhere among all."""
        name = f"{chosen.choice(HEADS)}{chosen.choice(TAILS)}".lower()
        return self.office.people.searching.cursor(self.region, name)


def searches(name: str, environ: Mapping[str, str], sizes: Sequence[int]) -> Iterator[Searched]:
    """Every kind of question, at every size, in one database that grows."""
    with _opened(environ) as asker_of:
        filled = 0
        for size in sorted(sizes):
            fill(asker_of(0).core.database, filled, size, 1_790_000_000)
            filled = size
            asker = asker_of(size)
            for question, ask in QUESTIONS.items():
                yield _measured(name, question, size, asker, ask)


def _measured(
    name: str,
    question: str,
    size: int,
    asker: Asker,
    ask: Callable[[Asker, random.Random], object],
) -> Searched:
    chosen = random.Random(7)
    ask(asker, chosen)
    took = []
    for _ in range(ASKED):
        began = time.perf_counter()
        ask(asker, chosen)
        took.append((time.perf_counter() - began) * 1000)
    return Searched(name, question, size, median(took), quantiles(took, n=20)[-1])


def _word(chosen: random.Random) -> str:
    return chosen.choice(HEADS)


QUESTIONS: dict[str, Callable[[Asker, random.Random], object]] = {
    "everybody": lambda asker, _: asker.ask(Query()),
    "everybody, far on": lambda asker, chosen: asker.ask(Query(after=asker.place(chosen))),
    "one letter": lambda asker, chosen: asker.ask(Query(_word(chosen)[0])),
    "a common beginning": lambda asker, chosen: asker.ask(Query(_word(chosen))),
    "a whole name": lambda asker, chosen: asker.ask(
        Query(f"{_word(chosen)}{chosen.choice(TAILS)} {chosen.choice(FIRST)}")
    ),
    "two common beginnings": lambda asker, chosen: asker.ask(
        Query(f"{_word(chosen)} {chosen.choice(FIRST)[:3]}")
    ),
    "an e-mail address": lambda asker, chosen: asker.ask(
        Query(f"person{chosen.randrange(asker.accounts)}@")
    ),
    "nobody": lambda asker, chosen: asker.ask(Query(f"zz{chosen.randrange(99)}")),
    "disabled": lambda asker, chosen: asker.ask(Query(_word(chosen), state="disabled")),
    "staff": lambda asker, chosen: asker.ask(Query(_word(chosen)[0], population="staff")),
    "a community": lambda asker, chosen: asker.ask(
        Query(_word(chosen), community=f"community-{chosen.randrange(COMMUNITIES)}")
    ),
    "not for a year": lambda asker, chosen: asker.ask(
        Query(_word(chosen), without_login_since=1_790_000_000 - 365 * DAY)
    ),
    "a perimeter": lambda asker, _: asker.ask(Query(), asker.house),
    "a name in a perimeter": lambda asker, chosen: asker.ask(Query(_word(chosen)), asker.house),
    "a sheet": lambda asker, chosen: asker.sheet(chosen),
}


@contextmanager
def _opened(environ: Mapping[str, str]) -> Iterator[Callable[[int], Asker]]:
    settings = settings_of(environ)
    database = open_database(settings)
    upgrade(database)
    core, secrets = open_core(settings, database)
    office = open_office(core, secrets)
    found(core)
    region = office.authorities.of_command(HERE)
    # A fifth of the region belongs to it.
    held = Held(Role.ESTABLISHMENT, house_of(0))
    house = Authority("house", "house", (held,), HERE)
    try:
        yield lambda accounts: Asker(office, core, region, house, accounts)
    finally:
        core.passwords.close()
        database.close()
