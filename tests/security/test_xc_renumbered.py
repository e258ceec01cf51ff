# SPDX-License-Identifier: Apache-2.0
"""XC-010: whoever had an ADELI number comes with an RPPS one, and stays one person."""

import json
from dataclasses import replace

import pytest

from idp.accounts.values import Account, State
from tests import cast
from tests.cards import APPLICATIONS, Desk, log_in_by_card, said_on, why
from tests.security.test_xc_arrivals import account_with, arrive, conflicts, is_in
from tests.world import World

ADELI, RPPS = "0910012345", "899900000011"


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    return Desk.at(world)


def somebody(desk: Desk, national_id: str = ADELI, **said: str) -> Account:
    """An account made before, by its number of that time."""
    facts = {"first_name": "Anne-Hélène", "last_name": "L’Œillet", "email": ""} | said
    person = replace(
        cast.PEOPLE["infirmiere"], identifier="of-before", national_id=national_id, **facts
    )
    core = desk.world.core
    with core.database.write() as tx:
        made = core.accounts.create(tx, person)
    assert isinstance(made, Account)
    return made


def come(desk: Desk, **said: str) -> str:
    """By the new card, where accounts are made; what the page says."""
    facts = {"national_id": RPPS, "first_name": "ANNE HELENE", "last_name": "L'OEILLET"} | said
    browser = arrive(desk, "newcomers")
    log_in_by_card(browser, desk.card(**facts))
    return said_on(browser)


@pytest.mark.parametrize(
    "names",
    [{}, {"last_name": "Martin", "birth_name": "L’Œillet"}],
    ids=["same-names", "birth-name"],
)
@pytest.mark.parametrize("state", [State.ACTIVE, State.DISABLED])
def test_xc_010_a_new_number_under_the_same_names_makes_no_second_account(
    desk: Desk, names: dict[str, str], state: State
):
    before = somebody(desk, **names)
    core = desk.world.core
    with core.database.write() as tx:
        core.accounts.set_state(tx, before.id, state)
    assert come(desk)
    assert why(desk.world) == "conflict"
    assert account_with(desk, RPPS) is None
    assert conflicts(desk) == [before.id]
    [event] = desk.world.events("arrival.conflict")
    assert json.loads(event.detail) == {"why": "maybe-renumbered"}
    assert not is_in(desk)


def test_xc_010_once_an_administrator_has_said_so_the_new_number_leads_there(desk: Desk):
    before = somebody(desk)
    come(desk)
    core = desk.world.core
    with core.database.write() as tx:
        assert core.accounts.renumber(tx, before.id, RPPS) is None
    come(desk)
    assert [one.account for one in desk.world.events("login.proved")] == [before.id]


def test_xc_010_a_namesake_gets_in_by_an_account_of_their_own(desk: Desk):
    """Where the administrator finds two people, they make the second account."""
    before = somebody(desk)
    come(desk)
    core = desk.world.core
    with core.database.write() as tx:
        person = replace(before.person, identifier="namesake", national_id=RPPS)
        made = core.accounts.create(tx, person)
    assert isinstance(made, Account)
    come(desk)
    assert [one.account for one in desk.world.events("login.proved")] == [made.id]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (ADELI, {"first_name": "HELENE"}),
        (ADELI, {"last_name": "OEILLETS"}),
        ("899900000029", {}),
        (ADELI, {"national_id": "0910012346"}),
    ],
    ids=["first-name", "last-name", "both-rpps", "both-adeli"],
)
def test_whoever_is_somebody_else_has_an_account_made(
    desk: Desk, number: str, said: dict[str, str]
):
    somebody(desk, number)
    come(desk, **said)
    assert is_in(desk)
    assert account_with(desk, said.get("national_id", RPPS)) is not None
    assert not conflicts(desk)
