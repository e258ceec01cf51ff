# SPDX-License-Identifier: Apache-2.0
"""What was typed in step 2, tidied and judged."""

from dataclasses import replace
from datetime import date

import pytest

from idp.accounts.particulars import Visibility
from idp.registration.details import NEEDED, Known, faults, read
from idp.registration.values import CardShown, Details
from tests.registration_kit import EMAIL, NUMBER, TYPED

KNOWN = Known({"370000481"}, date(2026, 11, 21))
CARD = CardShown(
    serial="1",
    kind="cps",
    national_id=f"8{NUMBER}",
    last_name="LEFEVRE",
    first_name="ELODIE",
    profession="10",
    valid_until=0,
    family="cps",
    authority="0a",
    certificate_serial="1",
)


def judged(**changes: str) -> dict[str, str]:
    """The faults of the form with these changes."""
    typed = TYPED | changes
    return faults(read(typed, None), typed["email_again"], KNOWN)


def test_what_is_right_has_no_fault():
    assert judged() == {}


@pytest.mark.parametrize("name", NEEDED)
def test_what_has_a_star_is_needed(name):
    assert judged(**{name: "  "})[name] == "missing"


@pytest.mark.parametrize(
    ("name", "typed", "fault"),
    [
        ("number", "1000345678", "length"),
        ("number", "1000345678X", "digits"),
        ("number", "10003456787", "check"),
        ("number", "100 034 567 86", ""),
        ("number", "379100002", ""),
        ("post_code", "2A004", "post-code"),
        ("birth_date", "29/02/1981", "date"),
        ("birth_date", "1-2-1980", ""),
        ("birth_date", "20/11/2027", "date"),
        ("phone", "+33 (0)2 47 47 47 47", ""),
        ("phone", "0899 70 00 00", "phone"),
        ("fax", "x", "phone"),
        ("email", "a@b", "email"),
        ("email", "a,b@c.example", "email"),
        ("establishment", "370000481", ""),
        ("establishment", "370000482", "unknown"),
        ("first_name", "\u0000x", "characters"),
        ("city", "x" * 129, "long"),
        ("title", "KING", "unknown"),
    ],
)
def test_a_fault_is_one_word(name, typed, fault):
    found = judged(**{name: typed})
    found.pop("email_again", None)
    assert found == ({name: fault} if fault else {})


def test_another_country_has_other_post_codes():
    assert judged(country="Belgique", post_code="B-1000") == {}
    assert judged(country="france", post_code="1000") == {"post_code": "post-code"}


def test_the_address_is_typed_twice():
    assert judged(email_again="") == {"email_again": "missing"}
    assert judged(email_again="other@chu.example") == {"email_again": "differs"}
    assert judged(email_again=EMAIL.upper()) == {}


def test_accents_and_spaces_have_one_writing():
    details = read(TYPED | {"first_name": "  E\u0301lodie   Marie "}, None)
    assert details.first_name == "Élodie Marie"
    assert details.visibility is Visibility.PROFESSIONALS
    assert read(TYPED | {"visibility": "made-up"}, None).visibility is Visibility.PROFESSIONALS


def test_the_number_of_a_card_is_never_taken_from_a_form():
    assert read(TYPED | {"number": "10100000009"}, CARD).number == NUMBER
    other = replace(CARD, national_id="3370000481/12345")
    assert read(TYPED, other).number == ""


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"last_name": "Lefèvre", "first_name": "élodie"}, set()),
        ({"last_name": "Le-Fèvre", "first_name": ""}, set()),
        ({"last_name": "Müller", "birth_name": "Lefèvre"}, set()),
        ({"last_name": "Müller", "birth_name": ""}, {"last_name"}),
        ({"last_name": "Mallory", "first_name": "Eve"}, {"last_name", "first_name"}),
        ({"last_name": "Lefèvre", "first_name": "Eve", "birth_name": "Elodie"}, {"first_name"}),
    ],
)
def test_xc_010_a_name_typed_beside_a_card_is_that_of_the_card(typed, told):
    form = TYPED | typed
    found = faults(read(form, CARD), EMAIL, KNOWN, CARD)
    assert found == dict.fromkeys(sorted(told, reverse=True), "card")


def test_labels_are_made_here():
    details = read(TYPED | {"profession_label": "Roi"}, None)
    assert details.profession_label == "Médecin"
    assert details == Details(**{name: getattr(details, name) for name in details.__slots__})
