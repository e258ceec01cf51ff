# SPDX-License-Identifier: Apache-2.0
"""Whoever is turned away with a card that proved itself leaves nothing behind."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from connectors.base import Reason
from connectors.capabilities import Introduction, PresentedCard
from idp.accounts import national_ids
from idp.accounts.values import Account, State
from idp.credentials.cards import Card, Kind
from idp.origin import Origin
from tests.cards import APPLICATIONS
from tests.cast import application
from tests.unit.credentials.test_expiry import wait_until_it_waits
from tests.world import World

NEW, OTHER = "899900000011", "899900000029"
SERIAL, SECOND = "2600301753", "2600301754"
ORIGIN = Origin("192.0.2.10", "Firefox", "request-1")
NUMBERLESS = "administrateur"
MADE = ("accounts", "account_names", "former_national_ids", "cards", "messages")
STRICT = application(
    "strict",
    policy={
        "means": ["cps"],
        "level": 3,
        "card_accounts": "create",
        "card_presence": "required",
    },
)


@pytest.fixture
def house(world: World) -> World:
    with world.core.database.write() as tx:
        for document in (*APPLICATIONS.values(), STRICT):
            world.core.applications.register(tx, document)
    return world


def bind(world: World, serial: str = SERIAL, who: str = NUMBERLESS, **facts: Any) -> None:
    until = world.clock.now() + 86_400
    card = Card(serial, world.cast[who].id, Kind.CPS, until, **facts)
    with world.core.database.write() as tx:
        assert world.core.cards.add(tx, card)


def who_comes(world: World, national_id: str = NEW, serial: str = SERIAL) -> Introduction:
    until = world.clock.now() + 86_400
    card = PresentedCard(serial, "cps", until, "a" * 64, "1f")
    return Introduction(national_id, "cps", "BOB", "MARTIN", card=card)


def receive(
    world: World, who: Introduction, key: str = "card", expected: str | None = None
) -> Account | Reason:
    arrivals = world.provider.services.finalizer._arrivals
    with world.core.database.write() as tx:
        return arrivals.receive(tx, who, expected, key, ORIGIN)


def everything(world: World) -> list[list[tuple[Any, ...]]]:
    with world.core.database.read() as tx:
        found = [tx.execute(text(f"SELECT * FROM {name}")).all() for name in MADE]
    told = ("account.created", "account.changed", "card.added")
    found.extend(world.events(kind) for kind in told)
    return [sorted((tuple(row) for row in rows), key=repr) for rows in found]


def test_xc_010_a_revoked_card_gives_nobodys_account_its_number(house: World):
    """Bound to the wrong person and then revoked: its holder has nothing of theirs."""
    bind(house)
    with house.core.database.write() as tx:
        house.core.cards.revoke(tx, SERIAL)
    before = everything(house)
    assert receive(house, who_comes(house)) is Reason.REVOKED
    assert everything(house) == before
    assert receive(house, who_comes(house, serial=SECOND)) is Reason.NO_ACCOUNT


def test_xc_010_an_account_that_is_closed_takes_no_number(house: World):
    bind(house)
    with house.core.database.write() as tx:
        house.core.accounts.set_state(tx, house.cast[NUMBERLESS].id, State.DISABLED)
    before = everything(house)
    assert receive(house, who_comes(house)) is Reason.ACCOUNT_CLOSED
    assert everything(house) == before


@pytest.mark.parametrize("bound", [True, False])
def test_xc_010_a_card_of_somebody_else_lifts_nobody_and_is_bound_to_nobody(
    house: World, bound: bool
):
    if bound:
        bind(house)
    before, claire = everything(house), house.cast["medecin"].id
    answer = receive(house, who_comes(house), "newcomers", expected=claire)
    assert answer is Reason.OTHER_PERSON
    assert everything(house) == before


@pytest.mark.parametrize("bound", [True, False])
def test_xc_010_a_card_nobody_watches_makes_and_numbers_no_account(house: World, bound: bool):
    if bound:
        bind(house)
    before = everything(house)
    assert receive(house, who_comes(house), "strict") is Reason.NOT_WATCHED
    assert everything(house) == before
    watched = who_comes(house)
    watched = replace(watched, card=replace(watched.card, presence_key=b"k" * 32))
    assert isinstance(receive(house, watched, "strict"), Account)
    assert everything(house) != before


def test_xc_010_a_card_of_another_family_gives_no_number_and_is_told(house: World):
    bind(house)
    bind(house, SECOND, family="foreign")
    before = everything(house)
    assert receive(house, who_comes(house)) is Reason.CONFLICT
    assert everything(house) == before
    [event] = house.events("arrival.conflict")
    assert event.account == house.cast[NUMBERLESS].id


def test_xc_010_of_two_cards_bound_to_one_account_the_first_gives_the_number(house: World):
    bind(house)
    bind(house, SECOND)
    answers: list[Account | Reason] = []

    def come() -> None:
        answers.append(receive(house, who_comes(house, OTHER, SECOND)))
        house.core.database.forget()

    late = threading.Thread(target=come)
    arrivals = house.provider.services.finalizer._arrivals
    with house.core.database.write() as tx:
        first = arrivals.receive(tx, who_comes(house), None, "card", ORIGIN)
        late.start()
        wait_until_it_waits(house, late)
    late.join(60)
    assert isinstance(first, Account)
    assert answers == [Reason.CONFLICT]
    with house.core.database.read() as tx:
        assert national_ids.holders(tx, NEW) == {first.id}
        assert not national_ids.holders(tx, OTHER)


def test_xc_010_of_the_same_card_twice_at_once_both_are_let_in(house: World):
    bind(house)
    answers: list[Account | Reason] = []

    def come() -> None:
        answers.append(receive(house, who_comes(house)))
        house.core.database.forget()

    late = threading.Thread(target=come)
    arrivals = house.provider.services.finalizer._arrivals
    with house.core.database.write() as tx:
        arrivals.receive(tx, who_comes(house), None, "card", ORIGIN)
        late.start()
        wait_until_it_waits(house, late)
    late.join(60)
    assert [one.id for one in answers if isinstance(one, Account)] == [house.cast[NUMBERLESS].id]
