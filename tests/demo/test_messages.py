# SPDX-License-Identifier: Apache-2.0
"""`sceau messages` and `sceau worker`: what waits and what went, without a word of it."""

import json
import signal

import pytest

from idp.messages.outbox import Message
from tests.messages.twilio_double import wait_for


@pytest.fixture
def written(sceau):
    """Two messages in the outbox."""
    values = {"code": "493817", "minutes": 5, "application": ""}
    with sceau.core() as core, core.database.write() as tx:
        return [
            core.outbox.put(tx, Message(channel, "login-code", to, None, "fr", 3600, values))
            for channel, to in (("email", "claire@chu.example"), ("sms", "+33612345678"))
        ]


def test_the_list_tells_neither_content_nor_whole_recipients(sceau, written):
    told = sceau.did("messages", "list")
    for shown in (*written, "c•••@chu.example", "+336 •• •• 78", "login-code", "queued"):
        assert shown in told
    more = sceau.did("messages", "list", "--json") + sceau.did("messages", "show", written[0])
    for hidden in ("493817", "claire@chu", "612345678"):
        assert hidden not in told + more
    assert [one["channel"] for one in json.loads(sceau.did("messages", "list", "--json"))]
    assert written[1] not in sceau.did("messages", "list", "--channel", "email")
    assert sceau.did("messages", "list", "--state", "failed") == "No message.\n"


def test_one_message(sceau, written):
    found = json.loads(sceau.did("messages", "show", written[0], "--json"))
    assert (found["state"], found["tries"], found["ended_at"]) == ("queued", 0, None)
    assert "no message" in sceau.refused("messages", "show", "nothing")


def test_a_waiting_message_is_hastened_and_one_that_is_over_is_not(sceau, written):
    with sceau.sql() as connection:
        connection.execute("UPDATE messages SET next_at = next_at + 600")
    assert "due now" in sceau.did("messages", "retry", written[0])
    assert len(sceau.events("message.hastened")) == 1
    with sceau.sql() as connection:
        connection.execute("UPDATE messages SET state = 'sent', ended_at = 1")
    assert "over (sent)" in sceau.refused("messages", "retry", written[0])
    assert "no message" in sceau.refused("messages", "retry", "nothing")
    assert len(sceau.events("message.hastened")) == 1


def test_how_the_channels_do(sceau, written):
    found = {one["channel"]: one for one in json.loads(sceau.did("messages", "stats", "--json"))}
    assert (found["email"]["queued"], found["sms"]["queued"], found["logout"]["queued"]) == (
        1,
        1,
        0,
    )
    assert found["email"]["provider"] == "nothing is set up"
    assert found["logout"]["provider"] == "up"
    assert "nothing is set up" in sceau.did("messages", "stats")


def test_check_tells_that_nothing_will_be_sent(sceau):
    told = sceau.did("check")
    assert "smtp.host is not set" in told
    assert "sms.provider is not set" in told


def test_a_worker_delivers_until_it_is_told_to_stop(sceau, written):
    desk = sceau.folder / "desk"
    sceau.environ |= {"SCEAU_DEMO_ENABLED": "true", "SCEAU_DEMO_DESK": str(desk)}
    with sceau.process("worker") as process:
        try:
            wait_for(lambda: desk.is_dir() and len(list(desk.glob("*.json"))) == 2)
            process.send_signal(signal.SIGTERM)
            told, faults = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, faults) == (0, "")
    assert told.splitlines() == [
        "Delivering: email, logout, ping, signal, sms, task, webhook.",
        "Stopped.",
    ]
    texts = [json.loads(file.read_text("utf-8"))["text"] for file in desk.glob("*.json")]
    assert all("493817" in text for text in texts)
    assert {one["state"] for one in json.loads(sceau.did("messages", "list", "--json"))} == {"sent"}
