# SPDX-License-Identifier: Apache-2.0
"""A patient who gave their consent to two establishments takes back one, then all."""

from idp.accounts import establishments
from idp.accounts.establishments import Establishment
from idp.accounts.values import State
from idp.administration.patients.consents import By, standing
from idp.origin import Origin
from tests.functional.account_kit import enter, is_in
from tests.functional.test_account_withdrawal import HERE, state
from tests.world import World

DESK = Origin("192.0.2.77", "Firefox", "request-of-a-desk")
HOUSES = {"370000481": "CHU de Tours", "360000012": "Clinique des Ormes"}


def agreed(world: World) -> None:
    consents = world.provider.services.office.consents
    with world.core.database.write() as tx:
        for key, name in HOUSES.items():
            world.core.establishments.put(tx, Establishment(key, name), DESK)
            assert consents.give(tx, world.cast["patient"], key, "1", By("somebody", DESK))


def left(world: World) -> frozenset[str]:
    account = world.cast["patient"].id
    with world.core.database.read() as tx:
        assert standing(tx, account) == establishments.of_account(tx, account)
        return standing(tx, account)


def test_one_consent_is_taken_back_and_the_account_stays(quick_world: World) -> None:
    agreed(quick_world)
    gaetan = enter(quick_world, "patient")
    gaetan.get(HERE)
    assert [one["value"] for one in gaetan.page.find_all("input", type="radio")] == [
        "370000481",
        "360000012",
        "all",
    ]
    gaetan.submit(HERE, understood="yes", choice="370000481")
    assert "This consent is withdrawn" in gaetan.page.main.text
    assert left(quick_world) == {"360000012"}
    assert state(quick_world) is State.ACTIVE
    assert is_in(gaetan)
    # The last one closes the account, whatever else a form says.
    gaetan.get(HERE)
    gaetan.submit(HERE, understood="yes", choice="370000481")
    assert gaetan.last.request.path == "/account/withdrawn"
    assert state(quick_world) is State.DISABLED
    assert not left(quick_world)


def test_all_of_them_at_once(quick_world: World) -> None:
    agreed(quick_world)
    gaetan = enter(quick_world, "patient")
    gaetan.get(HERE)
    gaetan.submit(HERE, understood="yes", choice="all")
    assert gaetan.last.request.path == "/account/withdrawn"
    assert not left(quick_world)
    assert not is_in(gaetan)
