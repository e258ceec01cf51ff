# SPDX-License-Identifier: Apache-2.0
"""Accounts in the database: one person once, found by any spelling, closed and opened."""

import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from idp.accounts import service as accounts
from idp.accounts.service import Duplicate, NotCreated
from idp.accounts.values import Account, Person, Population, State


class GivenUp(Exception):
    """Ends a transaction in which nothing may stay."""


def person(identifier="new.person", **values):
    return Person(Population.PATIENT, identifier, "Anne", "Nouvelle", **values)


def create(world, one):
    with world.core.database.write() as tx:
        return world.core.accounts.create(tx, one)


def find(world, typed):
    with world.core.database.read() as tx:
        return accounts.find(tx, typed)


def test_cr_011_any_spelling_finds_the_one_account(world):
    for typed in ("cdurand", " CDURAND ", "ｃdurand", "Claire.Durand@chu.example"):
        assert find(world, typed) == world.cast["medecin"].id


def test_what_names_nobody_finds_nobody(world):
    for typed in ("", "  ", "cdurand\x00", "c%", "x" * 600, "﷽" * 200, "' OR 1=1"):
        assert find(world, typed) is None


TAKEN = [
    (person("CDurand"), Duplicate.IDENTIFIER),
    (person("CLAIRE.durand@chu.example"), Duplicate.IDENTIFIER),
    (person(email="Cdurand"), Duplicate.EMAIL),
    (person(email="claire.durand@CHU.example"), Duplicate.EMAIL),
    (person(national_id="810101234567"), Duplicate.NATIONAL_ID),
]


def test_cr_048_one_account_for_one_name(world):
    for one, why in TAKEN:
        assert create(world, one) == NotCreated(why)


UNFIT = [
    (person(" "), ("identifier",)),
    (person("a\x00b"), ("identifier",)),
    (person("x" * 129), ("identifier",)),
    # Folds into 1800 characters.
    (person("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 100), ("identifier",)),
    (person(phone="0" * 33, town="\x1b[2J"), ("phone", "town")),
    (replace(person(), first_name="", last_name="x" * 200), ("first_name", "last_name")),
    (person(email="x" * 255), ("email",)),
]


def test_what_the_tables_could_not_hold_is_refused(world):
    for one, names in UNFIT:
        assert create(world, one) == NotCreated(None, names)


@pytest.mark.parametrize("what", ["identifier", "email", "national_id"])
def test_cr_048_of_two_at_the_same_moment_one_is_made(world, what):
    """Neither sees the other before both have looked; PostgreSQL lets them run side by side."""
    start, results = threading.Barrier(4), []

    def run(number):
        values = {"identifier": f"twin{number}", "email": "", "national_id": None}
        values[what] = "810000000001" if what == "national_id" else "twin@chu.example"
        one = person(**values)
        start.wait(30)
        with suppress(GivenUp), world.core.database.write() as tx:
            made = world.core.accounts.create(tx, one)
            if isinstance(made, NotCreated):
                raise GivenUp
        results.append(made)
        world.core.database.forget()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    made = [one for one in results if isinstance(one, Account)]
    assert len(made) == 1
    assert results.count(NotCreated(Duplicate(what))) == 3
    with world.core.database.read() as tx:
        assert accounts.find(tx, made[0].person.identifier) == made[0].id


def test_an_account_comes_back_as_it_was_stored(world):
    one = person(
        email="anne@courriel.example",
        email_verified=True,
        phone="+33600000000",
        civility="Mme",
        birth_date="1990-01-31",
        town="Saint-Pierre-des-Corps",
    )
    made = create(world, one)
    assert isinstance(made, Account)
    with world.core.database.read() as tx:
        assert accounts.load(tx, made.id) == made
    assert made.person == one


def test_communities_are_joined_and_left_once(world):
    claire = world.cast["medecin"].id
    with world.core.database.write() as tx:
        assert not world.core.accounts.join(tx, claire, "onco-centre")
        assert world.core.accounts.join(tx, claire, "perinat-centre")
        assert world.core.accounts.leave(tx, claire, "onco-centre")
        assert not world.core.accounts.leave(tx, claire, "onco-centre")
        assert accounts.communities_of(tx, claire) == {"perinat-centre"}


def test_a_change_of_state_is_told_once_and_audited(world):
    claire = world.cast["medecin"].id
    before = len(world.events("account.state"))
    with world.core.database.write() as tx:
        assert world.core.accounts.set_state(tx, claire, State.DISABLED)
        assert not world.core.accounts.set_state(tx, claire, State.DISABLED)
        assert not world.core.accounts.set_state(tx, "nobody", State.DISABLED)
        assert world.core.accounts.set_state(tx, claire, State.ACTIVE)
    assert len(world.events("account.state")) - before == 2
