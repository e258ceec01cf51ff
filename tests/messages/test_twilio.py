# SPDX-License-Identifier: Apache-2.0
"""SMS by Twilio's own package, over our own door, to a double that misbehaves (RL-10)."""

import pytest
from sqlalchemy import text

from idp.post_office import open_delivery, open_senders
from tests.messages.conftest import sms_settings
from tests.messages.kit import delivery_of, put, row_of, state_of, work
from tests.messages.twilio_double import SENDER
from tests.unit.ground.servers import Authority, Server, answer
from tests.world import open_world

NUMBER = "+33612345678"


def opened(world):
    return open_delivery(world.core, {})


def sender_of(world):
    return open_senders(world.core, {})["sms"]


def put_sms(world, **options):
    return put(world, "sms", NUMBER, **options)


def test_an_sms_is_asked_for_as_twilio_wants_it(sms_world, twilio):
    message = put_sms(sms_world)
    work(opened(sms_world))
    (asked,) = twilio.accepted
    assert asked.pop("Body").endswith("\n\n@sceau.example #493817")
    assert asked == {
        "To": NUMBER,
        "From": SENDER,
        "StatusCallback": f"https://sceau.example/messages/twilio/{message}",
        # Twilio itself drops what it could only deliver too late.
        "ValidityPeriod": "300",
    }
    row = row_of(sms_world, message)
    assert (row.state, row.provider_ref) == ("sent", f"SM{1:032x}")


def test_a_messaging_service_is_named_as_one(sqlite_url, twilio):
    service = "MG" + "b" * 32
    world = open_world(sqlite_url, **sms_settings(twilio) | {"SMS_SENDER": service})
    put_sms(world)
    work(opened(world))
    (asked,) = twilio.accepted
    assert asked["MessagingServiceSid"] == service
    assert "From" not in asked
    world.provider.close()


@pytest.mark.parametrize(
    "deed", ["500", "503 in HTML", "429", "unauthorised", "our sender is wrong"]
)
def test_rl_010_what_is_wrong_with_the_provider_is_tried_again(sms_world, twilio, deed):
    twilio.deeds = [deed]
    message = put_sms(sms_world)
    delivery = opened(sms_world)
    work(delivery)
    row = row_of(sms_world, message)
    assert row.state == "queued"
    assert row.fault.startswith("Twilio answered ")
    sms_world.clock.pass_by(5)
    work(delivery)
    assert state_of(sms_world, message) == "sent"
    assert len(twilio.accepted) == 1


@pytest.mark.parametrize("deed", ["no such number", "no such country", "unsubscribed", "no mobile"])
def test_rl_010_what_is_wrong_with_the_number_is_not(sms_world, twilio, deed):
    twilio.deeds = [deed]
    message = put_sms(sms_world)
    delivery = opened(sms_world)
    work(delivery)
    sms_world.clock.pass_by(3600)
    work(delivery)
    assert twilio.calls == [deed]
    row = row_of(sms_world, message)
    assert (row.state, row.content) == ("failed", None)
    assert NUMBER not in repr(row)


def test_rl_010_a_provider_that_is_down(sms_world, twilio):
    delivery = opened(sms_world)
    message = put_sms(sms_world)
    closed = sender_of(sms_world)
    closed._client.api.base_url = "http://127.0.0.1:9"
    work(delivery_of(sms_world, sms=closed))
    assert "not reached" in row_of(sms_world, message).fault
    sms_world.clock.pass_by(5)
    work(delivery)
    assert state_of(sms_world, message) == "sent"


def test_rl_010_a_slow_provider_is_left_and_may_have_sent_it(sms_world, twilio):
    """At most one more, with the same words: Twilio knows no idempotency key."""
    twilio.deeds = ["slow"]
    message = put_sms(sms_world)
    delivery = opened(sms_world)
    work(delivery)
    assert state_of(sms_world, message) == "queued"
    twilio.released.set()
    sms_world.clock.pass_by(5)
    work(delivery)
    sms_world.clock.pass_by(3600)
    work(delivery)
    assert 1 <= len(twilio.accepted) <= 2
    assert len({asked["Body"] for asked in twilio.accepted}) == 1
    assert len({asked["StatusCallback"] for asked in twilio.accepted}) == 1


def test_rl_010_accepted_and_the_answer_cut_off(sms_world, twilio):
    twilio.deeds = ["accepted, then cut"]
    message = put_sms(sms_world)
    delivery = opened(sms_world)
    work(delivery)
    assert state_of(sms_world, message) == "queued"
    sms_world.clock.pass_by(5)
    work(delivery)
    assert len(twilio.accepted) == 2
    assert twilio.accepted[0]["Body"] == twilio.accepted[1]["Body"]
    assert state_of(sms_world, message) == "sent"


def test_rl_010_accepted_with_a_receipt_that_cannot_be_read_is_sent_once(sms_world, twilio):
    twilio.deeds = ["accepted, then nonsense"]
    message = put_sms(sms_world)
    delivery = opened(sms_world)
    work(delivery)
    sms_world.clock.pass_by(3600)
    work(delivery)
    assert len(twilio.accepted) == 1
    assert state_of(sms_world, message) == "sent"


def test_rl_010_ten_minutes_down_and_nothing_is_lost_or_late(sms_world, twilio):
    """A code dies with its worth; a warning that keeps arrives once, after the pause."""
    twilio.deeds = ["500"] * 500
    code, warning = put_sms(sms_world, worth=300), put_sms(sms_world, worth=86_400)
    delivery = opened(sms_world)
    for _second in range(600):
        work(delivery)
        sms_world.clock.pass_by(1)
    assert twilio.accepted == []
    assert state_of(sms_world, code) == "worthless"
    # The provider was spared most of it.
    assert len(twilio.calls) < 20
    twilio.deeds = []
    for _second in range(700):
        if work(delivery):
            break
        sms_world.clock.pass_by(1)
    assert state_of(sms_world, warning) == "sent"
    assert len(twilio.accepted) == 1


def test_rl_010_a_certificate_that_is_not_theirs(tmp_path, sqlite_url, twilio):
    served = Server(answer(b"{}"), Authority(tmp_path).server("127.0.0.1"))
    changes = {
        "SMS_BASE_URL": f"https://127.0.0.1:{served.port}",
        "OUTGOING_ALLOW": f"127.0.0.1:{served.port}",
    }
    world = open_world(sqlite_url, **sms_settings(twilio) | changes)
    message = put_sms(world)
    work(opened(world))
    row = row_of(world, message)
    assert row.state == "queued"
    assert "certificate" in row.fault
    assert served.requests == []
    world.provider.close()
    served.close()


def test_the_token_is_told_nobody(sms_world, twilio):
    twilio.deeds = ["unauthorised"]
    put_sms(sms_world)
    work(opened(sms_world))
    with sms_world.core.database.read() as tx:
        rows = repr(tx.execute(text("SELECT * FROM messages")).all())
    assert "auth token of the tests" not in rows + repr(sms_world.events())
