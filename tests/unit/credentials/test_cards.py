# SPDX-License-Identifier: Apache-2.0
"""What somebody's cards allow, from their dates alone."""

import pytest

from idp.credentials.cards import Card, Kind, Standing, standing

NOW = 1_790_000_000


def card(*, used: int | None = NOW - 9, until: int = NOW + 9, revoked: int | None = None) -> Card:
    return Card("1234", "somebody", Kind.CPS, until, used, revoked)


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ([], Standing.NONE),
        ([card(used=None)], Standing.NONE),
        ([card()], Standing.VALID),
        ([card(until=NOW + 1)], Standing.VALID),
        ([card(until=NOW)], Standing.EXPIRED),
        ([card(revoked=NOW - 1)], Standing.REVOKED),
        ([card(revoked=NOW - 1, until=NOW - 5)], Standing.REVOKED),
        # One that is valid is enough, whatever became of the others.
        ([card(until=NOW), card(revoked=1), card()], Standing.VALID),
        ([card(until=NOW), card(revoked=1)], Standing.EXPIRED),
        # A new card that was not used yet does not make up for the old one.
        ([card(until=NOW), card(used=None)], Standing.EXPIRED),
    ],
)
def test_the_best_that_one_of_them_says(cards: list[Card], expected: Standing) -> None:
    assert standing(cards, NOW) is expected
