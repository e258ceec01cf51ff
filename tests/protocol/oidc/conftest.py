# SPDX-License-Identifier: Apache-2.0
"""What several tests share."""

from collections.abc import Iterator

import pytest

from tests.protocol.oidc.newcomers import Shelf, world_with
from tests.protocol.oidc.rung import rung
from tests.security.phone_scene import sent
from tests.world import World

__all__ = ["inviting", "rung", "sent", "shelf"]


@pytest.fixture
def inviting(sqlite_url: str) -> Iterator[World]:
    """Where an invitation is needed."""
    with world_with(sqlite_url) as opened:
        yield opened


@pytest.fixture
def shelf(inviting: World, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """What lies at the addresses of whoever registers there."""
    made = Shelf()
    monkeypatch.setattr(inviting.core.fetcher, "fetch", made.fetch)
    return made
