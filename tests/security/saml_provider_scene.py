# SPDX-License-Identifier: Apache-2.0
"""A server that leans on a provider which speaks SAML; its doctor has linked it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import cast
from tests.providers import APPLICATIONS, keep, register
from tests.saml_provider import DOCTOR, link_saml
from tests.saml_values import saml_provider
from tests.world import StandingClock, World, open_world


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def house(clock, database_url, monkeypatch) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    opened = open_world(database_url, clock)
    keep(opened, saml_provider())
    register(opened.core)
    link_saml(opened, "medecin", DOCTOR)
    yield opened
    opened.close()


def refusals(here: World) -> list[Any]:
    """Answers that were of no use."""
    return here.events("upstream.answer")
