# SPDX-License-Identifier: Apache-2.0
"""CR-038: a proof of a password that was replaced meanwhile is worth nothing, wherever it waits."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.accounts.values import Account
from idp.credentials.passwords import Reason
from idp.login.renewal import Renewed, Why
from idp.origin import Origin
from tests.cast import PASSWORD
from tests.functional.conftest import make_quick
from tests.functional.test_again import sessions
from tests.functional.test_password_renewal import give_temporary, log_in, replace
from tests.world import World

ORIGIN = Origin("192.0.2.99", "", "")
OWNERS = "Corbeau-lanterne-7294"
THIEFS = "Brouette-nuage-5518"


def choose(world: World, account: Account, why: Why = Why.RESET) -> None:
    """The owner's own password, by a link, at a login or by support."""
    hashed = world.core.passwords.hashed(OWNERS)
    with world.core.database.write() as tx:
        done = world.core.renewal.change(tx, account, hashed, why, ORIGIN)
        assert isinstance(done, Renewed)


def give_another(world: World, account: Account) -> None:
    """Another temporary one, by support."""
    hashed = world.core.passwords.hashed(OWNERS)
    with world.core.database.write() as tx:
        world.core.renewal.give_temporary(tx, account, hashed, Reason.RESET, ORIGIN)


WAYS: dict[str, Callable[[World, Account], None]] = {
    "a login": lambda world, account: choose(world, account, Why.DUE),
    "a link": choose,
    "support": lambda world, account: choose(world, account, Why.ADMINISTRATOR),
    "a temporary one": give_another,
}


@pytest.fixture
def quick_world(world: World) -> World:
    """Both databases; passwords cost nothing."""
    return make_quick(world)


@pytest.mark.parametrize("who", ["medecin", "patient"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_cr_038_a_form_that_waits_does_not_undo_a_change(quick_world: World, way: Any, who: str):
    temporary = give_temporary(quick_world, who)
    thief, _page = log_in(quick_world, temporary, who)
    assert thief.form("/renew")
    way(quick_world, quick_world.cast[who])
    quick_world.clock.pass_by(300)
    replace(thief, THIEFS)
    assert thief.form("/password")
    assert sessions(quick_world) == []
    assert quick_world.core.passwords.match(quick_world.cast[who].id, OWNERS)
    assert not quick_world.core.passwords.match(quick_world.cast[who].id, THIEFS)


@pytest.mark.parametrize("way", [choose, give_another], ids=["a link", "a temporary one"])
def test_cr_038_a_login_checked_before_a_change_opens_nothing_after_it(
    quick_world: World, monkeypatch: pytest.MonkeyPatch, way: Any
):
    passwords, account = quick_world.core.passwords, quick_world.cast["medecin"]
    check = passwords.match

    def match(subject: str | None, typed: str) -> str | None:
        mark = check(subject, typed)
        monkeypatch.undo()
        way(quick_world, account)
        return mark

    monkeypatch.setattr(passwords, "match", match)
    browser, _page = log_in(quick_world, PASSWORD)
    assert browser.form("/password")
    assert sessions(quick_world) == []
    assert [one.outcome for one in quick_world.events("login.failed")] == ["refused"]


def test_cr_038_a_session_that_was_ended_changes_no_password(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
):
    """A patient's: no minimum age stands in the way of the second change."""
    passwords, patient = quick_world.core.passwords, quick_world.cast["patient"]
    thief = quick_world.browser()
    thief.get("/account/password")
    thief.log_in("patient")
    make = passwords.hashed

    def hashed(typed: str) -> str:
        monkeypatch.undo()
        choose(quick_world, patient)
        return make(typed)

    monkeypatch.setattr(passwords, "hashed", hashed)
    thief.submit("/account/password", password=THIEFS, again=THIEFS)
    assert passwords.match(patient.id, OWNERS)
    assert not passwords.match(patient.id, THIEFS)
