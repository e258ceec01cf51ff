# SPDX-License-Identifier: Apache-2.0
"""Whoever looks for what is half done finds it."""

import pytest
from sqlalchemy import text

from tests.reliability.oracle import find_halves, rows_of
from tests.world import World


@pytest.fixture
def logged_in(world: World) -> World:
    world.client("plain").tokens(world.browser())
    return world


def ruin(world: World, statement: str) -> None:
    with world.core.database.write() as tx:
        tx.execute(text(statement))


def test_all_is_well_after_a_login(logged_in: World) -> None:
    assert find_halves(logged_in) == []
    assert {"grants", "sessions", "tokens"} <= {
        name for name, rows in rows_of(logged_in).items() if rows
    }


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "DELETE FROM session_applications",
            {
                "a grant whose application the session does not know",
                "somebody admitted to an application that is not of their session",
            },
        ),
        (
            "DELETE FROM tokens",
            {"a code used up for nothing", "tokens given: 0 in the table, 1 in the audit"},
        ),
        ("UPDATE grants SET revoked_at = 1", {"grants revoked: 1 in the table, 0 in the audit"}),
    ],
)
def test_whatever_stands_alone_is_named(logged_in: World, statement: str, found: set[str]) -> None:
    before = rows_of(logged_in)
    ruin(logged_in, statement)
    assert set(find_halves(logged_in)) == found
    assert rows_of(logged_in) != before
