# SPDX-License-Identifier: Apache-2.0
"""Card numbers and national identifiers, as typed and as written on cards."""

import pytest

from connectors.national_ids import (
    agrees,
    is_national_id,
    is_structure,
    read_typed_card_number,
)


@pytest.mark.parametrize(
    "typed",
    ["2600301752", "8025000001/2600301752", "CPS3v1-2600301752", "CPS4-2600301752", " 2600301752 "],
)
def test_a_card_number_under_any_of_its_labels(typed):
    assert read_typed_card_number(typed) == "2600301752"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "260030175",
        "26003017522",
        "8025000002/2600301752",
        "CPS-2600301752",
        "cps3v1-2600301752",
        "2600 301752",
        "２６００３０１７５２",
        "2600301752\n2600301753",
        "CPS" + "x" * 70 + "-2600301752",
    ],
)
def test_what_is_no_card_number(typed):
    assert read_typed_card_number(typed) is None


@pytest.mark.parametrize(
    "text",
    [
        "899700075064",
        "00B7010446",
        "30B0057881/CPET0002",
        "500000000029751/CPAT0001",
        "3760021832/000000018",
        "1751234567/000000001",
        "699700075064/1",
    ],
)
def test_a_national_identifier(text):
    assert is_national_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "99700075064",
        "8997000750641",
        "8.99700075064",
        "899700075064 ",
        "899700075064\n",
        "８99700075064",
        "30b0057881/CPET0002",
        "30B0057881/",
        "30B0057881",
        "2751234567/000000001",
        "www.sceau.example",
    ],
)
def test_what_is_no_national_identifier(text):
    assert not is_national_id(text)


def test_a_structure_is_told_from_a_profession():
    assert is_structure("10B0057881")
    assert is_structure("300000000029751")
    assert not is_structure("Masseur-Kinésithérapeute")
    assert not is_structure("MEDECIN")


@pytest.mark.parametrize(
    "principal",
    [
        "899700075065@carte-cps.fr",
        "89.9700075064@carte-cps.fr",
        "899700075064@carte-cps.example",
        "899700075064@evil.example@carte-cps.fr",
        "899700075064",
        "@carte-cps.fr",
    ],
)
def test_a_principal_name_of_somebody_else_does_not_agree(principal):
    assert not agrees(principal, "899700075064")
