# SPDX-License-Identifier: Apache-2.0
"""Staff at the desk of the demo hospital."""

from typing import Any

from bs4 import BeautifulSoup

from imaging_app.demo.cast import HOSPITAL
from imaging_app.web.portal import Portal
from tests.imaging.web.conftest import Scene, Visitor

HERE = f"/establishment/{HOSPITAL[0]}"
GAETAN, CAMILLE = "2026-004417", "2026-003102"
NEW = {
    "number": "N-100",
    "birth_name": "Sorbier",
    "first_names": "Aurore Lise",
    "birth_date": "02/03/1980",
    "sex": "F",
}


def send(browser: Visitor, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
    """A form of theirs."""
    token = {"form_token": browser.form_token()}
    answer = browser.post(path, (data or {}) | token, **more)
    answer.get_data()
    return answer


def file_of(scene: Scene, number: str = GAETAN, place: str = HOSPITAL[0]) -> str:
    """The id of a file."""
    with scene.rooms.database.read() as tx:
        found = scene.rooms.access.files.find(tx, place, number)
    assert found is not None
    return found.id


def patient_of(scene: Scene, file: str) -> Any:
    """Whose file it is."""
    access = scene.rooms.access
    with scene.rooms.database.read() as tx:
        found = access.files.one(tx, file)
        assert found is not None
        return access.patients.find(tx, found.patient)


def soup(answer: Any) -> BeautifulSoup:
    """Its page."""
    return BeautifulSoup(answer.text, "html.parser")


def wrong_fields(answer: Any) -> set[str]:
    """Which fields a form says are wrong."""
    return {one["href"].removeprefix("#f-") for one in soup(answer).select("#summary a")}


def deeds(scene: Scene, *names: str) -> list[tuple[str, str]]:
    """What was traced, and with what outcome."""
    with scene.rooms.database.read() as tx:
        rows = tx.exec_driver_sql("SELECT action, outcome FROM trace ORDER BY seq").all()
    return [(one.action, one.outcome) for one in rows if not names or one.action in names]


def portal_of(scene: Scene) -> Portal:
    """What its pages were handed."""
    found: Portal = scene.app.extensions["imaging-portal"]
    return found
