# SPDX-License-Identifier: Apache-2.0
"""RL-09: a card's proof is worth level 3 while its session is in use, and level 2 afterwards."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Level
from idp.applications.values import Policy
from idp.clock import DRIFT
from idp.login.gate import Wanted
from idp.origin import Origin
from idp.sessions.values import (
    Proof,
    Session,
    dump_proofs,
    is_unused,
    lapse,
    read_proofs,
    restore,
)

IDLE = 900
NOW = 1_790_000_000
HERE = Origin("192.0.2.1", "", "")
CARD = Proof("cps", Level.CARD, ("sc", "pin"), NOW, "j")
PASSWORD = Proof("password", Level.PASSWORD, ("pwd",), NOW, "j")


@pytest.mark.parametrize(
    ("seen", "unused"),
    {
        "just now": (NOW, False),
        "to the second": (NOW - IDLE, False),
        "a second more": (NOW - IDLE - 1, True),
        "clocks that differ": (NOW + DRIFT, False),
        "from the future": (NOW + DRIFT + 1, True),
    }.values(),
)
def test_a_pause_is_counted_from_the_last_use(seen, unused):
    assert is_unused(seen, NOW, IDLE) is unused


def test_only_what_was_worth_a_card_lapses():
    card, password = lapse((CARD, PASSWORD))
    assert (card.level, card.lapsed) == (Level.TWO_FACTORS, True)
    assert password == PASSWORD
    assert restore((card, password)) == (CARD, PASSWORD)


proofs = st.lists(
    st.builds(
        Proof,
        st.sampled_from(["cps", "password", "totp"]),
        st.sampled_from(Level),
        st.just(("x",)),
        st.integers(0, 2**40),
        st.text(max_size=5),
    ),
    max_size=4,
).map(tuple)


@given(proofs)
def test_what_has_lapsed_is_kept_so_and_lapses_once(given_proofs):
    after = lapse(given_proofs)
    assert read_proofs(dump_proofs(after)) == after
    assert lapse(after) == after
    assert restore(after) == given_proofs
    assert all(one.level < Level.CARD for one in after)


def test_proofs_written_before_are_read_as_they_were():
    card = Proof("cps", Level.CARD, ("sc",), 5, "j")
    watched = replace(card, watched=True)
    assert read_proofs('[["cps",3,["sc"],5,"j"]]') == (card,)
    assert read_proofs('[["cps",3,["sc"],5,"j",false,true]]') == (watched,)
    # Nodes of before read what is sure, and nobody writes more than there is to say.
    assert dump_proofs((card, watched)) == (
        '[["cps",3,["sc"],5,"j"],["cps",3,["sc"],5,"j",false,true]]'
    )
    unsure = replace(card, certain=False)
    assert read_proofs(dump_proofs((unsure,))) == (unsure,)


def opened(world, *more):
    core, account = world.core, world.cast["medecin"].id
    proof = Proof("cps", Level.CARD, ("sc", "pin"), world.clock.now(), "j")
    with core.database.write() as tx:
        session, secret = core.sessions.open(tx, account, proof, HERE)
        for one in more:
            session, secret = core.sessions.prove(tx, session, one)
    return session, secret


def found(world, secret):
    with world.core.database.read() as tx:
        session = world.core.sessions.find(tx, secret)
    assert isinstance(session, Session)
    return session


def touch(world, session):
    with world.core.database.write() as tx:
        world.core.sessions.touch(tx, session)


def test_a_session_in_use_keeps_its_level(world):
    _session, secret = opened(world)
    for _minute in range(60):
        world.clock.pass_by(600)
        there = found(world, secret)
        assert there.level is Level.CARD
        touch(world, there)


def test_after_a_pause_it_goes_on_at_level_two_for_good(world):
    _session, secret = opened(world)
    world.clock.pass_by(IDLE + 1)
    there = found(world, secret)
    assert there.level is Level.TWO_FACTORS
    touch(world, there)
    # Used again, and by everybody who looks: what has lapsed does not come back.
    world.clock.pass_by(60)
    again = found(world, secret)
    assert again.level is Level.TWO_FACTORS
    touch(world, again)
    assert found(world, secret).seen_at == world.clock.now()


def test_the_card_read_again_is_worth_a_card_again(world):
    _session, secret = opened(world)
    world.clock.pass_by(IDLE + 1)
    there = found(world, secret)
    fresh = Proof("cps", Level.CARD, ("sc", "pin"), world.clock.now(), "k")
    with world.core.database.write() as tx:
        lifted, secret = world.core.sessions.prove(tx, there, fresh)
    assert lifted.level is Level.CARD
    # A page that was opened before, and notes its visit after, takes nothing away.
    touch(world, there)
    assert found(world, secret).level is Level.CARD


def application(world, level):
    with world.core.database.read() as tx:
        plain = world.core.applications.load(tx, "plain")
    return replace(plain, policy=Policy(("cps", "password"), Level(level), consent=False))


def test_the_gate_admits_to_level_three_only_while_it_lasts(world):
    session, _secret = opened(world)
    gate = world.core.gate
    with world.core.database.read() as tx:
        for late, level, admitted in ((0, 3, True), (IDLE, 3, True), (1, 3, False), (0, 2, True)):
            world.clock.pass_by(late)
            answer = gate.admit(tx, application(world, level), session.id, Wanted())
            assert (getattr(answer, "level", None) is not None) is admitted


def test_a_clock_set_back_lifts_nothing(world):
    session, secret = opened(world)
    world.clock.pass_by(IDLE + 1)
    touch(world, found(world, secret))
    world.clock.pass_by(-IDLE)
    with world.core.database.read() as tx:
        answer = world.core.gate.admit(tx, application(world, 3), session.id, Wanted())
        assert getattr(answer, "level", None) is None
        assert world.core.sessions.find(tx, secret) is None
