# SPDX-License-Identifier: Apache-2.0
"""An office on each database."""

import pytest

from tests.administration.kit import Opened, open_office
from tests.world import World


@pytest.fixture
def office(world: World) -> Opened:
    """Establishments and people with roles, on each database."""
    return open_office(world)


@pytest.fixture
def sqlite_office(sqlite_world: World) -> Opened:
    """The same on SQLite alone."""
    return open_office(sqlite_world)
