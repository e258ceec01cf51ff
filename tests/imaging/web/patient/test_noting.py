# SPDX-License-Identifier: Apache-2.0
"""In which language patients are written to: as each login tells it."""

import pytest

from tests.imaging.web.patient.conftest import Space


def language(space: Space) -> str:
    with space.rooms.database.read() as tx:
        return space.rooms.access.patients.language_of(tx, space.patient)


def comes(space: Space, locale: object) -> None:
    browser = space.scene.browser()
    browser.come_as("patient")
    browser.double.info |= {"locale": locale}
    assert browser.log_in("/login?next=/enter").status_code == 303


@pytest.mark.parametrize(
    ("told", "spoken"),
    [("en", "en"), ("en-GB", "en"), ("fr", "fr"), ("fr-FR", "fr"), ("de", "fr"), ("", "fr")],
)
def test_each_login_tells_it(space: Space, told: str, spoken: str) -> None:
    assert language(space) == "fr"
    comes(space, told)
    assert language(space) == spoken


def test_a_login_that_does_not_tell_it_changes_nothing(space: Space) -> None:
    comes(space, "en")
    space.inside()
    for nothing in ("", None, 7, ["fr"]):
        comes(space, nothing)
    assert language(space) == "en"
    comes(space, "fr")
    assert language(space) == "fr"


def test_nobody_elses_is_changed_by_it(space: Space) -> None:
    browser = space.scene.browser()
    for who in ("other", "doctor", "secretary"):
        browser.come_as(who)
        browser.double.info |= {"locale": "en"}
        browser.log_in("/login?next=/enter")
    assert language(space) == "fr"
