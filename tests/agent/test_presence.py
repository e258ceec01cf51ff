# SPDX-License-Identifier: Apache-2.0
"""The server hears of the card while it is there, and at once when it is not."""

import pytest

from connectors.cps_card.agent import presence as room
from connectors.cps_card.agent.presence import Heard, read_next
from connectors.cps_card.statement import read_answer, read_heartbeat, verify_heartbeat
from tests.agent.kit import ORIGIN, Script, insert, remove, wait_until


class Server:
    """Answers heartbeats as it is told, and keeps them."""

    def __init__(self, *heard):
        self.heard = list(heard)
        self.beats = []

    def __call__(self, issuer, text):
        beat = read_heartbeat(text)
        assert verify_heartbeat(issuer, beat)
        self.beats.append((issuer, beat))
        return self.heard.pop(0) if len(self.heard) > 1 else self.heard[0]

    def states(self):
        return [beat.state for _, beat in self.beats]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for name in ("FIRST_AFTER", "RETRY"):
        monkeypatch.setattr(room, name, 0.05)


def log_in(workstation, server):
    desk = workstation(window=Script("1234", "1234"), post=server)
    _, told = desk.sign()
    return desk, read_answer(told["answer"])


def test_heartbeats_are_signed_counted_and_for_the_issuer(workstation):
    server = Server(Heard(200, 0.05))
    desk, signed = log_in(workstation, server)
    assert wait_until(lambda: len(server.beats) >= 3)
    assert {issuer for issuer, _ in server.beats} == {ORIGIN}
    beats = [beat for _, beat in server.beats]
    assert {beat.key for beat in beats} == {signed.presence_key}
    assert [beat.sequence for beat in beats[:3]] == [1, 2, 3]
    assert set(server.states()) == {"present"}
    assert desk.presence.count() == 1


def test_a_removed_card_is_told_at_once_and_once(workstation, reader):
    server = Server(Heard(200, 60.0))
    desk, _ = log_in(workstation, server)
    assert wait_until(lambda: server.beats)
    remove(reader)
    assert wait_until(lambda: desk.presence.count() == 0)
    assert server.states() == ["present", "removed"]


def test_another_card_in_its_place_is_a_removal(workstation, reader):
    server = Server(Heard(200, 60.0))
    desk, _ = log_in(workstation, server)
    insert(reader, "marc")
    assert wait_until(lambda: "removed" in server.states())
    insert(reader, "claire")
    assert wait_until(lambda: desk.presence.count() == 0)
    assert server.states()[-1] == "removed"


def test_a_removal_is_told_again_until_it_is_heard(workstation, reader):
    server = Server(Heard(200, 60.0), None, Heard(500), None, Heard(200))
    desk, _ = log_in(workstation, server)
    assert wait_until(lambda: server.beats)
    remove(reader)
    assert wait_until(lambda: desk.presence.count() == 0)
    assert server.states() == ["present", *["removed"] * 4]


def test_a_session_that_is_over_is_let_go(workstation):
    server = Server(Heard(200, 0.05), Heard(410))
    desk, _ = log_in(workstation, server)
    assert wait_until(lambda: desk.presence.count() == 0)
    assert len(server.beats) == 2


def test_a_key_that_is_known_no_more_is_let_go(workstation):
    server = Server(Heard(200, 0.05), Heard(404))
    desk, _ = log_in(workstation, server)
    assert wait_until(lambda: desk.presence.count() == 0)
    assert len(server.beats) == 2


def test_a_removal_before_the_login_arrives_is_told_until_it_has(workstation, reader):
    server = Server(Heard(404), Heard(404), Heard(404), Heard(200))
    desk, _ = log_in(workstation, server)
    remove(reader)
    assert wait_until(lambda: desk.presence.count() == 0)
    assert server.states()[-2:] == ["removed", "removed"]


def test_a_server_that_does_not_know_the_key_yet_is_asked_again(workstation):
    """The page brings the answer after the card has signed: a heartbeat may be there first."""
    server = Server(Heard(404), Heard(404), None, Heard(200, 60.0))
    desk, _ = log_in(workstation, server)
    assert wait_until(lambda: len(server.beats) == 4)
    assert desk.presence.count() == 1


def test_a_login_that_came_to_nothing_is_forgotten(workstation, monkeypatch):
    monkeypatch.setattr(room, "UNKNOWN_FOR", 0.3)
    desk, _ = log_in(workstation, Server(Heard(404)))
    assert wait_until(lambda: desk.presence.count() == 0)


def test_a_silent_server_is_given_up_in_the_end(workstation, monkeypatch):
    monkeypatch.setattr(room, "SILENT_FOR", 0.3)
    desk, _ = log_in(workstation, Server(Heard(200, 0.05), None))
    assert wait_until(lambda: desk.presence.count() == 0)


def test_several_logins_are_watched_each_with_a_key_of_its_own(workstation, reader):
    server = Server(Heard(200, 60.0))
    desk, first = log_in(workstation, server)
    _, told = desk.sign(nonce="m" * 22)
    second = read_answer(told["answer"])
    assert first.presence_key != second.presence_key
    assert wait_until(lambda: len(server.beats) == 2)
    remove(reader)
    assert wait_until(lambda: desk.presence.count() == 0)
    gone = {beat.key for _, beat in server.beats if beat.state == "removed"}
    assert gone == {first.presence_key, second.presence_key}


def test_the_end_of_the_program_says_nothing_of_the_card(workstation):
    server = Server(Heard(200, 0.05))
    desk, _ = log_in(workstation, server)
    assert wait_until(lambda: server.beats)
    desk.presence.close()
    assert desk.presence.count() == 0
    assert set(server.states()) == {"present"}


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"next": 7}', 7.0),
        (b'{"next": 0}', 1.0),
        (b'{"next": 1e9}', 60.0),
        (b'{"next": "7"}', 10.0),
        (b'{"next": true}', 10.0),
        (b'{"next": NaN}', 10.0),
        (b'{"next": 1e999}', 10.0),
        (b"[]", 10.0),
        (b"", 10.0),
        (b"[" * 4000, 10.0),
    ],
)
def test_when_the_server_wants_to_hear_again(body, seconds):
    assert read_next(body) == seconds
