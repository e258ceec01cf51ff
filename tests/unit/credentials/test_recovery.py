# SPDX-License-Identifier: Apache-2.0
"""Recovery codes as people type them, and how they are made."""

from collections import Counter
from random import Random

import pytest

from idp.clock import SystemEntropy
from idp.credentials.recovery import ALPHABET, RecoveryCodes, grouped, read

CODE = "ACDEFHJKMNPRTWX"


class Dice:
    """Chance that falls alike each time."""

    def __init__(self):
        self.bytes = Random(7).randbytes


@pytest.mark.parametrize(
    "typed",
    [
        "ACDEF-HJKMN-PRTWX",
        "acdef-hjkmn-prtwx",
        "AcDeFhJkMnPrTwX",
        "  acdef hjkmn prtwx\r\n",
        "ACDEF–HJKMN—PRTWX",
        "acdef\N{NON-BREAKING HYPHEN}hjkmn\N{NO-BREAK SPACE}prtwx",
        "a-c-d-e-f-h-j-k-m-n-p-r-t-w-x-",
    ],
)
def test_a_code_is_read_with_or_without_dashes_in_any_case(typed):
    assert read(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        CODE[:-1],
        CODE + "A",
        CODE[:-1] + "B",
        CODE[:-1] + "0",
        CODE[:-1] + "_",
        CODE + "\x00",
        CODE[:-1] + "\N{CYRILLIC CAPITAL LETTER HA}",
        CODE[:-1] + "\N{FULLWIDTH LATIN CAPITAL LETTER X}",
        # Grows into an ASCII letter by `upper()` or by NFKC.
        CODE.replace("K", "\N{KELVIN SIGN}"),
        CODE.replace("F", "\N{LATIN SMALL LIGATURE FF}"),
        "\ud800" * 15,
    ],
)
def test_cr_004_nothing_else_is_one(typed):
    assert read(typed) is None


def test_it_is_shown_in_groups_and_read_back():
    assert grouped(CODE) == "ACDEF-HJKMN-PRTWX"
    assert read(grouped(CODE)) == CODE


def test_no_sign_can_be_taken_for_another():
    assert len(ALPHABET) == len(set(ALPHABET)) == 20
    assert not set(ALPHABET) & set("0OQ1IL2Z5S6G8BUV")


def test_every_sign_comes_as_often_as_the_others():
    """A remainder of 256 would bring sixteen of the twenty one time in twelve too often."""
    codes = RecoveryCodes(None, None, Dice(), None, None)
    found = Counter("".join(codes._make() for _ in range(20_000)))
    assert set(found) == set(ALPHABET)
    assert max(found.values()) < 1.06 * min(found.values())


def test_real_ones_are_of_the_form_and_differ():
    codes = RecoveryCodes(None, None, SystemEntropy(), None, None)
    made = {codes._make() for _ in range(100)}
    assert len(made) == 100
    assert all(read(one) == one for one in made)
