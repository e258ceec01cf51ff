# SPDX-License-Identifier: Apache-2.0
"""The people of the demo can be reached, and nobody else can under their addresses."""

from connectors.national_ids import is_national_id
from idp.credentials.otp import destinations
from idp.demo.cast import CAST
from idp.demo.cast_cards import CARDS, Fate, card_of
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
    cards = {card_of(one.key) for one in CAST if one.person.population == "professional"}
    assert None in cards
    assert {one.fate for one in cards if one} == {Fate.VALID, Fate.EXPIRED}


def test_cards_differ_and_are_read_as_what_they_are():
    assert len({one.print.serial for one in CARDS}) == len(CARDS)
    assert len({one.pin for one in CARDS}) == len(CARDS)
    assert {one.fate for one in CARDS} == set(Fate)
    for one in CARDS:
        assert is_national_id(one.print.national_id)
    # Somebody whom nobody here knows, and a card that is nobody's.
    known = {one.person.national_id for one in CAST}
    assert [one.name for one in CARDS if one.print.national_id not in known] == [
        "inconnue",
        "service",
    ]


def test_somebody_logs_in_for_the_first_time():
    assert [one.key for one in CAST if one.temporary] == ["nouvelle"]


def test_codes_that_are_on_have_somewhere_to_go():
    for one in CAST:
        if one.codes:
            assert destinations(one.person)
