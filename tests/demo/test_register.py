# SPDX-License-Identifier: Apache-2.0
"""The demo's national register: one may register against it, and its numbers are right."""

import pytest

from idp.demo.cast import CAST
from idp.demo.cast_cards import CARDS
from idp.demo.register import COLUMNS, PROFESSIONS, WITHOUT_ACCOUNT, _lines
from idp.directory.numbers import rpps_fault

RPPS = "8"


def test_every_number_of_the_demo_passes_its_check():
    numbers = [one.person.national_id or "" for one in CAST]
    numbers += [one.print.national_id for one in CARDS]
    numbers += [one.national_id for one in WITHOUT_ACCOUNT]
    for number in numbers:
        if number.startswith(RPPS):
            assert rpps_fault(number.removeprefix(RPPS)) == "", number


def test_nobody_without_an_account_has_a_number_of_the_cast():
    taken = {one.person.national_id for one in CAST} | {one.print.national_id for one in CARDS}
    assert taken.isdisjoint(one.national_id for one in WITHOUT_ACCOUNT)


@pytest.mark.parametrize("line", _lines())
def test_each_line_has_every_column(line):
    cells = line.split("|")
    assert len(cells) == len(COLUMNS)
    assert (cells[6], cells[7]) in PROFESSIONS.values()
