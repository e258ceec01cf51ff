# SPDX-License-Identifier: Apache-2.0
"""Who is who in the demo: establishments, practitioners, consents, who cares for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from imaging_app.clock import DAY
from imaging_app.consents.consent import Channel, State
from imaging_app.db import Tx
from imaging_app.demo.cast import (
    CAMILLE,
    CLINIC,
    GAETAN,
    HOSPITAL,
    OTHER_CAMILLE,
    PLAN,
    THERESE,
    at,
)
from imaging_app.demo.filling import traits_of
from imaging_app.opening import Rooms
from imaging_app.people.involvement import Role
from imaging_app.people.professionals import Professional

TEXT: Final = "demo"
BY: Final = "demo"
Who = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Cared:
    """Somebody of the login server's demo, by their key there, who cares for a patient of ours."""

    key: str
    patient: Who
    role: Role


CARE: Final = (
    Cared("medecin", GAETAN, Role.RESPONSABLE),
    Cared("medecin", THERESE, Role.CORRESPONDANT),
    Cared("infirmiere", GAETAN, Role.CORRESPONDANT),
    Cared("infirmiere", CAMILLE, Role.CORRESPONDANT),
    Cared("neurologue", GAETAN, Role.TRAITANT),
    Cared("neurologue", CAMILLE, Role.DEMANDEUR),
    Cared("neurologue", OTHER_CAMILLE, Role.CORRESPONDANT),
)
# Whose accounts they are, by their key at the login server.
ACCOUNTS: Final = {"patient": GAETAN, "patiente": THERESE}
PORTAL: Final = "imaging"
MAY_DOWNLOAD: Final = (("medecin", HOSPITAL),)


def settle(rooms: Rooms, people: list[Mapping[str, Any]]) -> None:
    """All of it in one transaction, once: what somebody changed since stays changed.

    `people`: the login server's, as its cast.json tells them.
    """
    numbers = {one["key"]: str(one["national_id"] or "")[1:] for one in people}
    with rooms.database.write() as tx:
        if rooms.access.professionals.establishments(tx):
            return
        for finess, name in (HOSPITAL, CLINIC):
            rooms.access.professionals.name_establishment(tx, finess, name)
        _note_professionals(tx, rooms, people)
        everybody = dict.fromkeys(one.who for one in PLAN)
        patients = {who: _bring_in(tx, rooms, who) for who in everybody}
        for one in CARE:
            if numbers.get(one.key):
                rooms.access.involvements.record(
                    tx,
                    patient=patients[one.patient],
                    rpps=numbers[one.key],
                    role=one.role,
                    source=HOSPITAL[0],
                    # Whoever cares for somebody has done so for a while.
                    since=rooms.now() - 90 * DAY,
                )
        for person in people:
            subject, who = person.get("subjects", {}).get(PORTAL), ACCOUNTS.get(person["key"])
            if subject and who:
                rooms.access.patients.tie(tx, patients[who], subject)
        for key, place in MAY_DOWNLOAD:
            rooms.access.grants.permit_download(tx, numbers[key], place[0], BY)


def _note_professionals(tx: Tx, rooms: Rooms, people: list[Mapping[str, Any]]) -> None:
    for one in people:
        if one["population"] == "professional" and str(one["national_id"] or "").startswith("8"):
            number = str(one["national_id"])[1:]
            told = (one["last_name"], one["first_name"], one["profession"], one["speciality"])
            rooms.access.professionals.note(tx, Professional(number, *told))


def _bring_in(tx: Tx, rooms: Rooms, who: Who) -> str:
    """A patient with a file wherever an exam comes from, who shares it; their id."""
    patient = ""
    for one in PLAN:
        if one.who != who:
            continue
        traits = traits_of(at(one.place, one.number, one.who))
        file = rooms.exams.files.of(tx, one.place[0], one.number, traits)
        found = rooms.exams.files.one(tx, file) if isinstance(file, str) else None
        if found is None:
            raise ValueError(f"{who[0]}: {file}")
        patient = found.patient
        rooms.access.consents.say(
            tx,
            patient=patient,
            establishment=one.place[0],
            state=State.GIVEN,
            channel=Channel.ON_SITE,
            by_subject=BY,
            by_name="Accueil",
            text_version=TEXT,
        )
    return patient
