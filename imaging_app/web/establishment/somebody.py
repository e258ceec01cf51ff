# SPDX-License-Identifier: Apache-2.0
"""A professional by their number: shown by name and confirmed before anything is opened to them."""

from flask import request
from flask.typing import ResponseReturnValue

from imaging_app.people.numbers import fault_of
from imaging_app.people.professionals import Professional
from imaging_app.web.establishment.house import House


def known(house: House, number: str) -> Professional | None:
    """Who has come here by this number."""
    with house.rooms.database.read() as tx:
        return house.rooms.access.professionals.find(tx, number)


def number_fault(house: House, number: str) -> str:
    """What is wrong with it; nothing where a login has told it as it is."""
    if not number:
        return "missing"
    return "" if known(house, number) else fault_of(number)


def is_sure(number: str) -> bool:
    """Whether somebody has seen whose number this one is, and said yes."""
    return request.form.get("sure") == number


def confirm(
    house: House, number: str, section: str, back: str, what: str, **told: str
) -> ResponseReturnValue:
    """Who it is, what follows from it, and the same form with a yes."""
    return house.page(
        "somebody",
        section,
        number=number,
        one=known(house, number),
        what=what,
        kept={"rpps": number, "sure": number, **told},
        back=back,
    )
