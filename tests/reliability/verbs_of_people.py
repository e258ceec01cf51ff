# SPDX-License-Identifier: Apache-2.0
"""What is done to people, their roles, and what they consent to."""

import itertools
from dataclasses import replace
from typing import Any

from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Denied, Held
from idp.administration.outcomes import Changed, Stale, Unfit
from idp.administration.patients.consents import Withdrawn
from idp.administration.patients.enrolment import Enrolled, Exists, NotShown, Shown
from idp.administration.patients.letters import Printed
from idp.administration.patients.values import NewPatient
from idp.administration.proposals import Carried
from idp.administration.rights import Role
from idp.administration.views import View
from tests.administration.kit import CHU, CLINIC, DESK
from tests.reliability.verbs import Place, Verb

numbers = itertools.count(1)
HASHED = "a hash"
BORN = "1948-11-30"


def named(number: int) -> str:
    """A name of letters alone, of nobody else."""
    return "Sosie" + "".join("abcdefghij"[int(digit)] for digit in str(number))


def somebody(place: Place, *houses: str, population: Population = Population.PROFESSIONAL) -> Any:
    """An account of these establishments."""
    name = named(next(numbers))
    person = Person(population, name.lower(), "Alix", name, email=f"{name.lower()}@x.example")
    with place.core.database.write() as tx:
        made = place.core.accounts.create(tx, person)
        assert isinstance(made, Account)
        for house in houses:
            place.core.establishments.join(tx, made.id, house, DESK)
    return made


def newcomer(_place: Place | None = None) -> NewPatient:
    """Somebody who has no account."""
    name = named(next(numbers))
    return NewPatient(name, "Zoé", BORN, email=f"{name.lower()}@x.example")


def patient(place: Place) -> Account:
    """Somebody who gave their consent to the CHU."""
    with place.core.database.write() as tx:
        made = place.desk.patients.enrol(tx, place.by("chu"), CHU, newcomer())
    assert isinstance(made, Enrolled)
    return made.account


def former(place: Place) -> Account:
    """Somebody who withdrew it."""
    found = patient(place)
    with place.core.database.write() as tx:
        assert isinstance(
            place.desk.patients.withdraw(tx, place.by("chu"), found.id, CHU), Withdrawn
        )
    return found


def printed(place: Place) -> Account:
    """Somebody whose letter was printed."""
    found = patient(place)
    with place.core.database.write() as tx:
        assert isinstance(place.desk.letters.print(tx, place.by("chu"), found.id, HASHED), Printed)
    return found


def letter(place: Place) -> str:
    """A letter that was printed."""
    found = printed(place)
    with place.core.database.read() as tx:
        [one] = place.desk.letters.of_account(tx, place.by("chu"), found.id)
    return str(one.id)


def pair(place: Place) -> tuple[str, str]:
    """Two accounts of one person."""
    return somebody(place, CHU).id, somebody(place, CHU, CLINIC).id


def proposed(place: Place) -> str:
    """A role that waits for a second administrator."""
    account = somebody(place).id
    desk, who = place.desk, place.by("administrateur")
    with place.core.database.write() as tx:
        assert desk.roles.give(tx, who, account, Held(Role.AUDITOR)) is Denied.PROPOSED
        listed = desk.proposals.listed(tx, who)
    assert not isinstance(listed, Denied)
    return next(one.id for one in listed if account in one.facts.values())


def kept_view(place: Place) -> str:
    """A search that somebody keeps."""
    with place.core.database.write() as tx:
        made = place.desk.views.keep(tx, place.by("chu"), "accounts", "à jeter", {"q": "durand"})
    assert isinstance(made, View)
    return made.id


def is_a(*kinds: type) -> Any:
    """Whether an answer is of these."""
    return lambda answer: isinstance(answer, kinds)


def equals(*values: object) -> Any:
    """Whether an answer is one of these."""
    return lambda answer: answer in values


AUDITOR = Held(Role.AUDITOR)
LETTER = ("password.set", "password.renewed", "letter.printed")
VERBS = {
    "consent recorded": Verb(
        newcomer,
        lambda p, tx, new: p.desk.patients.enrol(tx, p.by("chu"), CHU, new),
        is_a(Enrolled),
        ("account.created", "account.affiliated", "patient.consented", "patient.enrolled"),
        equals(Exists.NAMES),
    ),
    "consent of somebody known": Verb(
        patient,
        lambda p, tx, one: p.desk.patients.collect(
            tx, p.by("clinique"), CLINIC, Shown(one.person.identifier, BORN)
        ),
        is_a(Enrolled),
        ("account.affiliated", "patient.consented"),
        equals(NotShown.STANDS),
    ),
    "consent withdrawn": Verb(
        patient,
        lambda p, tx, one: p.desk.patients.withdraw(tx, p.by("chu"), one.id, CHU),
        is_a(Withdrawn),
        ("account.unaffiliated", "patient.withdrew", "account.state", "account.withdrawn"),
        equals(Denied.NOT_FOUND),
    ),
    "consent renewed": Verb(
        former,
        lambda p, tx, one: p.desk.patients.renew(
            tx, p.by("chu"), one.id, CHU, Shown(one.person.identifier, BORN)
        ),
        is_a(Enrolled),
        ("account.affiliated", "patient.consented", "account.state"),
        equals(NotShown.STANDS),
    ),
    "letter printed": Verb(
        patient,
        lambda p, tx, one: p.desk.letters.print(tx, p.by("chu"), one.id, HASHED),
        is_a(Printed),
        LETTER,
    ),
    "letter reprinted": Verb(
        printed,
        lambda p, tx, one: p.desk.letters.print(tx, p.by("chu"), one.id, HASHED),
        is_a(Printed),
        LETTER,
    ),
    "letters of several": Verb(
        lambda p: [patient(p).id, printed(p).id],
        lambda p, tx, those: p.desk.letters.print_all(
            tx, p.by("chu"), [(one, HASHED) for one in those]
        ),
        is_a(list),
        LETTER * 2,
    ),
    "letter handed over": Verb(
        letter,
        lambda p, tx, one: p.desk.letters.hand_over(tx, p.by("chu"), one, "2026-09-21"),
        equals(True),
        ("letter.handed",),
        equals(False),
    ),
    "role given": Verb(
        lambda p: somebody(p).id,
        lambda p, tx, one: p.desk.roles.give(tx, p.command, one, AUDITOR),
        equals(True),
        ("role.given",),
        equals(False),
    ),
    "role proposed": Verb(
        lambda p: somebody(p).id,
        lambda p, tx, one: p.desk.roles.give(tx, p.by("administrateur"), one, AUDITOR),
        equals(Denied.PROPOSED),
        ("proposal.made",),
        equals(Denied.PROPOSED),
    ),
    "role agreed to": Verb(
        proposed,
        lambda p, tx, one: p.desk.proposals.agree(tx, p.by("regionale"), one),
        is_a(Carried),
        ("role.given", "proposal.agreed"),
        equals(Unfit("over")),
    ),
    "role declined": Verb(
        proposed,
        lambda p, tx, one: p.desk.proposals.decline(tx, p.by("regionale"), one),
        equals(True),
        ("proposal.declined",),
        equals(Unfit("over")),
    ),
    "accounts merged": Verb(
        pair,
        lambda p, tx, both: p.desk.merging.merge(tx, p.by("regionale"), *both, ("email",)),
        is_a(Account),
        ("account.state", "account.merged", "account.absorbed"),
        equals(Unfit("merged")),
    ),
    "affiliated": Verb(
        lambda p: somebody(p, CHU).id,
        lambda p, tx, one: p.desk.people.affiliate(tx, p.by("regionale"), one, CLINIC),
        equals(True),
        ("account.affiliated",),
        equals(False),
    ),
    "unaffiliated": Verb(
        lambda p: somebody(p, CHU, CLINIC).id,
        lambda p, tx, one: p.desk.people.unaffiliate(tx, p.by("chu"), one, CHU),
        equals(True),
        ("account.unaffiliated",),
        equals(Denied.NOT_FOUND),
        equals(False, Denied.NOT_FOUND),
    ),
    "account disabled": Verb(
        lambda p: somebody(p, CHU).id,
        lambda p, tx, one: p.desk.people.set_state(tx, p.by("chu"), one, State.DISABLED),
        lambda done: isinstance(done, Changed) and done.changed,
        ("account.state",),
        lambda done: isinstance(done, Changed) and not done.changed,
    ),
    "account corrected": Verb(
        lambda p: somebody(p, CHU),
        lambda p, tx, one: p.desk.people.edit(
            tx,
            p.by("chu"),
            one.id,
            one.updated_at,
            replace(one.person, town="Blois"),
            p.desk.people.sheet(tx, p.by("chu"), one.id).particulars,
        ),
        is_a(Account),
        ("account.edited",),
        # It is so already: nothing to tell anybody of.
        is_a(Account),
        is_a(Account, Stale),
    ),
    "view kept": Verb(
        lambda _place: f"vue {next(numbers)}",
        lambda p, tx, name: p.desk.views.keep(tx, p.by("chu"), "accounts", name, {"q": "durand"}),
        is_a(View),
        (),
        overtaken=equals(Unfit("name", ("name",))),
    ),
    "view dropped": Verb(
        kept_view,
        lambda p, tx, one: p.desk.views.drop(tx, p.by("chu"), one),
        equals(True),
        (),
        equals(False),
    ),
}
