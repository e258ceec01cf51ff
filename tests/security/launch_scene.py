# SPDX-License-Identifier: Apache-2.0
"""A provider that takes launches, and an establishment's software; what their tests ask."""

import json

import pytest

from tests import cast
from tests.launching import APPLICATIONS, Software, register, why
from tests.world import open_world


@pytest.fixture
def region(sqlite_url, monkeypatch):
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(sqlite_url)
    register(opened.core)
    yield opened
    opened.close()


@pytest.fixture
def software(region):
    found = Software(region)
    applications = (*APPLICATIONS, "gone")
    found.register(applications=applications)
    return found


def refused(region, software, token: str, word: str) -> None:
    """Both ways in say no, the audit says why, and nobody is in."""
    answer = software.push(token)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_launch")
    assert answer.get_json()["error_description"] == word
    browser = region.browser()
    browser.post("/launch", {"launch": token})
    assert (browser.last.status_code, browser.problem) == (400, "launch-refused")
    assert [why(region)] * 2 == [
        json.loads(one.detail)["why"] for one in region.events("launch.refused")[-2:]
    ]
    assert why(region) == word
    assert not browser.cookie("session")
    assert not region.events("login.proved")
