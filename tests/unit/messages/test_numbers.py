# SPDX-License-Identifier: Apache-2.0
"""CR-020: every spelling of a number is one number, and some take no SMS."""

import pytest

from idp.config.means import SmsSettings
from idp.messages.numbers import canonical_number, is_served

COUNTRIES = SmsSettings().countries


@pytest.mark.parametrize(
    "spelling",
    [
        "+33612345678",
        "0612345678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "  06\u00a012\u00a034\u00a056\u00a078 ",
        "0033612345678",
        "00 33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "tel:+33612345678",
        "TEL:+33-6-12-34-56-78",
    ],
)
def test_cr_020_every_spelling_is_one_number(spelling):
    assert canonical_number(spelling) == "+33612345678"


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "06 12 34 56 7",
        "06 12 34 56 789",
        "12",
        "112",
        "3631",
        "0899 12 34 56",
        "+33 899 12 34 56",
        "0800 12 34 56",
        "0612345678;ext=12",
        "0612345678x1",
        "tel:tel:0612345678",
        "+33612345678,+33698765432",
        "+33612345678\r\nTo: +33698765432",
        "０６１２３４５６７８",
        "٠٦١٢٣٤٥٦٧٨",
        "06" + " " * 60 + "12345678",
        "1-800-FLOWERS",
        "hello",
    ],
)
def test_cr_020_what_is_no_number_or_takes_no_sms(spelling):
    assert canonical_number(spelling) is None


@pytest.mark.parametrize(
    ("number", "served"),
    [
        ("+33612345678", True),
        ("+262692123456", True),
        ("+687751234", True),
        ("+4915112345678", False),
        # Satellites and other places from which one earns by being called.
        ("+881612345678", False),
        ("+12425551234", False),
        ("+447700900123", False),
    ],
)
def test_cr_020_only_countries_of_the_list_are_served(number, served):
    assert is_served(number, COUNTRIES) is served


def test_a_number_elsewhere_keeps_its_country():
    assert canonical_number("+32 470 12 34 56") == "+32470123456"
    assert canonical_number("0470 12 34 56", "+32") == "+32470123456"
