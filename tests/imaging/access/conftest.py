# SPDX-License-Identifier: Apache-2.0
"""A portal with everything in it."""

import pytest

from tests.imaging.access.scene import Scene


@pytest.fixture
def scene(people) -> Scene:
    return Scene(people)
