# SPDX-License-Identifier: Apache-2.0
"""What the connectors' tests share."""

import pytest

from tests.connectors.doubles import CheapHashing


@pytest.fixture
def cheap_hashing():
    """Passwords of a world are checked without Argon2, where a test is about something else."""

    def install(world):
        world.core.passwords._hashing.close()
        world.core.passwords._hashing = CheapHashing()

    return install
