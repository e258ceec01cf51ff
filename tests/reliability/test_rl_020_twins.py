# SPDX-License-Identifier: Apache-2.0
"""The same deeds on SQLite and on PostgreSQL: the same results, the same rows, whatever the names.

The tests' PostgreSQL sorts text as a French server does, SQLite by bytes: what relies on either
is found here.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test as run

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.values import Person, Population
from idp.credentials import cards
from idp.credentials.cards import Card, Kind
from idp.messages.alarms import Cause, Seen, standing
from idp.sessions.values import Proof
from tests.cast import application
from tests.databases import PostgresCluster
from tests.reliability.deeds import KEYS, NAMES, ORIGIN, twins
from tests.reliability.deeds_of_means import DeedsOfMeans
from tests.reliability.twins import open_twins


@pytest.fixture
def _twins(tmp_path: Path, postgres_cluster: PostgresCluster) -> Iterator[None]:
    name = postgres_cluster.create(empty=True)
    with open_twins(f"sqlite:///{tmp_path / 'twin.sqlite3'}", postgres_cluster.url(name)) as opened:
        twins.twins = opened
        yield
        twins.twins = None
    postgres_cluster.drop(name)


@pytest.mark.usefixtures("_twins")
def test_rl_020_both_databases_do_the_same() -> None:
    """`TWINS=500` in the environment looks longer."""
    count = int(os.environ.get("TWINS", "16"))
    run(
        DeedsOfMeans,
        settings=settings(
            max_examples=count,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # A find is told as it was: making it smaller takes longer than a test may.
            phases=[Phase.generate],
        ),
    )


def people() -> list[Person]:
    """Somebody of each name."""
    return [
        Person(Population.PATIENT, f"p{number}", "x", name) for number, name in enumerate(NAMES)
    ]


def register_keys() -> None:
    """An application of each key."""
    for key in KEYS:
        document = application(key, site="https://x.example")
        twins.do("register", lambda core, tx, one=document: core.applications.register(tx, one)[1])


@pytest.mark.usefixtures("_twins")
def test_rl_020_lists_are_in_one_order_whoever_sorts() -> None:
    for everybody in (people(), people()[::-1]):
        twins.begin()
        for person in everybody:
            twins.do("create", lambda core, tx, one=person: core.accounts.create(tx, one).person)
        found = twins.do("people", lambda _core, tx: accounts.every(tx))
        listed = [one.person.last_name for one in found]
        assert listed.index("Élise") < listed.index("Zoé")
        assert listed.index("durand") < listed.index("élise") < listed.index("fin")
        register_keys()
        found = twins.do("keys", lambda core, tx: core.applications.every(tx))
        assert [one.key for one in found] == sorted(KEYS)


@pytest.mark.usefixtures("_twins")
def test_rl_020_applications_of_a_session_are_in_one_order() -> None:
    twins.begin()
    account = twins.do("create", lambda core, tx: core.accounts.create(tx, people()[0])).id
    proof = Proof("password", Level.PASSWORD, ("pwd",), twins.clock.now(), "j")
    opened = [
        twins.do("open", lambda core, tx: core.sessions.open(tx, account, proof, ORIGIN)[0])
        for _ in range(6)
    ]
    register_keys()
    for key in KEYS:
        twins.do("enter", lambda core, tx, one=key: core.sessions.enter(tx, opened[0].id, one))
    found = twins.do("opened", lambda core, tx: core.sessions.opened_in(tx, opened[0].id))
    assert [one.application for one in found] == sorted(KEYS)
    twins.do("sessions", lambda core, tx: core.sessions.of_account(tx, account))


@pytest.mark.usefixtures("_twins")
def test_rl_020_cards_and_alarms_are_in_one_order() -> None:
    twins.begin()
    account = twins.do("create", lambda core, tx: core.accounts.create(tx, people()[0])).id
    until = twins.clock.now() + 60
    for serial in ("s1", "S2", "a-b", "ab", "a b", "A"):
        one = Card(serial, account, Kind.CPS, until)
        twins.do("card", lambda core, tx, one=one: core.cards.add(tx, one, ORIGIN))
    found = twins.do("cards", lambda _core, tx: cards.of_account(tx, account))
    assert [one.serial for one in found] == ["A", "S2", "a b", "a-b", "ab", "s1"]
    for cause in Cause:
        seen = Seen(cause, 1, 2)
        twins.do("alarm", lambda core, tx, seen=seen: core.alarms.sound(tx, seen, until))
    found = twins.do("alarms", lambda _core, tx: standing(tx, twins.clock.now()))
    assert len(found) == len(Cause)
    twins.clock.pass_by(60)
    twins.do("over", lambda core, tx: core.alarms.end_over(tx))
    twins.compare()
