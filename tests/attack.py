# SPDX-License-Identifier: Apache-2.0
"""People and attackers who log in by the hundred, without the pages around it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.base import Evidence
from idp.accounts.values import Account, Person, Population
from idp.login.attempt import Failed, Proven
from idp.login.request import PORTAL, LoginRequest
from idp.login.watch import Watch
from idp.origin import Origin
from tests.world import World

journeys = itertools.count(1)


def blocks(first: str) -> Iterator[str]:
    """Addresses each in a network of its own."""
    return (f"{first}.{number >> 8}.{number & 255}.9" for number in itertools.count(1))


def enter(world: World, name: str, password: str, address: str, device: str = "") -> str:
    """One try: `in`, `refused`, or `waits` where nothing was even judged."""
    core, services = world.core, world.provider.services
    wished = LoginRequest(f"journey{next(journeys)}", PORTAL, None, core.clock.now())
    origin = Origin(address, "Mozilla/5.0", "r")
    form = {"identifier": name, "password": password}
    outcome = services.attempts.run(wished, "password", Evidence(form=form), device, origin)
    if isinstance(outcome, Proven):
        with core.database.write() as tx:
            services.finalizer.keep(tx, wished, outcome, None, None, device, origin)
        return "in"
    return "waits" if isinstance(outcome, Failed) and outcome.retry_at else "refused"


def look(world: World) -> None:
    """What a serving process does every minute."""
    core = world.core
    Watch(core.database, core.clock, core.alarms, core.settings.alarms, core.trust).look()


@dataclass
class Somebody:
    """A person, their usual browser and place."""

    name: str
    device: str
    place: str
    password: str = field(default="", repr=False)


def bring_people(world: World, places: list[str]) -> list[Somebody]:
    """Somebody for each place, who has logged in from there before."""
    people = []
    for number, place in enumerate(places):
        one = Somebody(f"person{number}", f"device{number}", place, f"Phrase de {number} !")
        hashed = world.core.passwords.hashed(one.password)
        with world.core.database.write() as tx:
            person = Person(Population.PROFESSIONAL, one.name, "Une", f"Personne {number}")
            made = world.core.accounts.create(tx, person)
            assert isinstance(made, Account)
            world.core.passwords.put(tx, made.id, hashed)
        assert enter(world, one.name, one.password, place, one.device) == "in"
        people.append(one)
    return people
