# SPDX-License-Identifier: Apache-2.0
"""People who wait for their phones, and what tests of that ask."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from idp.outgoing import Fetcher
from tests.phones import Phones, open_phones
from tests.world import StandingClock


@pytest.fixture
def phones(sqlite_url, monkeypatch) -> Iterator[Phones]:
    few = {"PSC_TIMEOUT": "1.0"}
    with open_phones(sqlite_url, StandingClock(), monkeypatch, **few) as opened:
        yield opened


@pytest.fixture
def both(database_url, monkeypatch) -> Iterator[Phones]:
    with open_phones(database_url, StandingClock(), monkeypatch) as opened:
        yield opened


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str]]:
    """What leaves for the other side: where to, and with what."""
    found: list[tuple[str, str]] = []
    fetch = Fetcher.fetch

    def noted(self: Fetcher, method: str, url: str, **more: Any) -> Any:
        found.append((url.rpartition("/openid-connect/")[2], (more.get("body") or b"").decode()))
        return fetch(self, method, url, **more)

    monkeypatch.setattr(Fetcher, "fetch", noted)
    return found


def failures(phones: Phones) -> list[tuple[str, str]]:
    found = [json.loads(one.detail) for one in phones.here.events("login.failed")]
    return [(one["why"], one.get("detail", "")) for one in found]


def nobody_is_in(phones: Phones) -> bool:
    return not phones.here.events("login.proved")
