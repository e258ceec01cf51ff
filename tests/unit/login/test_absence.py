# SPDX-License-Identifier: Apache-2.0
"""A card that leaves its reader takes the session with it, where an application minds."""

import json
import threading

import pytest
from sqlalchemy import text

from connectors.base import Level
from idp.chores import Chores
from idp.login.absence import REMOVED, UNHEARD
from idp.origin import Origin
from idp.sessions.presences import Heard, name_of
from idp.sessions.values import Proof
from tests.cast import application

ORIGIN = Origin("192.0.2.44", "Firefox", "request-1")
KEY, OTHER = b"k" * 32, b"o" * 32
METHODS = ("sc", "pin", "hwk", "mfa")


def register(world, key, presence="watched"):
    with world.core.database.write() as tx:
        document = application(key, policy={"card_presence": presence})
        world.core.applications.register(tx, document)


def log_in(world, applications=(), key=KEY):
    """A session by card, in which these applications were opened; and its card is watched."""
    core = world.core
    proof = Proof("cps", Level.CARD, METHODS, core.clock.now(), "journey")
    with core.database.write() as tx:
        session, _secret = core.sessions.open(tx, world.cast["medecin"].id, proof, ORIGIN)
        core.presences.begin(tx, session.id, "2600301752", key)
        for name in applications:
            core.sessions.enter(tx, session.id, name)
    return session.id


def hear(world, sequence, *, present=True, key=KEY):
    return world.provider.services.absence.hear(key, sequence, present=present)


def live(world, session):
    with world.core.database.read() as tx:
        return world.core.sessions.holder(tx, session) is not None


def level(world):
    with world.core.database.read() as tx:
        return world.core.sessions.of_account(tx, world.cast["medecin"].id)[0].level


def why(world):
    return [json.loads(event.detail)["why"] for event in world.events("session.ended")]


def test_words_are_noted_in_order_and_an_old_one_changes_nothing(world):
    session = log_in(world)
    assert hear(world, 1) is Heard.NOTED
    assert hear(world, 3) is Heard.NOTED
    assert hear(world, 3) is Heard.STALE
    # Somebody plays back that the card was removed.
    assert hear(world, 2, present=False) is Heard.STALE
    assert live(world, session)


def test_a_word_of_a_login_that_has_not_arrived_is_unknown(world):
    log_in(world)
    assert hear(world, 1, key=OTHER) is Heard.UNKNOWN


def test_a_removed_card_ends_the_session_and_its_applications_are_told(world):
    register(world, "dcc")
    session = log_in(world, ["dcc"])
    assert hear(world, 1, present=False) is Heard.NOTED
    assert not live(world, session)
    assert why(world) == [REMOVED]
    assert hear(world, 2) is Heard.OVER


def test_a_session_without_an_application_ends_too(world):
    session = log_in(world)
    hear(world, 1, present=False)
    assert not live(world, session)


@pytest.mark.parametrize("presence", ["watched", "required"])
def test_one_application_that_minds_is_enough(world, presence):
    register(world, "one", "off")
    register(world, "two", presence)
    session = log_in(world, ["one", "two"])
    hear(world, 1, present=False)
    assert not live(world, session)


def test_where_no_application_minds_the_session_goes_on_at_a_lower_level(world):
    register(world, "one", "off")
    session = log_in(world, ["one"])
    assert level(world) is Level.CARD
    hear(world, 1, present=False)
    assert live(world, session)
    assert level(world) is Level.TWO_FACTORS
    assert len(world.events("session.weakened")) == 1


def test_a_card_unheard_for_half_a_minute_is_given_up(world):
    session = log_in(world)
    world.clock.pass_by(20)
    hear(world, 1)
    world.clock.pass_by(30)
    assert world.provider.services.absence.look() == 0
    world.clock.pass_by(1)
    assert world.provider.services.absence.look() == 1
    assert not live(world, session)
    assert why(world) == [UNHEARD]


def test_rl_09_a_clock_set_back_gives_the_card_up(world):
    session = log_in(world)
    world.clock.pass_by(-3600)
    assert world.provider.services.absence.look() == 1
    assert not live(world, session)


def test_a_card_read_anew_replaces_the_watch_over_the_one_before(world):
    session = log_in(world)
    with world.core.database.write() as tx:
        world.core.presences.begin(tx, session, "2600301752", OTHER)
    assert hear(world, 1) is Heard.OVER
    assert hear(world, 1, key=OTHER) is Heard.NOTED
    # The first agent's card is gone: nothing hangs on it any more.
    assert hear(world, 2, present=False) is Heard.OVER
    assert live(world, session)


def test_removed_and_unheard_at_once_end_it_once(world):
    session = log_in(world)
    world.clock.pass_by(31)
    ways = [lambda: hear(world, 1, present=False), world.provider.services.absence.look]
    threads = [threading.Thread(target=way) for way in ways * 3]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not live(world, session)
    assert len(why(world)) == 1


def test_names_of_presences_are_digests_of_their_keys():
    assert name_of(KEY) != name_of(OTHER)
    assert len(name_of(KEY)) == 43


def test_a_session_that_ended_otherwise_lets_its_agent_go(world):
    session = log_in(world)
    with world.core.database.write() as tx:
        world.core.sessions.end(tx, session, "logout")
    assert hear(world, 1) is Heard.OVER


def test_a_session_that_is_over_is_forgotten_with_its_card(world):
    log_in(world)
    world.clock.pass_by(40 * 86_400)
    Chores(world.core).do()
    with world.core.database.read() as tx:
        left = [
            tx.execute(text(f"SELECT count(*) FROM {name}")).scalar()
            for name in ("sessions", "card_presences")
        ]
    assert left == [0, 0]


def test_what_fails_while_tidying_up_keeps_no_alarm_from_being_raised(world, monkeypatch):
    chores = Chores(world.core)
    looked = []
    monkeypatch.setattr(chores._watch, "look", lambda: looked.append(1))
    monkeypatch.setattr(chores, "_forget", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        chores.do()
    assert looked == [1]
