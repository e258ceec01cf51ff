# SPDX-License-Identifier: Apache-2.0
"""What the tests of faults share."""

import pytest

from tests.security.crawl import quiet

__all__ = ["quiet"]


@pytest.fixture(autouse=True)
def _quiet(quiet: None) -> None:
    """Faults are brought on by the hundred here."""
