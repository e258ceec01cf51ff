# SPDX-License-Identifier: Apache-2.0
"""Twilio's reports: signed, in any order, as often as it likes (RL-10)."""

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.test import Client

from idp.post_office import open_delivery
from tests.messages.kit import put, row_of, state_of, work
from tests.messages.twilio_double import TOKEN
from tests.world import ISSUER

NUMBER = "+33612345678"


@pytest.fixture
def sent(sms_world):
    message = put(sms_world, "sms", NUMBER)
    work(open_delivery(sms_world.core, {}))
    return message


def report(world, message, status="delivered", **changes):
    """POST a report, signed as Twilio does unless told otherwise."""
    fields = {"MessageSid": "SM1", "MessageStatus": status, "To": NUMBER} | changes.pop("more", {})
    path = f"/messages/twilio/{message}"
    signed = changes.pop("signed_for", ISSUER + path)
    key = changes.pop("key", TOKEN)
    signature = RequestValidator(key).compute_signature(signed, changes.pop("shown", fields))
    headers = {"X-Twilio-Signature": changes.pop("signature", signature)}
    options = {"base_url": ISSUER, "headers": headers} | changes
    return Client(world.provider.web).post(path, data=fields, **options)


def test_rl_010_a_report_is_believed_and_may_come_again(sms_world, sent):
    for _ in range(3):
        assert report(sms_world, sent).status_code == 204
    assert state_of(sms_world, sent) == "delivered"
    # Late, and out of order: what was delivered stays so.
    for status in ("sent", "queued", "undelivered", "failed", "nonsense", ""):
        assert report(sms_world, sent, status).status_code == 204
    assert state_of(sms_world, sent) == "delivered"
    assert sms_world.events("message.failed") == []


def test_rl_010_a_report_that_it_did_not_arrive(sms_world, sent):
    for _ in range(2):
        more = {"ErrorCode": "30003"}
        assert report(sms_world, sent, "undelivered", more=more).status_code == 204
    row = row_of(sms_world, sent)
    assert (row.state, row.fault) == ("failed", "Twilio reports undelivered (30003)")
    assert len(sms_world.events("message.failed")) == 1


def test_a_report_on_the_way_changes_nothing(sms_world, sent):
    for status in ("queued", "sending", "sent", "accepted"):
        assert report(sms_world, sent, status).status_code == 204
    assert state_of(sms_world, sent) == "sent"


def test_a_report_on_nothing_of_ours(sms_world):
    assert report(sms_world, "no-such-message").status_code == 204


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "another token"},
        {"signature": ""},
        {"signature": "x" * 28},
        {"signed_for": "https://evil.example/messages/twilio/x"},
        {"shown": {"MessageSid": "SM1", "MessageStatus": "sent", "To": NUMBER}},
        {"shown": {}},
    ],
)
def test_rl_010_what_twilio_did_not_sign_is_refused(sms_world, sent, wrong):
    assert report(sms_world, sent, **wrong).status_code == 403
    assert state_of(sms_world, sent) == "sent"


def test_the_signature_is_of_our_own_address_whatever_the_host_header(sms_world, sent):
    answer = report(sms_world, sent, base_url="https://evil.example")
    assert answer.status_code == 400
    assert state_of(sms_world, sent) == "sent"


def test_a_body_that_is_no_form(sms_world, sent):
    client = Client(sms_world.provider.web)
    path = f"/messages/twilio/{sent}"
    for data, kind in (
        (b"{}", "application/json"),
        (b"x" * 9000, "application/x-www-form-urlencoded"),
        (b"a=1&a=2", "application/x-www-form-urlencoded"),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded"),
        (b"&".join([b"a=1"] * 200), "application/x-www-form-urlencoded"),
    ):
        answer = client.post(path, data=data, content_type=kind, base_url=ISSUER)
        assert answer.status_code == 400, data[:20]
    assert client.get(path, base_url=ISSUER).status_code == 405


def test_without_twilio_there_is_no_such_address(sqlite_world):
    message = put(sqlite_world, "sms", NUMBER)
    assert report(sqlite_world, message).status_code in {403, 404}
    assert state_of(sqlite_world, message) == "queued"
