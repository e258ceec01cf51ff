# SPDX-License-Identifier: Apache-2.0
"""Every address, whoever has no right to it: one neutral answer; what ends a right ends it here."""

import pytest

from imaging_app.consents.consent import Channel, State
from imaging_app.demo.cast import BRAIN, FILM, HOSPITAL
from imaging_app.limits.streams import EACH, STREAMS
from imaging_app.limits.turns import MOST, WHOLES
from tests.imaging.web.conftest import PEOPLE

UNKNOWN = "1.2.3.4.5.6.7.8.9"
ADDRESSES = (
    "/studies/{study}", "/studies/{study}/metadata", "/studies/{study}/series",
    "/studies/{study}/instances", "/studies/{study}/series/{series}",
    "/studies/{study}/series/{series}/metadata", "/studies/{study}/series/{series}/instances",
    "/studies/{study}/series/{series}/instances/{image}",
    "/studies/{study}/series/{series}/instances/{image}/metadata",
    "/studies/{study}/series/{series}/instances/{image}/frames/1",
    "/studies/{study}/series/{series}/instances/{image}/rendered",
    "/studies/{study}/series/{series}/instances/{image}/frames/1/rendered",
)  # fmt: skip
RPPS = {who: told["SubjectNameID"][1:] for who, told in PEOPLE.items() if "SubjectNameID" in told}


def addresses(api, exam, **changes):
    one = next(found for found in api.images(exam) if found.frames)
    told = {"study": exam.uid, "series": one.place.series, "image": one.uid} | changes
    return [address.format(**told) for address in ADDRESSES]


def block(api, exam, who="doctor"):
    rooms = api.scene.rooms
    with rooms.database.write() as tx:
        rooms.access.blocks.block(tx, exam.patient, RPPS[who])


def withdraw(api, exam):
    rooms = api.scene.rooms
    with rooms.database.write() as tx:
        rooms.access.consents.say(
            tx,
            patient=exam.patient,
            establishment=exam.establishment,
            state=State.WITHDRAWN,
            channel=Channel.ON_SITE,
            by_subject="sub-patient",
            by_name="",
            text_version="1",
        )


def told_alike(one, other):
    assert one.status_code == other.status_code == 404, (one.text, other.text)
    assert one.get_data() == other.get_data()
    assert one.content_type == other.content_type == "application/problem+json"


@pytest.mark.parametrize("who", ["midwife", "other", "nurse"])
def test_what_is_somebody_elses_is_as_what_is_not_there(api, who):
    """Who cares for nobody, another patient, and who cares for others than this one's."""
    program = api.of(who)
    exam = api.exam() if who != "nurse" else api.exam("Mammographie")
    if who in RPPS:
        api.says_why(who, exam)
    for mine, none in zip(addresses(api, exam), addresses(api, exam, study=UNKNOWN), strict=True):
        told_alike(program.get(mine), program.get(none))
    assert program.studies(f"?StudyInstanceUID={exam.uid}") == []


def test_an_image_is_looked_for_in_its_own_study_and_series_alone(api):
    """Another patient's identifiers below an address that one may open."""
    api.says_why("doctor")
    program, mine, foreign = api.of("doctor"), api.exam(), api.exam(BRAIN)
    one, other = api.images(mine)[0].place, api.images(foreign)[0].place
    for series, image in ((other.series, other.image), (one.series, other.image),
                          (other.series, one.image), (one.series, UNKNOWN)):  # fmt: skip
        base = f"/studies/{mine.uid}/series/{series}/instances/{image}"
        for rest in ("", "/metadata", "/frames/1", "/rendered"):
            answer = program.get(base + rest)
            assert answer.status_code == 404, (base, rest)
            assert answer.json["type"] == "urn:sceau:imaging:not_yours"
    for rest in ("", "/metadata"):
        assert program.get(f"/studies/{mine.uid}/series/{other.series}{rest}").status_code == 404
    found = program.get(f"/studies/{mine.uid}/series/{other.series}/instances")
    assert found.status_code == 204


@pytest.mark.parametrize("ends", [block, withdraw])
def test_whoever_is_kept_out_is_at_once_with_a_token_that_is_known(api, ends):
    api.says_why("doctor")
    program, exam = api.of("doctor"), api.exam()
    wanted = addresses(api, exam)
    assert [program.get(one).status_code for one in wanted] == [200] * len(wanted)
    ends(api, exam)
    for one, none in zip(wanted, addresses(api, exam, study=UNKNOWN), strict=True):
        told_alike(program.get(one), program.get(none))
    assert exam.uid not in program.studies()


def test_a_motive_is_asked_for_and_may_come_with_the_request(api):
    program, exam = api.of("doctor"), api.exam()
    assert program.studies() == []
    for address in (*addresses(api, exam), f"/studies?StudyInstanceUID={exam.uid}"):
        answer = program.get(address)
        assert (answer.status_code, answer.json["type"]) == (403, "urn:sceau:imaging:motive")
        assert "consultation" in answer.json["motives"]
        assert "urgence" not in answer.json["motives"]
    for told in ("urgence", "moon"):
        answer = program.get(f"/studies/{exam.uid}/metadata?motive={told}")
        assert (answer.status_code, answer.json["type"]) == (
            400,
            "urn:sceau:imaging:unknown-motive",
        )
    answer = program.get(f"/studies/{exam.uid}/metadata", Sceau_Motive="hospitalisation")
    assert answer.status_code == 200
    assert ("allowed", exam.id, "hospitalisation") in [row[:3] for row in api.rows("exam.open")]
    assert exam.uid in program.studies()
    # Of another patient it says nothing.
    other = api.exam("Mammographie")
    assert program.get(f"/studies/{other.uid}/metadata").status_code == 403
    # And it opens nothing to whom it is not open.
    answer = api.of("midwife").get(f"/studies/{exam.uid}/metadata?motive=consultation")
    assert answer.status_code == 404


def test_a_weak_login_is_asked_for_more(api):
    api.says_why("doctor")
    exam = api.exam()
    answer = api.of("doctor", level=1).get(f"/studies/{exam.uid}/metadata")
    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
    assert 'acr_values="urn:sceau:level:2"' in answer.headers["WWW-Authenticate"]
    assert api.of("doctor", level=1).get("/studies").status_code == 401


def test_files_are_for_whom_may_download_by_a_recent_login(api):
    api.says_why("doctor")
    exam = api.exam()
    old = api.of("doctor", auth_time=api.scene.time() - 301)
    answer = old.get(f"/studies/{exam.uid}")
    assert (answer.status_code, answer.json["max_age"]) == (401, 300)
    assert old.get(f"/studies/{exam.uid}/metadata").status_code == 200
    # Permitted at the hospital, not at the clinic; and nobody by default.
    assert api.of("doctor").get(f"/studies/{exam.uid}").status_code == 200
    gaetans = next(one for one in api.exams()
                   if one.description == FILM and one.patient == exam.patient)  # fmt: skip
    answer = api.of("doctor").get(f"/studies/{gaetans.uid}")
    assert (answer.status_code, answer.json["type"]) == (403, "urn:sceau:imaging:download")
    api.says_why("nurse")
    assert api.of("nurse").get(f"/studies/{exam.uid}").status_code == 403
    # Nor is a login asked for that would lead nowhere.
    old = api.of("nurse", auth_time=api.scene.time() - 301)
    answer = old.get(f"/studies/{exam.uid}")
    assert (answer.status_code, answer.json["type"]) == (403, "urn:sceau:imaging:download")


def test_so_many_files_go_out_at_once_and_no_more(api):
    api.says_why("doctor")
    study, turns = f"/studies/{api.exam().uid}", api.scene.rooms.turns
    own = [turns.begin("sub-doctor", WHOLES) for _ in range(WHOLES)]
    answer = api.of("doctor").get(study)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
    assert answer.json["type"] == "urn:sceau:imaging:busy"
    for one in own:
        one.end()
    others = [turns.begin(str(number), 1) for number in range(MOST)]
    assert api.of("doctor").get(study).status_code == 503
    others[0].end()
    # What was refused, and what came whole, left nothing behind.
    for _ in range(WHOLES + 1):
        assert api.of("doctor").get(study).status_code == 200
        assert api.of("doctor").get("/studies/1.2.3").status_code == 404


def test_so_much_goes_out_bit_by_bit_and_the_rest_is_answered(api):
    """Whatever others do not read on: what is short, a page, and a file have their own way."""
    api.says_why("doctor")
    exam, streams = api.exam(), api.scene.rooms.streams
    wanted = addresses(api, exam)
    long = (f"/studies/{exam.uid}/metadata", wanted[5])
    streams.size = 0
    own = [streams.begin("sub-doctor", EACH) for _ in range(EACH)]
    for path in long:
        answer = api.of("doctor").get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
        assert answer.json["type"] == "urn:sceau:imaging:busy"
    for one in own:
        one.end()
    others = [streams.begin(str(number), 1) for number in range(STREAMS)]
    assert [api.of("doctor").get(path).status_code for path in long] == [503, 503]
    # One frame, a picture, a search, a file.
    for path in (wanted[9], wanted[10], wanted[2], wanted[7]):
        assert api.of("doctor").get(path).status_code == 200
    for one in others:
        one.end()
    for _ in range(EACH + 1):
        assert [api.of("doctor").get(path).status_code for path in long] == [200, 200]
    assert not streams._of


def test_several_frames_take_a_turn(api):
    exam, streams = api.exam("Échocardiographie"), api.scene.rooms.streams
    api.says_why("neurologist", exam)
    (one,) = [found for found in api.images(exam) if found.frames > 2]
    path = f"/studies/{exam.uid}/series/{one.place.series}/instances/{one.uid}/frames/1,2"
    whole = api.of("neurologist").get(path).content_length
    streams.size = 0
    assert api.of("neurologist").get(path).content_length == whole
    others = [streams.begin(str(number), 1) for number in range(STREAMS)]
    assert api.of("neurologist").get(path).status_code == 503
    assert api.of("neurologist").get(path.removesuffix(",2")).status_code == 200
    for one in others:
        one.end()
    assert not streams._of


def test_a_patient_sees_what_was_told(api):
    program, exam = api.of("patient"), api.exam()
    rooms = api.scene.rooms
    assert program.studies() == []
    answer = program.get(f"/studies/{exam.uid}/metadata")
    assert (answer.status_code, answer.json["type"]) == (403, "urn:sceau:imaging:embargo")
    with rooms.database.write() as tx:
        rooms.access.results.tell(tx, exam.id, exam.patient, RPPS["doctor"], "Claire Durand", 1)
    assert program.studies() == [exam.uid]
    assert program.get(f"/studies/{exam.uid}/metadata").status_code == 200
    assert api.of("other").studies() == []


def test_whose_exams_a_search_shows_stands_in_their_history(api):
    """Once a stay, and of those alone whose exams are in the answer."""
    api.says_why("doctor")
    api.says_why("doctor", api.exam("Mammographie"))
    program, mine = api.of("doctor"), api.exam().patient
    other = api.exam("Mammographie").patient
    was = [api.history(one, "patient.open") for one in (mine, other)]
    assert program.studies("?PatientName=nobody*") == []
    assert [api.history(one, "patient.open") for one in (mine, other)] == was
    for _time in range(2):
        assert program.studies(f"?StudyInstanceUID={api.exam().uid}") == [api.exam().uid]
        assert [api.history(one, "patient.open") for one in (mine, other)] == [was[0] + 1, was[1]]
    assert len(program.studies()) == 3
    assert [api.history(one, "patient.open") for one in (mine, other)] == [was[0] + 1, was[1] + 1]
    # Their own list is nobody's access.
    before = api.history(mine, "patient.open")
    api.of("patient").studies()
    assert api.history(mine, "patient.open") == before


def test_one_stay_is_one_row_however_many_frames(api):
    api.says_why("doctor")
    program, exam = api.of("doctor"), api.exam()
    before = len(api.rows("exam.images"))
    for _number in range(3):
        assert program.get(addresses(api, exam)[9]).status_code == 200
    assert len(api.rows("exam.images")) == before + 1
    was = api.history(exam.patient, "exam.download")
    for number in range(2):
        assert program.get(f"/studies/{exam.uid}").status_code == 200
        assert len([r for r in api.rows("exam.download") if r[0] == "allowed"]) == number + 1
        assert api.history(exam.patient, "exam.download") == was + number + 1


def test_staff_send_for_their_own_house_alone(api):
    kind = 'multipart/related; type="application/dicom"; boundary=b'
    for who, where, status in (
        ("manager", "", 409),
        ("manager", "?establishment=0B0062154", 403),
        ("manager", f"?establishment={HOSPITAL[0]}", 409),
        ("secretary", "", 409),
        ("doctor", "", 403),
        ("patient", "", 403),
        ("clerk", "", 403),
    ):
        answer = api.of(who).post(f"/studies{where}", b"--b--\r\n", kind)
        assert answer.status_code == status, (who, where, answer.text)
