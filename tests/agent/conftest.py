# SPDX-License-Identifier: Apache-2.0
"""Workstations that are put away after each test."""

import pytest

from tests.agent.kit import new_reader, workstations


@pytest.fixture
def reader(tmp_path):
    """The folder of a virtual reader; no card is in it."""
    return new_reader(tmp_path / "reader")


@pytest.fixture
def workstation(reader):
    """Makes agents on that reader, with Claire's card in it."""
    with workstations(reader) as make:
        yield make
