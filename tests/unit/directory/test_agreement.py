# SPDX-License-Identifier: Apache-2.0
"""How far a typed name agrees with the register's."""

import pytest

from idp.accounts.activities import Activity
from idp.directory.agreement import (
    AGREES,
    CLOSE,
    DIFFERS,
    UNKNOWN,
    compare,
    distance,
    first_name_verdict,
    last_name_verdict,
)
from idp.directory.values import Practitioner

KNOWN = Practitioner(
    "899900000011",
    "LEFÈVRE",
    "MARIE-CLAIRE",
    activities=(
        Activity("10", "Médecin", town="SAINT-ETIENNE CEDEX 2"),
        Activity("G16-10", "Médecin en formation", town="LYON 03"),
    ),
)


@pytest.mark.parametrize(
    ("typed", "known", "verdict"),
    [
        ("Lefèvre", "LEFEVRE", AGREES),
        ("LE GOFF", "Legoff", AGREES),
        ("Dupont-Martin", "DUPONT MARTIN", AGREES),
        ("D'Hervé", "DHERVE", AGREES),
        ("O\u2019Brien", "O'BRIEN", AGREES),
        ("Sœur", "SOEUR", AGREES),
        ("Weiß", "WEISS", AGREES),
        ("Łukasz", "LUKASZ", AGREES),
        ("Dupont", "DUPONT-MARTIN", CLOSE),
        ("Martin Dupont", "DUPONT-MARTIN", CLOSE),
        ("de La Tour", "TOUR", CLOSE),
        ("Lefebvre", "LEFEVRE", CLOSE),
        ("Matrin", "MARTIN", CLOSE),
        ("Martin", "BERNARD", DIFFERS),
        ("Roy", "ROI", DIFFERS),
        ("Martin", "MARTINEZ", DIFFERS),
        ("", "MARTIN", UNKNOWN),
        ("Martin", "", UNKNOWN),
        ("李", "MARTIN", UNKNOWN),
    ],
)
def test_last_names(typed, known, verdict):
    assert last_name_verdict(typed, "", known) == verdict


@pytest.mark.parametrize(
    ("typed", "birth", "known", "verdict"),
    [
        ("Martin", "Durand", "DURAND", CLOSE),
        ("Martin", "Durand", "DURAND-MARTIN", CLOSE),
        ("Martin", "Durand", "MARTIN", AGREES),
        ("Martin", "Durand", "BERNARD", DIFFERS),
    ],
)
def test_somebody_may_practise_under_their_birth_name(typed, birth, known, verdict):
    assert last_name_verdict(typed, birth, known) == verdict


@pytest.mark.parametrize(
    ("typed", "known", "verdict"),
    [
        ("Jean-Pierre", "JEAN PIERRE", AGREES),
        ("J.-P.", "JEAN-PIERRE", CLOSE),
        ("J", "JEAN", CLOSE),
        ("Jean", "J", CLOSE),
        ("Jean P.", "Jean-Pierre", CLOSE),
        ("Marie", "MARIE CLAIRE JEANNE", CLOSE),
        ("Helene", "Hélène", AGREES),
        ("Jean", "PIERRE", DIFFERS),
        ("J.-P.", "PAUL", DIFFERS),
        ("", "PAUL", UNKNOWN),
    ],
)
def test_first_names(typed, known, verdict):
    assert first_name_verdict(typed, known) == verdict


def verdicts(*typed: str) -> dict[str, str]:
    return {point.field: point.verdict for point in compare(KNOWN, *typed)}


def test_everything_agrees():
    assert verdicts("Lefevre", "Marie Claire", "", "10", "St Etienne") == {
        "last_name": AGREES,
        "first_name": AGREES,
        "profession": AGREES,
        "town": AGREES,
    }


def test_any_activity_counts():
    found = verdicts("Lefevre", "Marie", "", "G16-10", "Lyon 7e")
    assert (found["profession"], found["town"]) == (AGREES, AGREES)


def test_what_differs_is_shown_beside_what_is_known():
    points = {point.field: point for point in compare(KNOWN, "Roux", "Paul", "", "60", "Tours")}
    assert {point.verdict for point in points.values()} == {DIFFERS}
    assert points["profession"].typed == "Infirmier"
    assert points["profession"].known == "Médecin, Médecin en formation"
    assert points["town"].known == "SAINT-ETIENNE CEDEX 2, LYON 03"


def test_a_birth_name_that_the_register_does_not_know_says_nothing():
    assert verdicts("Lefevre", "Marie", "Petit", "", "")["birth_name"] == UNKNOWN
    found = verdicts("Petit", "Marie", "Lefèvre", "", "")
    assert (found["last_name"], found["birth_name"]) == (CLOSE, AGREES)
    assert (found["profession"], found["town"]) == (UNKNOWN, UNKNOWN)


def test_a_town_that_holds_another_is_close():
    assert verdicts("x", "x", "", "", "Saint-Etienne du Rouvray")["town"] == CLOSE


def test_somebody_without_activities():
    bare = Practitioner("899900000011", "ROUX", "ANNE")
    points = compare(bare, "Roux", "Anne", "", "10", "Tours")
    assert [point.verdict for point in points] == [AGREES, AGREES, UNKNOWN, UNKNOWN]


def test_distance_counts_a_swap_once():
    assert distance("martin", "matrin") == 1
    assert distance("martin", "martin") == 0
    assert distance("", "abc") == 3
    assert distance("lefebvre", "lefevre") == 1


def test_very_long_names_are_cut():
    assert last_name_verdict("a" * 100_000, "", "b" * 100_000) == DIFFERS
