# SPDX-License-Identifier: Apache-2.0
"""Who logs in is taken down, so that patients find them; launches lead to a patient's page."""

import pytest

from imaging_app.people.professionals import Criteria, Professional
from tests.imaging.web.conftest import CHU, PEOPLE
from tests.imaging.web.professional.conftest import DOCTOR, HOSPITAL_ID, MIDWIFE
from tests.unit.relying_parties.conftest import error_of

NUMBER, BORN = "2026-004417", "1948-11-30"


def known(desk, rpps):
    with desk.rooms.database.read() as tx:
        return desk.rooms.access.professionals.find(tx, rpps)


def test_a_professional_is_known_from_their_first_login(desk):
    assert known(desk, MIDWIFE) is None
    names = {"family_name": "N’Guessan-Le Goff", "given_name": "Zoé"}
    browser = desk.scene.browser()
    browser.come_as("midwife")
    browser.double.info |= names
    browser.log_in("/login?next=/enter")
    assert known(desk, MIDWIFE) == Professional(MIDWIFE, "N’Guessan-Le Goff", "Zoé", "Sage-femme")
    with desk.rooms.database.read() as tx:
        asked = Criteria(family="nguessan")
        assert [one.rpps for one in desk.rooms.access.professionals.candidates(tx, asked)] in (
            [MIDWIFE], []
        )  # fmt: skip
        asked = Criteria(profession="Sage-femme")
        assert [one.rpps for one in desk.rooms.access.professionals.candidates(tx, asked)] == [
            MIDWIFE
        ]


def test_the_newest_login_tells_what_they_are(desk):
    desk.scene.inside("doctor")
    noted = known(desk, DOCTOR)
    told = PEOPLE["doctor"]
    assert (noted.profession, noted.speciality) == (told["profession"], told["speciality"])
    assert noted.establishment == CHU["finess"]
    # Of whom one name alone is told is found by it.
    assert noted.family == told["name"]


@pytest.mark.parametrize("who", ["patient", "manager", "secretary", "trainee"])
def test_nobody_else_is_taken_down(desk, who):
    with desk.rooms.database.read() as tx:
        before = desk.rooms.access.professionals.candidates(tx, Criteria(profession="Médecin"))
    desk.scene.inside(who)
    with desk.rooms.database.read() as tx:
        find = desk.rooms.access.professionals.candidates
        assert list(find(tx, Criteria(profession="Médecin"))) == list(before)
        assert list(find(tx, Criteria(establishment=HOSPITAL_ID))) == []


def test_a_page_takes_nobody_down_again(desk):
    doctor = desk.scene.inside("doctor")
    with desk.rooms.database.write() as tx:
        other = Professional(DOCTOR, "Durand", "Claire")
        desk.rooms.access.professionals.note(tx, other)
    doctor.page("/professional")
    assert known(desk, DOCTOR) == other


def launched(desk, who, number=NUMBER, born=BORN, house=HOSPITAL_ID):
    context = {
        "patient": {"file": number, "birth_date": born, "family_name": "ÉBEAUPRÉ"},
        "source": {"name": "Hôpital Manager", "establishment": house},
    }
    browser = desk.scene.browser()
    browser.come_as(who)
    browser.double.twists.token_answer = lambda answer: answer | {"launch_context": context}
    browser.log_in("/login?launch=handle")
    return browser, browser.get("/launched").headers["Location"]


def test_a_launch_leads_to_the_patient_s_page_and_its_motive(desk):
    browser, where = launched(desk, "doctor")
    answer = browser.get(where)
    path = f"/professional/patients/{desk.patient('patient')}"
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert browser.get(path).headers["Location"].startswith(f"{path}/motive?")


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("midwife", {}),
        ("doctor", {"number": "nothing"}),
        ("doctor", {"house": "nowhere"}),
        # The software's patient is not the one of this file here.
        ("doctor", {"born": "1948-12-01"}),
        ("doctor", {"born": "hier"}),
    ],
)
def test_what_is_not_open_offers_the_ways_and_tells_nothing(desk, who, told):
    browser, where = launched(desk, who, **told)
    page = browser.page(where)
    ways = [one["href"] for one in page.select("main .panel a")]
    assert ways[0] == "/professional/codes/new"
    assert ways[1].startswith("/professional/files?establishment=")
    assert ways[2] == "/professional/emergency"
    assert desk.patient("patient") not in str(page)
    form = browser.page(ways[1])
    assert form.select_one("#number")["value"] == told.get("number", NUMBER)


def test_a_block_holds_for_launches(desk):
    desk.block(desk.patient("patient"), DOCTOR)
    browser, where = launched(desk, "doctor")
    assert browser.page(where).select_one("main .panel a")
    gone = browser.get("/launched/other")
    assert (gone.status_code, error_of(gone)) == (410, "file-not-open")
