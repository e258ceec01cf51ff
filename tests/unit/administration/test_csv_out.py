# SPDX-License-Identifier: Apache-2.0
"""WB-018: what is exported opens in a spreadsheet as text, whatever somebody is called."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.administration.csv_out import BYTE_ORDER_MARK, export, guarded, is_dangerous, unguarded

ATTACKS = {
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+1+1",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "tab": "\t=1",
    "return": "\r=1",
    "line": "\n=1",
    "nul": "\x00=1",
    "blank": "  =1",
    "full-width": "\uff1d1",
    "invisible": "\u200b=1",
    "guarded": "'=1",
}


def read(pieces: object) -> list[list[str]]:
    text = b"".join(pieces).decode()  # type: ignore[arg-type]
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";", strict=True))


@pytest.mark.parametrize("value", ATTACKS.values(), ids=ATTACKS.keys())
def test_wb_018_nothing_exported_is_a_formula(value: str) -> None:
    ((_header,), (cell,)) = read(export(["name"], [[value]]))
    assert cell.startswith("'")
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert "\x00" not in cell
    assert "\r" not in cell


@given(st.text())
def test_no_text_makes_a_cell_that_calculates(value: str) -> None:
    ((_header,), (cell, after)) = read(export(["a"], [[value, "b"]]))
    assert after == "b"
    assert not is_dangerous(cell) or cell.startswith("'")


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_what_went_out_comes_in_again(value: str) -> None:
    assert unguarded(guarded(value)) == value


def test_a_name_with_an_apostrophe_stays_as_it_is() -> None:
    assert guarded("'t Hooft") == "'t Hooft"
    assert guarded('d\'Arc; "Jeanne"') == 'd\'Arc; "Jeanne"'


def test_a_large_export_leaves_piece_by_piece() -> None:
    asked = 0

    def rows() -> object:
        nonlocal asked
        for number in range(100_000):
            asked += 1
            yield [number, "somebody"]

    pieces = export(["number", "name"], rows())  # type: ignore[arg-type]
    next(pieces)
    assert asked < 2000
    pieces.close()  # type: ignore[attr-defined]
