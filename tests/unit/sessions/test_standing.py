# SPDX-License-Identifier: Apache-2.0
"""How a session stands: what the gate is handed of it, and when it is handed nothing."""

import pytest

from connectors.base import Level
from idp.accounts.values import State
from idp.origin import Origin
from idp.sessions.standing import standing_of
from idp.sessions.values import Proof

WHERE = Origin("192.0.2.1", "", "request")


@pytest.fixture
def opened(world):
    """The id of a session of Claire's, and the proof that opened it."""
    proof = Proof("password", Level.PASSWORD, ("pwd",), world.clock.now(), "j")
    with world.core.database.write() as tx:
        session, _secret = world.core.sessions.open(tx, world.cast["medecin"].id, proof, WHERE)
    return session.id, proof


def stands(world, session):
    with world.core.database.read() as tx:
        return standing_of(tx, session, world.clock.now())


def test_a_live_session_with_its_account(world, opened):
    session, proof = opened
    standing = stands(world, session)
    assert (standing.session, standing.account) == (session, world.cast["medecin"].id)
    assert (standing.proofs, standing.seen_at) == ((proof,), world.clock.now())
    assert (standing.population, standing.state) == ("professional", "active")


def test_a_closed_account_is_told_at_once(world, opened):
    session, _proof = opened
    assert stands(world, session).state == "active"
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.DISABLED)
    assert stands(world, session).state == "disabled"


def test_what_was_open_before_a_closure_stays_dead(world, opened):
    session, _proof = opened
    for state in (State.DISABLED, State.ACTIVE):
        world.clock.pass_by(1)
        with world.core.database.write() as tx:
            world.core.accounts.set_state(tx, world.cast["medecin"].id, state)
    assert stands(world, session) is None


def test_an_ended_one_and_an_old_one_do_not_stand(world, opened):
    session, _proof = opened
    world.clock.pass_by(world.core.sessions.lives.absolute)
    assert stands(world, session) is None
    world.clock.pass_by(-1)
    assert stands(world, session) is not None
    with world.core.database.write() as tx:
        world.core.sessions.end(tx, session, "test", WHERE)
    assert stands(world, session) is None


def test_what_is_proved_no_more_is_told_at_once(world, opened):
    session, proof = opened
    assert stands(world, session).proofs == (proof,)
    with world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE sessions SET proofs = '[]'")
    assert stands(world, session).proofs == ()
