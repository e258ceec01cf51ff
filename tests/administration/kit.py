# SPDX-License-Identifier: Apache-2.0
"""Establishments, and people with roles: an office that tests of the administration work in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, update

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.establishments import Establishment
from idp.accounts.values import Account, Person, Population
from idp.administration.authority import Authority, Held
from idp.administration.rights import Role
from idp.db import table_of
from idp.origin import Origin
from idp.sessions.models import SessionRow
from idp.sessions.values import Proof, Session, dump_proofs
from tests.cast import COMMUNITIES, PASSWORD, PEOPLE
from tests.world import START, Browser, World

CHU, CLINIC = "370000481", "360000012"
HOUSES = {
    CHU: Establishment(CHU, "CHU de Tours", "Tours", "37000", "admin@chu.example"),
    CLINIC: Establishment(CLINIC, "Clinique des Ormes", "Châteauroux", "36000"),
}
# Who holds what, by the key of the cast; those not in the cast are made here.
ROLES: dict[str, Held] = {
    "administrateur": Held(Role.SUPER),
    "regionale": Held(Role.REGION),
    "chu": Held(Role.ESTABLISHMENT, CHU),
    "clinique": Held(Role.ESTABLISHMENT, CLINIC),
    "assistance": Held(Role.HELP_DESK),
    "auditrice": Held(Role.AUDITOR),
}
STAFF: dict[str, Person] = {
    "regionale": Person(
        Population.STAFF, "r.garnier", "Rose", "Garnier", email="rose@region.example"
    ),
    "chu": Person(Population.STAFF, "p.aubry", "Paul", "Aubry", email="paul@chu.example"),
    "clinique": Person(Population.STAFF, "n.roux", "Nina", "Roux", email="nina@clinique.example"),
    "assistance": Person(Population.STAFF, "a.simon", "Anne", "Simon", email="anne@aide.example"),
    "auditrice": Person(Population.STAFF, "j.leroy", "Jade", "Leroy", email="jade@audit.example"),
}
MEMBERS = {CHU: ("medecin", "patient"), CLINIC: ("infirmiere",)}
DESK = Origin("192.0.2.77", "Firefox", "request-of-the-office")


@dataclass
class Opened:
    """A world with an office in it."""

    world: World
    people: dict[str, Account]

    def __getitem__(self, key: str) -> Account:
        return self.people[key]

    def authority(self, who: str) -> Authority:
        """What somebody of `ROLES` may do, logged in at level 2."""
        account = self.people[who].id
        proof = Proof("totp", Level.TWO_FACTORS, ("pwd", "otp"), START, "journey")
        session = Session("session", account, (proof,), START, START, START + 3600)
        with self.world.core.database.read() as tx:
            found = self.world.provider.services.office.authorities.of_person(tx, session, DESK)
        assert found is not None, who
        return found

    def enter(self, who: str) -> Browser:
        """A browser in which somebody is logged in at level 2, by password and authenticator."""
        browser = self.world.browser()
        browser.get("/login")
        identifier = self.people[who].person.identifier
        browser.submit("/password", identifier=identifier, password=PASSWORD)
        core = self.world.core
        with core.database.write() as tx:
            session = core.sessions.find(tx, browser.cookie("session"))
            assert session is not None
            proof = Proof("totp", Level.TWO_FACTORS, ("pwd", "otp"), core.clock.now(), "journey")
            sessions = table_of(SessionRow)
            proofs = dump_proofs((*session.proofs, proof))
            tx.execute(update(sessions).where(sessions.c.id == session.id).values(proofs=proofs))
        return browser


def open_office(world: World) -> Opened:
    """Establishments with their people, and everybody of `ROLES` with their role."""
    core, office = world.core, world.provider.services.office
    hashed = core.passwords.hashed(PASSWORD)
    people = {key: world.cast[key] for key in PEOPLE}
    root = office.authorities.of_command(DESK)
    with core.database.write() as tx:
        for community in COMMUNITIES:
            accounts.open_community(tx, community, opened=True)
        for house in HOUSES.values():
            core.establishments.put(tx, house, DESK)
        for key, person in STAFF.items():
            made = core.accounts.create(tx, person)
            assert isinstance(made, Account)
            core.passwords.put(tx, made.id, hashed)
            people[key] = made
        for house, keys in MEMBERS.items():
            for key in keys:
                core.establishments.join(tx, people[key].id, house, DESK)
        for key, held in ROLES.items():
            assert office.roles.give(tx, root, people[key].id, held) is True
    return Opened(world, people)


@contextmanager
def statements_of(office: Opened) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    engine, asked = office.world.core.database.engine, list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
