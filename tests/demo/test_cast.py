# SPDX-License-Identifier: Apache-2.0
"""The people of the demo can be reached, and nobody else can under their addresses."""

from idp.credentials.otp import destinations
from idp.demo.cast import CAST
from idp.messages.numbers import FICTION, canonical_number


def test_their_numbers_are_numbers_that_nobody_has():
    numbers = [one.person.phone for one in CAST if one.person.phone]
    assert numbers
    for number in numbers:
        assert FICTION.fullmatch(number)
        assert canonical_number(number) == number


def test_their_mailboxes_are_of_no_domain():
    for one in CAST:
        assert one.person.email.endswith(".example")


def test_each_standing_of_a_card_is_played():
    cards = {one.card for one in CAST if one.person.population == "professional"}
    assert None in cards
    assert any(days is not None and days < 0 for days in cards)
    assert any(days is not None and days > 0 for days in cards)


def test_somebody_logs_in_for_the_first_time():
    assert [one.key for one in CAST if one.temporary] == ["nouvelle"]


def test_codes_that_are_on_have_somewhere_to_go():
    for one in CAST:
        if one.codes:
            assert destinations(one.person)
