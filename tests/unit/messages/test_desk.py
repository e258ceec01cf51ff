# SPDX-License-Identifier: Apache-2.0
"""The demo's desk: a folder of messages, in demo mode and nowhere else."""

import json

import pytest

from idp.config import ConfigFaults
from idp.messages.desk import DeskSender, NotADemo
from idp.messages.outcome import Parcel, Rendered, Sent
from idp.messages.post import channels_of
from tests.world import StandingClock, settings_for

PARCEL = Parcel("id-of-message", "login-code", "claire@example.org", "fr", {}, 1_790_000_000, 300)
LOCAL = {"SERVER_ISSUER": "http://localhost:8000"}


def desk(folder, *, demo=True):
    words = Rendered("Sujet", "Texte é", "<p>Texte</p>")
    return DeskSender("email", folder, lambda *_asked: words, StandingClock(), demo=demo)


def test_a_message_is_one_private_file(tmp_path):
    folder = tmp_path / "desk"
    for _try in range(2):
        assert desk(folder).send(PARCEL) == Sent()
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert json.loads(file.read_text("utf-8")) == {
        "id": "id-of-message",
        "channel": "email",
        "purpose": "login-code",
        "to": "claire@example.org",
        "subject": "Sujet",
        "text": "Texte é",
        "html": "<p>Texte</p>",
        "at": 1_790_000_000,
    }


def test_there_is_no_desk_outside_demo_mode(tmp_path):
    with pytest.raises(NotADemo):
        desk(tmp_path, demo=False)
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    with pytest.raises(ConfigFaults, match=r"demo\.desk"):
        settings_for(url, DEMO_DESK=str(tmp_path))


@pytest.mark.parametrize(
    ("changes", "channels"),
    [
        ({}, set()),
        ({"DEMO_ENABLED": "true", **LOCAL}, set()),
        ({"DEMO_ENABLED": "true", "DEMO_DESK": "/desk", **LOCAL}, {"email", "sms"}),
        ({"SMTP_HOST": "mail.example", "SMTP_SENDER": "a@b.example"}, {"email"}),
        (
            {
                "SMS_PROVIDER": "twilio",
                "SMS_ACCOUNT": "AC",
                "SMS_TOKEN": "t",
                "SMS_SENDER": "Sceau",
            },
            {"sms"},
        ),
    ],
)
def test_which_channels_there_are(tmp_path, changes, channels):
    found = settings_for(f"sqlite:///{tmp_path / 'x.sqlite3'}", **changes)
    assert channels_of(found) == channels | {"logout", "task", "webhook", "ping", "signal"}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"SMTP_HOST": "mail.example"}, r"smtp\.host"),
        (
            {"SMTP_HOST": "mail.example", "SMTP_SENDER": "a@b.example", "SMTP_SECURITY": "none"},
            r"smtp\.security",
        ),
        ({"SMS_PROVIDER": "twilio", "SMS_ACCOUNT": "AC"}, r"sms\.token, sms\.sender"),
    ],
)
def test_half_a_provider_is_a_fault(tmp_path, changes, fault):
    with pytest.raises(ConfigFaults, match=fault):
        settings_for(f"sqlite:///{tmp_path / 'x.sqlite3'}", **changes)
