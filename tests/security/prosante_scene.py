# SPDX-License-Identifier: Apache-2.0
"""A provider that leans on a Pro Santé Connect, and what its tests ask of it."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests import cast
from tests.prosante import APPLICATIONS, NEWCOMER, Sandbox, known, register, running_sandbox
from tests.world import StandingClock, World, open_world


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock) -> Iterator[Sandbox]:
    with running_sandbox(clock, NEWCOMER, known("medecin"), known("infirmiere")) as sandbox:
        yield sandbox


@pytest.fixture
def here(there, clock, sqlite_url, monkeypatch) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(sqlite_url, clock, **there.changes(PSC_TIMEOUT="1.0"))
    register(opened.core)
    yield opened
    opened.close()


def arrive(here: World, key: str = "broker", **changes: str):
    browser = here.browser()
    here.client(key).ask(browser, **changes)
    return browser


def changed(url: str, **changes: str | None) -> str:
    """The same address with other parameters; None leaves one out."""
    parts = urlsplit(url)
    found = dict(parse_qsl(parts.query)) | changes
    kept = {name: value for name, value in found.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


def nobody_is_in(here: World) -> bool:
    return not here.events("login.proved")


def told(here: World) -> tuple[str, str]:
    """Reason and detail of the last failed try."""
    detail = json.loads(here.events("login.failed")[-1].detail)
    return detail["why"], detail.get("detail", "")
