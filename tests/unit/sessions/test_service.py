# SPDX-License-Identifier: Apache-2.0
"""Sessions in the database: opened, proved, touched, labelled, ended."""

import pytest

from connectors.base import Level
from idp.origin import Origin
from idp.sessions.values import Proof

WHERE = Origin("192.0.2.1", "Firefox " * 60, "request")


def proof(world, means="password", level=Level.PASSWORD, journey="j1"):
    return Proof(means, level, ("pwd",), world.clock.now(), journey)


@pytest.fixture
def opened(world):
    with world.core.database.write() as tx:
        claire = world.cast["medecin"].id
        return world.core.sessions.open(tx, claire, proof(world), WHERE)


def find(world, secret):
    with world.core.database.read() as tx:
        return world.core.sessions.find(tx, secret)


def test_a_session_is_found_by_its_secret_alone(world, opened):
    session, secret = opened
    assert find(world, secret) == session
    assert len(session.user_agent) <= 256
    for other in ("", "x", session.id, secret[:-1], secret + "A", "A" * 10_000, "\udce9" * 43):
        assert find(world, other) is None


def test_oa_172_a_proof_changes_the_secret_and_keeps_the_best_of_each_means(world, opened):
    session, secret = opened
    world.clock.pass_by(10)
    with world.core.database.write() as tx:
        card = proof(world, "card", Level.CARD)
        renewed, new = world.core.sessions.prove(tx, session, card)
        again, newest = world.core.sessions.prove(tx, renewed, proof(world, journey="j2"))
    assert find(world, secret) is None
    assert find(world, new) is None
    found = find(world, newest)
    assert found == again
    assert (found.level, found.means) == (Level.CARD, ("card", "password"))
    assert [one.journey for one in found.proofs] == ["j1", "j2"]
    assert (found.id, found.expires_at) == (session.id, session.expires_at)


def test_a_session_that_has_ended_takes_no_proof(world, opened):
    session, secret = opened
    with world.core.database.write() as tx:
        world.core.sessions.end(tx, session.id, "person")
        assert world.core.sessions.prove(tx, session, proof(world)) is None
    assert find(world, secret) is None


def test_use_is_noted_at_most_once_a_minute(world, opened):
    session, secret = opened
    for seconds, noted in ((59, False), (1, True)):
        world.clock.pass_by(seconds)
        with world.core.database.write() as tx:
            world.core.sessions.touch(tx, session)
        assert (find(world, secret).seen_at == world.clock.now()) is noted


def test_a_sessions_name_is_stable_for_one_application_and_alike_nowhere_else(world, opened):
    session, _secret = opened
    sessions = world.core.sessions
    with world.core.database.write() as tx:
        names = [sessions.enter(tx, session.id, key) for key in ("dcc", "plain", "dcc")]
        found = sessions.opened_in(tx, session.id)
    assert names[0] == names[2] != names[1]
    assert {one.application: one.label for one in found} == {"dcc": names[0], "plain": names[1]}
    assert session.id not in "".join(names)
    # Two pairs that would read the same when glued together.
    assert sessions.label("a|b", "c") != sessions.label("a", "b|d")
