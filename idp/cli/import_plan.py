# SPDX-License-Identifier: Apache-2.0
"""What an import would do: who is made, who is there already, every fault; before any change."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from idp.accounts import service
from idp.accounts.identifiers import make_identifier
from idp.accounts.values import Account, Person, Population, fold, sort_key
from idp.cli.import_files import PERSON, Fault
from idp.cli.people import person_faults
from idp.credentials.foreign_hashes import fault_of
from idp.db import Tx

LOCALES = ("fr", "en")
YES = {"yes", "oui", "true", "1"}
NO = {"no", "non", "false", "0", ""}
# Columns that say yes or no.
SWITCHES = ("email_verified", "phone_verified")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be made."""

    line: int
    person: Person
    communities: tuple[str, ...]
    hashed: str
    # Whether the identifier was made by us, and may be made anew.
    named_here: bool = False


@dataclass(slots=True)
class Plan:
    """What the file comes to."""

    newcomers: list[Newcomer] = field(default_factory=list)
    there: int = 0
    faults: list[Fault] = field(default_factory=list)


class Planner:
    """Reads row after row; names claimed by one are taken for the next."""

    def __init__(
        self, tx: Tx, pattern: str, population: str, tick: Callable[[], None] = lambda: None
    ) -> None:
        self._tx = tx
        self._pattern = pattern
        self._population = population
        self._tick = tick
        self._communities = service.community_names(tx)
        # What was claimed in this file, and on which line.
        self._claimed: dict[str, int] = {}
        self.plan = Plan()

    def read(self, rows: list[tuple[int, dict[str, str]]]) -> Plan:
        """Everybody; those without an identifier get theirs last, when all others are known."""
        for line, row in rows:
            self._tick()
            self._take(line, row)
        self.plan.newcomers = [self._named(one) for one in self.plan.newcomers]
        return self.plan

    def _take(self, line: int, row: Mapping[str, str]) -> None:
        whys = list(self._row_faults(row))
        if not whys:
            one = self._newcomer(line, row)
            whys = list(self._newcomer_faults(one))
            known = [] if whys else self._known(one.person)
            if known:
                whys = list(_other_person(one.person, known))
            if not whys:
                whys = list(self._claim(one))
                if known and not whys:
                    self.plan.there += 1
                elif not whys:
                    self.plan.newcomers.append(one)
        self.plan.faults += [Fault(line, why) for why in whys]

    def _row_faults(self, row: Mapping[str, str]) -> Iterator[str]:
        population = row.get("population") or self._population
        if population not in list(Population):
            yield f"population: one of {', '.join(Population)} is expected, or give --population"
        if row.get("locale", "") not in {*LOCALES, ""}:
            yield f"locale: one of {', '.join(LOCALES)} is expected"
        for name in SWITCHES:
            if row.get(name, "").lower() not in YES | NO:
                yield f"{name}: yes or no is expected"
        if not (row.get("identifier") or row.get("national_id") or row.get("email")):
            yield (
                "identifier, national_id or email: one is needed, by which a second import "
                "knows this person again"
            )

    def _newcomer(self, line: int, row: Mapping[str, str]) -> Newcomer:
        values = {name: row[name] for name in PERSON if name not in SWITCHES and row.get(name)}
        values |= {name: row.get(name, "") for name in ("identifier", "first_name", "last_name")}
        values.pop("population", None)
        switches = {name: row.get(name, "").lower() in YES for name in SWITCHES}
        population = Population(row.get("population") or self._population)
        person = Person(population=population, **values, **switches)  # type: ignore[arg-type]
        words = row.get("communities", "").replace(";", " ").replace(",", " ").split()
        return Newcomer(line, person, tuple(words), row.get("password_hash", ""))

    def _newcomer_faults(self, one: Newcomer) -> Iterator[str]:
        # One made from the name has no fault; until then any will do.
        yield from person_faults(
            one.person if one.person.identifier else replace(one.person, identifier="x")
        )
        for community in one.communities:
            if community not in self._communities:
                yield f"communities: there is no {community}"
        if one.hashed and (why := fault_of(one.hashed)):
            yield f"password_hash: {why}"

    def _known(self, person: Person) -> list[Account]:
        """The accounts that bear one of the person's names already."""
        names = [one for one in (person.identifier, person.email) if one]
        found = {service.find(self._tx, name) for name in names}
        if person.national_id:
            found.add(service.by_national_id(self._tx, person.national_id))
        loaded = (service.load(self._tx, one) for one in sorted(filter(None, found)))
        return [one for one in loaded if one is not None]

    def _claim(self, one: Newcomer) -> Iterator[str]:
        person = one.person
        names = {
            "identifier": fold(person.identifier),
            "email": fold(person.email),
            "national_id": f"national id {person.national_id}" if person.national_id else "",
        }
        # A person whose identifier is their address bears one name.
        for kind, name in names.items():
            if not name:
                continue
            first = self._claimed.setdefault(name, one.line)
            if first != one.line:
                yield f"{kind}: the same as on line {first}"

    def _named(self, one: Newcomer) -> Newcomer:
        if one.person.identifier:
            return one
        name = make_identifier(
            one.person.first_name, one.person.last_name, self._pattern, self._is_taken
        )
        self._claimed[fold(name)] = one.line
        return replace(one, person=replace(one.person, identifier=name), named_here=True)

    def _is_taken(self, name: str) -> bool:
        return fold(name) in self._claimed or not service.unused_name(self._tx, name)


def _other_person(person: Person, known: list[Account]) -> Iterator[str]:
    """Why an account that bears such a name is not this person's, or nothing."""
    if len(known) > 1:
        yield "identifier, email and national_id are of different accounts"
        return
    (there,) = known
    theirs = there.person
    if person.national_id and theirs.national_id == person.national_id:
        return
    if person.national_id and theirs.national_id:
        yield f"the account {theirs.identifier} has another national identifier"
    elif _names(person) != _names(theirs):
        yield f"the account {theirs.identifier} bears another name"


def _names(person: Person) -> tuple[str, str]:
    return sort_key(person.first_name)[0], sort_key(person.last_name)[0]
