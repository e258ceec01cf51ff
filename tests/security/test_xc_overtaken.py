# SPDX-License-Identifier: Apache-2.0
"""A card leaves its reader while its session is being proved again: neither undoes the other."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from connectors.base import Level
from idp.origin import Origin
from idp.sessions.values import Proof, Session
from tests.unit.credentials.test_expiry import wait_until_it_waits
from tests.world import World

HERE = Origin("192.0.2.44", "Firefox", "request-1")
MOST = Level.TWO_FACTORS


def proof(world: World, means: str, level: Level, *, watched: bool = False) -> Proof:
    return Proof(means, level, ("x",), world.clock.now(), "j", watched=watched)


@pytest.fixture
def session(world: World) -> Session:
    card = proof(world, "cps", Level.CARD, watched=True)
    with world.core.database.write() as tx:
        opened, _secret = world.core.sessions.open(tx, world.cast["medecin"].id, card, HERE)
    return opened


def prove(world: World, tx: Any, session: Session) -> None:
    added = proof(world, "password", Level.PASSWORD)
    assert world.core.sessions.prove(tx, session, added) is not None


def weaken(world: World, tx: Any, session: Session) -> None:
    world.core.sessions.weaken(tx, session.id, "cps", MOST)


def now(world: World) -> Session:
    with world.core.database.read() as tx:
        [found] = world.core.sessions.of_account(tx, world.cast["medecin"].id)
    return found


def meanwhile(world: World, session: Session, first: Any, second: Any) -> None:
    """The second begins while the first has not committed."""

    def come() -> None:
        with world.core.database.write() as tx:
            second(world, tx, session)
        world.core.database.forget()

    late = threading.Thread(target=come)
    with world.core.database.write() as tx:
        first(world, tx, session)
        late.start()
        wait_until_it_waits(world, late)
    late.join(60)


def is_weak(found: Session) -> bool:
    return found.level is MOST and not any(one.watched for one in found.proofs)


def test_xc_025_a_proof_is_added_to_what_the_session_holds_now(world: World, session: Session):
    """The request has read it, the card is removed, and then the proof is kept."""
    with world.core.database.write() as tx:
        weaken(world, tx, session)
    with world.core.database.write() as tx:
        added = proof(world, "password", Level.PASSWORD)
        renewed = world.core.sessions.prove(tx, session, added)
    assert renewed is not None
    assert renewed[0] == now(world)
    assert is_weak(renewed[0])
    assert renewed[0].means == ("cps", "password")


@pytest.mark.parametrize(("first", "second"), [(weaken, prove), (prove, weaken)])
def test_xc_025_a_card_removed_while_a_proof_is_kept_stays_weak(
    world: World, session: Session, first: Callable[..., None], second: Callable[..., None]
):
    meanwhile(world, session, first, second)
    assert is_weak(now(world))
    assert now(world).means == ("cps", "password")
    assert len(world.events("session.weakened")) == 1


def test_xc_025_two_proofs_at_once_are_both_kept(world: World, session: Session):
    def other(world: World, tx: Any, session: Session) -> None:
        added = proof(world, "totp", Level.TWO_FACTORS)
        assert world.core.sessions.prove(tx, session, added) is not None

    meanwhile(world, session, prove, other)
    assert now(world).means == ("cps", "password", "totp")


def test_xc_025_a_visit_after_a_pause_brings_back_nothing_of_a_removed_card(
    world: World, session: Session
):
    with world.core.database.write() as tx:
        added = proof(world, "calculette", Level.CARD)
        assert world.core.sessions.prove(tx, session, added) is not None
    world.clock.pass_by(world.core.settings.cards.idle + 1)
    seen = now(world)
    with world.core.database.write() as tx:
        weaken(world, tx, session)
    with world.core.database.write() as tx:
        world.core.sessions.touch(tx, seen)
    card, calculette = now(world).proofs
    assert (card.level, card.lapsed, card.watched) == (MOST, False, False)
    assert (calculette.level, calculette.lapsed) == (MOST, True)


def test_xc_025_what_is_weak_already_is_told_once(world: World, session: Session):
    with world.core.database.write() as tx:
        for _time in range(2):
            weaken(world, tx, session)
        world.core.sessions.weaken(tx, session.id, "calculette", MOST)
    assert len(world.events("session.weakened")) == 1
