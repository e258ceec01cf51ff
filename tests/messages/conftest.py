# SPDX-License-Identifier: Apache-2.0
"""A provider whose SMS go to Twilio's double."""

from collections.abc import Iterator

import pytest

from tests.messages.twilio_double import ACCOUNT, SENDER, TOKEN, Script, twilio_double
from tests.world import World, open_world


@pytest.fixture
def twilio() -> Iterator[Script]:
    """The double."""
    with twilio_double() as script:
        yield script


def sms_settings(script: Script) -> dict[str, str]:
    """What makes it the provider."""
    return {
        "SMS_PROVIDER": "twilio",
        "SMS_BASE_URL": script.url,
        "SMS_ACCOUNT": ACCOUNT,
        "SMS_TOKEN": TOKEN,
        "SMS_SENDER": SENDER,
        "SMS_TIMEOUT": "2",
        "OUTGOING_ALLOW": f"127.0.0.1:{script.port}",
    }


@pytest.fixture
def sms_world(database_url: str, twilio: Script) -> Iterator[World]:
    """A provider on each database, with the double behind it."""
    opened = open_world(database_url, **sms_settings(twilio))
    yield opened
    opened.provider.close()
