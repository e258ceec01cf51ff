# SPDX-License-Identifier: Apache-2.0
"""A stay as it is found at each request: with its application and its session, by one statement."""

from collections.abc import Callable

import pytest

from idp.accounts.values import State
from idp.grants import stays
from tests.protocol.headers.kit import Visitor, arrived, register
from tests.protocol.kit import ELSEWHERE, statements_of
from tests.world import World, open_world


@pytest.fixture
def visitor(world: World) -> Visitor:
    """Claire, in the application."""
    register(world)
    return arrived(world)


def test_a_check_is_answered_by_one_statement(visitor: Visitor) -> None:
    assert visitor.check().status_code == 200
    with statements_of(visitor.world) as run:
        assert visitor.check().headers["X-Remote-User"] == "cdurand"
    assert len(run) == 1, run


def test_a_stranger_is_told_nothing_and_costs_one_statement(visitor: Visitor) -> None:
    stranger = Visitor(visitor.world, visitor.world.browser())
    with statements_of(visitor.world) as run:
        assert stranger.check().status_code == 401
    assert len(run) == 1, run


def test_what_is_kept_of_a_visitor_is_kept_without_the_registration(visitor: Visitor) -> None:
    """Long as it may be, and changed as it is: it is answered from all the same."""
    assert visitor.check().headers["X-Remote-Name"] == "Claire Durand"
    before = stays._read.cache_info().misses
    register(visitor.world, headers={"names": {"X-Remote-User": "identifier"}})
    told = visitor.check().headers
    assert told["X-Remote-User"] == "cdurand"
    assert "X-Remote-Name" not in told
    assert stays._read.cache_info().misses == before


def close_account(world: World) -> None:
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.DISABLED)


def close_application(world: World) -> None:
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, "old", enabled=False)


def end_session(world: World) -> None:
    with world.core.database.write() as tx:
        world.core.sessions.end_all(tx, world.cast["medecin"].id, "test", ELSEWHERE)


def revoke_grant(world: World) -> None:
    account = world.cast["medecin"].id
    with world.core.database.write() as tx:
        assert world.core.codes.revoke_all_of(tx, account, "old", "test", ELSEWHERE)


@pytest.mark.parametrize("end", [close_account, close_application, end_session, revoke_grant])
def test_oa_047_what_one_process_closes_is_closed_at_the_next_request_of_another(
    visitor: Visitor, database_url: str, end: Callable[[World], None]
) -> None:
    assert visitor.check().status_code == 200
    other = open_world(database_url, visitor.world.clock)
    end(other)
    other.close()
    assert visitor.check().status_code == 401


def test_a_name_that_another_process_changed_is_told_at_the_next_request(
    visitor: Visitor, database_url: str
) -> None:
    assert visitor.check().headers["X-Remote-Name"] == "Claire Durand"
    other = open_world(database_url, visitor.world.clock)
    with other.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE accounts SET last_name = 'Dupont' WHERE identifier = 'cdurand'")
    other.close()
    assert visitor.check().headers["X-Remote-Name"] == "Claire Dupont"
