# SPDX-License-Identifier: Apache-2.0
"""Columns of a file, guessed by their headings."""

import pytest

from idp.administration.imports.fields import guess

NAMES = ("Nom", "Prénom")


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Civilité", "civility"),
        # As the console calls it: what stands before the name, « Dr » or « Pr ».
        ("Titre", "title"),
        ("Titre d’exercice", "title"),
        ("Numéro RPPS", "national_id"),
        ("N° FINESS", "establishment"),
        ("birth-date", "birth_date"),
    ],
)
def test_a_heading_tells_its_field(heading: str, field: str) -> None:
    assert guess("accounts", (*NAMES, heading)) == {"last_name": 0, "first_name": 1, field: 2}


def test_a_column_fills_what_people_of_this_kind_have() -> None:
    assert guess("patients", (*NAMES, "Titre")) == {"last_name": 0, "first_name": 1}
