# SPDX-License-Identifier: Apache-2.0
"""Capitals of cards and registers, as people write the same names and towns."""

import pytest

from idp.accounts.spelling import written, written_town


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("MORVAN", "Morvan"),
        ("N'GUESSAN-LE GOFF", "N'Guessan-Le Goff"),
        ("ÉLODIE", "Élodie"),
        ("McAdam", "McAdam"),
        ("de Gaulle", "de Gaulle"),
        ("", ""),
    ],
)
def test_a_name_in_capitals_is_written_as_a_name(printed: str, name: str) -> None:
    assert written(printed) == name


@pytest.mark.parametrize(
    ("printed", "town"),
    [
        ("VENDÔME", "Vendôme"),
        ("SAINT-JEAN-DE-LA-RUELLE", "Saint-Jean-de-la-Ruelle"),
        ("LE BLANC", "Le Blanc"),
        ("L'ÎLE-BOUCHARD", "L'Île-Bouchard"),
        ("Saint-Amand", "Saint-Amand"),
    ],
)
def test_small_words_of_a_town_stay_small(printed: str, town: str) -> None:
    assert written_town(printed) == town
