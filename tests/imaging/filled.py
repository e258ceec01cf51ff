# SPDX-License-Identifier: Apache-2.0
"""A portal that the demo has filled, small: drawn once a session, copied for each test."""

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Final

from imaging_app.__main__ import bring_up
from imaging_app.demo.filling import Filling
from imaging_app.demo.series import SMALL
from imaging_app.demo.settling import settle
from imaging_app.dicom.door import Door
from imaging_app.opening import open_rooms
from imaging_app.settings import Settings
from tests.imaging.standing import START, StandingTime

TODAY: Final = date(2026, 11, 24)
# By their key in the demo: a number of the national register as the login server tells it.
NUMBERS: Final = {
    "medecin": "810101234567",
    "infirmiere": "810101234568",
    "neurologue": "810101234569",
}
PEOPLE: Final[list[dict[str, Any]]] = [
    {
        "key": key,
        "population": "professional",
        "national_id": number,
        "last_name": key.title(),
        "first_name": "Claude",
        "profession": "Médecin",
        "speciality": "",
    }
    for key, number in NUMBERS.items()
]
# Whose accounts they are, by their key in the demo.
ACCOUNTS: Final = {"patient": "sub-patient", "patiente": "sub-other"}
PEOPLE += [
    {
        "key": key,
        "population": "patient",
        "national_id": None,
        "subjects": {"imaging": subject, "dcc": "another"},
    }
    for key, subject in ACCOUNTS.items()
]


def fill(folder: Path, door: Door) -> Path:
    """Six exams, their patients with their accounts, who cares for them, consents given."""
    settings, now = Settings(data=folder), StandingTime(START)
    bring_up(settings)
    rooms = open_rooms(settings, now, door)
    with closing(rooms.database):
        settle(rooms, PEOPLE)
        filling = Filling(rooms.database, rooms.exams, TODAY, SMALL)
        filling.run()
        assert filling.progress.ready
    return folder
