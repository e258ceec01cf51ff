# SPDX-License-Identifier: Apache-2.0
"""CR-013: one password on many accounts, and stolen pairs, from many addresses."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import text

from tests.attack import Somebody, blocks, bring_people, enter, look
from tests.functional.conftest import make_quick
from tests.world import World, open_world

HOSPITAL = "198.51.100.7"
HOUR, MINUTE = 3600, 60


@pytest.fixture
def quick_world(world: World) -> World:
    return make_quick(world)


@pytest.fixture
def build(sqlite_url: str) -> Callable[..., World]:
    return lambda **settings: make_quick(open_world(sqlite_url, **settings))


def fail(world: World, count: int, address: str) -> Counter[str]:
    return Counter(enter(world, f"nobody{number}", "wrong", address) for number in range(count))


def raise_alarm(world: World) -> None:
    where = blocks("100")
    for number in range(world.core.settings.alarms.failed):
        assert enter(world, f"nobody{number}", "Printemps2026!", next(where)) == "refused"
    look(world)
    assert len(world.events("alarm.raised")) == 1


def test_cr_013_a_network_has_a_counter_beside_its_addresses(build: Callable[..., World]):
    world = build(THROTTLE_ADDRESS_FREE="5", THROTTLE_NETWORK_FREE="12")
    [claire] = bring_people(world, ["203.0.113.9"])
    for last in (1, 2, 3):
        assert fail(world, 4, f"203.0.113.{last}") == {"refused": 4}
    assert fail(world, 1, "203.0.113.4") == {"waits": 1}
    # Neither the network beside it, nor a browser that the account knows.
    assert fail(world, 1, "203.0.112.4") == {"refused": 1}
    assert enter(world, claire.name, claire.password, claire.place, claire.device) == "in"
    assert enter(world, claire.name, claire.password, claire.place) == "waits"
    world.clock.pass_by(MINUTE)
    assert enter(world, claire.name, claire.password, claire.place) == "in"


def test_cr_013_in_ipv6_a_network_is_a_48(build: Callable[..., World]):
    world = build(THROTTLE_ADDRESS_FREE="5", THROTTLE_NETWORK_FREE="12")
    for block in (1, 2, 3):
        assert fail(world, 4, f"2001:db8:7:{block}::1") == {"refused": 4}
    assert fail(world, 1, "2001:db8:7:ffff::1") == {"waits": 1}
    assert fail(world, 1, "2001:db8:8:1::1") == {"refused": 1}


def test_cr_013_one_address_alone_does_not_shut_its_network(build: Callable[..., World]):
    world = build(THROTTLE_ADDRESS_FREE="5", THROTTLE_NETWORK_FREE="12")
    assert fail(world, 40, "203.0.113.1") == {"refused": 5, "waits": 35}
    assert fail(world, 4, "203.0.113.2") == {"refused": 4}


def test_cr_013_what_a_full_network_does_not_judge_is_not_held_against_an_address(
    build: Callable[..., World],
):
    world = build(THROTTLE_ADDRESS_FREE="5", THROTTLE_NETWORK_FREE="12")
    for last in (1, 2, 3):
        fail(world, 4, f"203.0.113.{last}")
    assert fail(world, 9, "203.0.113.4") == {"waits": 9}
    with world.core.database.read() as tx:
        row = tx.execute(text("SELECT streak FROM throttles WHERE key = 'address|203.0.113.4'"))
        assert row.scalar_one() == 0


def test_cr_013_a_hospital_behind_one_address_is_not_slowed(quick_world: World):
    """A morning: eight in a hundred mistype, in browsers that nobody knows."""
    people = bring_people(quick_world, [HOSPITAL] * 100)
    for number, one in enumerate(people):
        if number % 12 == 0:
            assert enter(quick_world, one.name, "mistyped", HOSPITAL) == "refused"
        assert enter(quick_world, one.name, one.password, HOSPITAL) == "in"
    look(quick_world)
    assert quick_world.events("alarm.raised") == []


def test_cr_013_while_the_alarm_stands_strangers_have_three_tries(quick_world: World):
    world = quick_world
    [claire] = bring_people(world, [HOSPITAL])
    assert fail(world, 10, "203.0.113.1") == {"refused": 10}
    world.clock.pass_by(HOUR)
    raise_alarm(world)
    assert fail(world, 10, "203.0.113.1") == {"refused": 3, "waits": 7}
    # A name that nobody has, and an account that knows nothing of the address: alike.
    assert enter(world, claire.name, claire.password, "203.0.113.1") == "waits"
    assert enter(world, claire.name, claire.password, "203.0.113.1", claire.device) == "in"
    # Right tries are not counted.
    for _ in range(5):
        assert enter(world, claire.name, claire.password, "203.0.113.2") == "in"
    world.clock.pass_by(world.core.settings.alarms.quiet + HOUR)
    look(world)
    assert len(world.events("alarm.ended")) == 1
    assert fail(world, 10, "203.0.113.1") == {"refused": 10}


def test_cr_013_a_place_that_the_account_knows_is_not_strange(quick_world: World):
    world = quick_world
    [claire] = bring_people(world, [HOSPITAL])
    world.clock.pass_by(HOUR)
    raise_alarm(world)
    assert fail(world, 5, HOSPITAL) == {"refused": 3, "waits": 2}
    assert enter(world, claire.name, "mistyped", HOSPITAL) == "refused"
    assert enter(world, claire.name, claire.password, HOSPITAL) == "in"


def attack(world: World, people: list[Somebody], chance: random.Random) -> Counter[str]:
    """Stolen pairs from a hundred addresses, ten each, two in a hundred right; in ten minutes."""
    where = blocks("45")
    bots, found = [next(where) for _ in range(100)], Counter[str]()
    for round_ in range(10):
        for number, address in enumerate(bots):
            right = chance.random() < 0.02
            pair = (
                (chance.choice(people).name, "leaked") if right else (f"x{round_}.{number}", "no")
            )
            found[enter(world, *pair, address)] += 1
        world.clock.pass_by(MINUTE)
        look(world)
    return found


def arrive(world: World, people: list[Somebody], chance: random.Random) -> Counter[str]:
    """Everybody logs in: most in their browser, some in another one, a few from elsewhere."""
    cafes, found = blocks("80"), Counter[str]()
    for one in people:
        luck = chance.random()
        device = one.device if luck < 0.85 else ""
        place = one.place if luck < 0.95 else next(cafes)
        if chance.random() < 0.08:
            enter(world, one.name, "mistyped", place, device)
        came_in = enter(world, one.name, one.password, place, device)
        found["in" if came_in == "in" else "affected"] += 1
        known = luck < 0.85
        assert came_in == "in" or not known, "somebody in their own browser"
    return found


@pytest.mark.parametrize("watched", [True, False])
def test_cr_013_stolen_pairs_meet_a_wall_and_people_do_not(
    build: Callable[..., World], *, watched: bool
):
    world = build() if watched else build(ALARMS_FAILED="1000000")
    homes = blocks("90")
    people = bring_people(world, [HOSPITAL] * 120 + [next(homes) for _ in range(80)])
    world.clock.pass_by(HOUR)
    judged = attack(world, people, random.Random(13))
    judged_at_all = sum(judged.values()) - judged["waits"]
    found = arrive(world, people, random.Random(7))
    assert found["affected"] < 0.01 * sum(found.values())
    if watched:
        assert len(world.events("alarm.raised")) == 1
        assert judged_at_all <= 0.6 * sum(judged.values())
    else:
        # What the alarm is worth: without it the whole list is tried.
        assert judged_at_all == sum(judged.values())


def test_cr_013_one_password_on_many_accounts_from_few_addresses(build: Callable[..., World]):
    world = build()
    people = bring_people(world, [HOSPITAL] * 100)
    world.clock.pass_by(HOUR)
    bots = [f"203.0.113.{last}" for last in range(1, 11)]
    found = Counter[str]()
    for number in range(400):
        name = people[number].name if number < len(people) else f"nobody{number}"
        found[enter(world, name, "Printemps2026!", bots[number % len(bots)])] += 1
        if number % 100 == 99:
            world.clock.pass_by(MINUTE)
            look(world)
    # A hundred until it is seen, then a few of each address.
    assert found["refused"] <= 100 + 10 * 5
    assert arrive(world, people, random.Random(3))["affected"] == 0
