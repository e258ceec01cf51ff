# SPDX-License-Identifier: Apache-2.0
"""A login by card hangs on the card: what its agent says, on the wire, and what follows."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.cps_card.statement import Heartbeat, presence_bytes, write_heartbeat
from connectors.strict_json import to_text
from tests import cast
from tests.cards import APPLICATIONS, Desk, said_on, send, show_card_page, sign, statement_on
from tests.cast import application

ADDRESS = "/card/presence"


class Agent:
    """A workstation that speaks for the card that vouched for its key."""

    def __init__(self, world):
        self.world = world
        self.private = Ed25519PrivateKey.generate()
        self.key = to_text(self.private.public_key().public_bytes_raw())
        self.sequence = 0

    def say(self, state="present", *, sequence=None, issuer=None, by=None):
        """One word, and what the server answers."""
        self.sequence = sequence or self.sequence + 1
        said = presence_bytes(issuer or self.world.issuer, self.key, self.sequence, state)
        signature = (by or self.private).sign(said)
        return self.post(write_heartbeat(Heartbeat(self.key, self.sequence, state, signature)))

    def post(self, text, kind="application/json"):
        browser = self.world.browser()
        return browser.request("POST", ADDRESS, data=text, content_type=kind)


def document(key, presence):
    policy = {"means": ["cps"], "level": 3, "card_presence": presence}
    return application(key, policy=policy)


OWN = {"strict": document("strict", "required"), "lenient": document("lenient", "off")}


@pytest.fixture
def desk(world, monkeypatch):
    for key, one in {**APPLICATIONS, **OWN}.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, one)
    with world.core.database.write() as tx:
        for one in OWN.values():
            world.core.applications.register(tx, one)
    return Desk.at(world)


def log_in(desk, agent, key="card"):
    """Somebody in an application by a card whose agent tells of it."""
    browser = desk.world.browser()
    desk.world.client(key).ask(browser)
    show_card_page(browser)
    statement = statement_on(browser)
    answer = sign(desk.card(), statement, presence_key=agent.key if agent else "")
    send(browser, statement=statement, answer=answer)
    return browser


def live(world):
    with world.core.database.read() as tx:
        return world.core.sessions.of_account(tx, world.cast["medecin"].id)


def test_while_the_card_is_there_the_session_goes_on(desk):
    agent = Agent(desk.world)
    assert agent.say().status_code == 404
    log_in(desk, agent)
    heard = agent.say()
    assert (heard.status_code, heard.get_json()) == (200, {"next": 10})
    assert "Set-Cookie" not in heard.headers
    assert len(live(desk.world)) == 1


def test_a_removed_card_ends_the_session_and_what_hangs_on_it(desk):
    world, agent = desk.world, Agent(desk.world)
    browser = log_in(desk, agent)
    assert agent.say("removed").status_code == 200
    assert live(world) == []
    assert agent.say().status_code == 410
    # The browser finds the login page where it was let through before.
    again = world.client("card").ask(browser)
    assert again.status_code == 200
    assert json.loads(world.events("session.ended")[-1].detail)["why"] == "card-removed"


def test_ag_002_words_for_another_server_or_by_another_key_are_refused(desk):
    agent = Agent(desk.world)
    log_in(desk, agent)
    elsewhere = agent.say("removed", issuer="https://other.example")
    forged = agent.say("removed", by=Ed25519PrivateKey.generate())
    assert (elsewhere.status_code, forged.status_code) == (400, 400)
    assert len(live(desk.world)) == 1


def test_a_word_played_back_says_nothing(desk):
    agent = Agent(desk.world)
    log_in(desk, agent)
    agent.say(sequence=5)
    agent.say("removed", sequence=4)
    assert len(live(desk.world)) == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", "nothing", '{"v":1}', "x" * 5000])
def test_what_is_no_word_is_refused(desk, text):
    assert Agent(desk.world).post(text).status_code == 400


def test_forms_and_other_methods_are_refused(desk):
    agent = Agent(desk.world)
    assert agent.post("{}", "text/plain").status_code == 415
    assert desk.world.browser().request("GET", ADDRESS).status_code == 405


def test_where_the_card_must_stay_one_that_nobody_watches_is_refused(desk):
    world = desk.world
    browser = log_in(desk, None, "strict")
    assert "lecteur" in said_on(browser) or "reader" in said_on(browser)
    assert live(world) == []
    # Nor is the certificate dialogue of the browser offered.
    assert not browser.page.find(attrs={"formaction": True})
    log_in(desk, Agent(world), "strict")
    assert len(live(world)) == 1


def test_a_session_by_an_unwatched_card_does_not_open_where_it_must_stay(desk):
    world = desk.world
    browser = log_in(desk, None)
    assert len(live(world)) == 1
    asked = world.client("strict").ask(browser)
    assert asked.status_code == 200


def test_where_no_application_minds_the_card_only_loses_its_level(desk):
    world, agent = desk.world, Agent(desk.world)
    browser = log_in(desk, agent, "lenient")
    agent.say("removed")
    assert len(live(world)) == 1
    # Whoever asks for level 3 asks for the card again.
    assert world.client("lenient").ask(browser).status_code == 200


def test_ag_007_the_key_of_another_login_is_no_key(desk):
    world, agent = desk.world, Agent(desk.world)
    log_in(desk, agent)
    again = log_in(desk, agent)
    assert said_on(again)
    assert len(live(world)) == 1
    assert agent.say().status_code == 200
