# SPDX-License-Identifier: Apache-2.0
"""What is said wrongly, what is not spoken here, and messages that end too soon."""

import numpy as np
import pytest

from imaging_app.access.reachable import Reachable
from imaging_app.dicomweb import storing
from imaging_app.dicomweb.multipart import Broken, Reader
from imaging_app.dicomweb.retrieving import Stopped
from imaging_app.store.port import Away
from tests.imaging.dicom_files import image, uid, written
from tests.imaging.web.dicomweb.test_rights import RPPS
from tests.imaging.web.dicomweb.test_taking import logged_out, taking

KIND = 'multipart/related; type="application/dicom"; boundary=border'


def message(*files, kind="application/dicom", end=b"--border--\r\n"):
    head = f"--border\r\nContent-Type: {kind}\r\n\r\n".encode()
    return b"".join(head + one + b"\r\n" for one in files) + end


@pytest.fixture
def doctor(api):
    api.says_why("doctor")
    return api.of("doctor")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?PatientName=ebeau*", 2),
        ("?PatientName=EBEAUPRE%5EGaetan", 2),
        ("?PatientName=EBEAUPRE%5EGae*&ModalitiesInStudy=CT", 1),
        ("?PatientName=gaet", 0),
        ("?00100010=LHU*", 1),
        ("?PatientID=2026-004417", 1),
        ("?PatientID=2026-004417&IssuerOfPatientID=0B0062154", 0),
        ("?StudyDate=20261121", 1),
        ("?StudyDate=20261121-", 1),
        ("?StudyDate=-20261120", 2),
        ("?StudyDate=20261001-20261120", 0),
        ("?Modality=MG", 1),
        ("?Modality=_T", 0),
        ("?AccessionNumber=none", 0),
        ("?limit=1", 1),
        ("?limit=1&offset=2", 1),
        ("?offset=3", 0),
        ("?includefield=all&fuzzymatching=false&limit=10", 3),
    ],
)
def test_searches(api, doctor, query, found):
    api.says_why("doctor", api.exam("Mammographie"))
    assert len(doctor.studies(query)) == found


def test_who_wants_one_has_some_decided_at_once(api, doctor, monkeypatch):
    # The first ones may be refused: two by two, each round costs as much as one of many.
    api.says_why("doctor", api.exam("Mammographie"))
    blocks, exams = [], Reachable.exams

    def spy(reachable, tx, who, asked, skip, most):
        found = exams(reachable, tx, who, asked, skip, most)
        blocks.append(len(found))
        return found

    monkeypatch.setattr(Reachable, "exams", spy)
    assert len(doctor.studies("?limit=1")) == 1
    assert blocks == [3]


def test_a_list_that_goes_on_says_so(api, doctor):
    answer = doctor.get("/studies?limit=1")
    assert answer.headers["Warning"].startswith("299 ")
    assert "Warning" not in doctor.get("/studies?limit=2").headers
    exam = api.exam()
    assert "Warning" in doctor.get(f"/studies/{exam.uid}/instances?limit=2").headers
    one = api.images(exam)[0]
    series = doctor.get(f"/studies/{exam.uid}/series?Modality=CT").json
    assert [found["00080060"]["Value"] for found in series] == [["CT"]]
    (found,) = doctor.get(f"/studies/{exam.uid}/instances?SOPInstanceUID={one.uid}").json
    assert found["00080018"]["Value"] == [one.uid]


@pytest.mark.parametrize(
    "query",
    [
        "fuzzymatching=true", "PatientWeight=80", "PatientID=*", "PatientName=*UPRE",
        "PatientName=E*", "PatientName=???", "StudyDate=yesterday", "StudyDate=-",
        "StudyDate=2026112120261121", "limit=-1", "limit=x", "offset=100000",
        "StudyInstanceUID=1..2", "StudyInstanceUID=" + ",".join(["1.2"] * 101),
        "PatientID=1&PatientID=2", "PatientID=1&00100020=1", "Modality=ct%25",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(doctor, query):
    answer = doctor.get(f"/studies?{query}")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["status"] == 400


def test_media_types(api, doctor):
    exam = api.exam()
    one = next(found for found in api.images(exam) if found.frames)
    base = f"/studies/{exam.uid}/series/{one.place.series}/instances/{one.uid}"
    for path, accept, status in (
        ("/studies", "application/dicom+xml", 406),
        ("/studies", "application/dicom+xml, application/json", 200),
        (base, "application/zip", 406),
        (base, 'multipart/related; type="application/dicom"', 200),
        (base, 'multipart/related; type="application/dicom"; transfer-syntax=*', 200),
        (base, 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.5',
         406),
        (f"{base}/frames/1", 'multipart/related; type="image/jp2"', 406),
        (f"{base}/frames/1", "multipart/related; type=application/octet-stream", 200),
        (f"{base}/rendered", "image/gif", 406),
        (f"{base}/rendered", "image/gif, image/*", 200),
        (f"{base}/rendered", "image/webp", 200),
    ):  # fmt: skip
        assert doctor.get(path, Accept=accept).status_code == status, (path, accept)


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("/frames/0", 404), ("/frames/2", 404), ("/frames/1,x", 400), ("/frames/%C2%B2", 400),
        ("/frames/" + ",".join(map(str, range(1, 502))), 400), ("/frames/1,1", 400),
        ("/rendered?window=1", 400), ("/rendered?window=1,0", 400), ("/rendered?window=nan,5", 400),
        ("/rendered?window=40,400,linear&viewport=32,32&quality=50", 200),
        ("/rendered?viewport=0,0", 400), ("/rendered?quality=101", 400),
        ("/thumbnail", 404), ("/bulkdata/1", 404),
    ],
)  # fmt: skip
def test_frames_and_pictures(api, doctor, rest, status):
    one = next(found for found in api.images(api.exam()) if found.frames)
    base = f"/studies/{api.exam().uid}/series/{one.place.series}/instances/{one.uid}"
    answer = doctor.get(base + rest)
    assert answer.status_code == status
    if status != 200:
        assert answer.content_type == "application/problem+json"


def test_other_addresses_and_verbs_are_problems_too(doctor, api):
    for path in ("/", "/series", "/instances", "/studies/"):
        assert doctor.get(path).status_code == 404
        assert doctor.get(path).content_type == "application/problem+json"
    told = {"Authorization": f"Bearer {doctor.token}"}
    client = api.scene.app.test_client()
    answer = client.delete("/dicomweb/studies/1.2", base_url=api.scene.home, headers=told)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_while_the_pacs_is_away(api, doctor, monkeypatch):
    exam = api.exam()
    one = next(found for found in api.images(exam) if found.frames)

    def away(*_told):
        raise Away("down")

    monkeypatch.setattr(api.scene.rooms.exams.store, "read", away)
    answer = doctor.get(
        f"/studies/{exam.uid}/series/{one.place.series}/instances/{one.uid}/frames/1"
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


@pytest.fixture
def loop(api):
    """An image of many frames, and where they are asked for; they go out one by one."""
    api.scene.rooms.streams.size = 0
    exam = api.exam("Échocardiographie")
    api.says_why("neurologist", exam)
    (one,) = [found for found in api.images(exam) if found.frames > 2]
    base = f"/studies/{exam.uid}/series/{one.place.series}/instances/{one.uid}/frames/"
    return exam, one, base + ",".join(str(number + 1) for number in range(one.frames))


def test_frames_are_read_as_they_are_taken(api, loop, monkeypatch):
    _exam, one, path = loop
    store, read = api.scene.rooms.exams.store, []
    really = store.read

    def counted(place, start, length):
        read.append(start)
        return really(place, start, length)

    monkeypatch.setattr(store, "read", counted)
    blocks = taking(api.of("neurologist"), path).iter_encoded()
    assert len(read) == 1
    next(blocks)
    assert len(read) == 1
    list(blocks)
    assert len(read) == one.frames


def test_each_frame_is_asked_for(api, loop):
    exam, _one, path = loop
    blocks = taking(api.of("neurologist"), path).iter_encoded()
    assert next(blocks)
    rooms = api.scene.rooms
    with rooms.database.write() as tx:
        rooms.access.blocks.block(tx, exam.patient, RPPS["neurologist"])
    with pytest.raises(Stopped):
        list(blocks)


def test_frames_end_with_a_logout(api, loop):
    program = api.of("neurologist")
    blocks = taking(program, loop[2]).iter_encoded()
    assert next(blocks)
    logged_out(program)
    api.scene.time.pass_by(5)
    with pytest.raises(Stopped):
        list(blocks)


def test_sent_files_are_kept_set_aside_or_refused_each_by_itself(api):
    sender = api.of("manager")
    told = {"StudyInstanceUID": uid("study"), "SeriesInstanceUID": uid("series")}
    one = written(image(SOPInstanceUID=uid("one"), **told))
    other = written(image(SOPInstanceUID=uid("other"), PatientName="AUTRE^Personne", **told))
    answer = sender.post("/studies", message(one, b"no DICOM", other), KIND)
    assert answer.status_code == 202
    (kept,) = answer.json["00081199"]["Value"]
    assert kept["00081155"]["Value"] == [uid("one")]
    codes = [found["00081197"]["Value"][0] for found in answer.json["00081198"]["Value"]]
    assert sorted(codes) == [storing.REFUSED, storing.NOT_UNDERSTOOD]
    answer = sender.post("/studies", message(b"no DICOM"), KIND)
    assert answer.status_code == 409
    answer = sender.post("/studies/1.2.3", message(one), KIND)
    assert answer.json["00081198"]["Value"][0]["00081197"]["Value"] == [storing.WRONG_STUDY]


def test_what_another_house_has_is_told_by_no_other_code(api):
    """What the clinic has, byte for byte, and what nobody has, are taken in alike."""
    film = next(one for one in api.exams() if one.establishment == "0B0062154")
    nobodys = written(image(StudyInstanceUID=uid("a"), SeriesInstanceUID=uid("b"),
                            SOPInstanceUID=uid("c")))  # fmt: skip
    wrong = written(image(StudyInstanceUID=uid("d"), SeriesInstanceUID=uid("e"),
                          SOPInstanceUID=uid("f"), PatientID="2026-004417"))  # fmt: skip
    same = b"".join(api.scene.rooms.exams.store.stream(api.images(film)[0].place))
    before = api.images(film)
    for one in (same, nobodys):
        answer = api.of("manager").post("/studies", message(one), KIND)
        assert (answer.status_code, list(answer.json)) == (200, ["00081199"])
    answer = api.of("manager").post("/studies", message(wrong), KIND)
    (failed,) = answer.json["00081198"]["Value"]
    assert failed["00081197"]["Value"] == [storing.REFUSED]
    assert api.images(film) == before


@pytest.mark.parametrize(
    ("kind", "data", "status"),
    [
        ("application/dicom", b"x", 415),
        ("", b"x", 415),
        (";", b"x", 415),
        ("multipart/related; type=application/dicom; boundary=border", b"x", 400),
        ('multipart/related; type="application/dicom+json"; boundary=b', b"x", 415),
        ('multipart/related; type="application/dicom"', b"x", 400),
        (KIND, b"", 400),
        (KIND, b"no border at all", 400),
        (KIND, message(b"x", end=b""), 400),
        (KIND, message(b"x", kind="text/html"), 415),
        (KIND, b"--border\r\n" + b"x" * 20_000, 400),
    ],
)
def test_messages_that_are_none(api, kind, data, status):
    answer = api.of("manager").post("/studies", data, kind)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert list((api.scene.rooms.settings.store / "incoming").iterdir()) == []


def test_a_message_is_as_long_as_its_files(api):
    """Longer than any form."""
    large = image(np.zeros((512, 512), np.int16), StudyInstanceUID=uid("study"),
                  SeriesInstanceUID=uid("series"))  # fmt: skip
    assert api.of("manager").post("/studies", message(written(large)), KIND).status_code == 200


def test_many_files_are_written_in_batches(api, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 2)
    told = {"StudyInstanceUID": uid("study"), "SeriesInstanceUID": uid("series")}
    files = [written(image(SOPInstanceUID=uid(n), InstanceNumber=n, **told)) for n in range(5)]
    answer = api.of("manager").post("/studies", message(*files, end=b""), KIND)
    assert answer.status_code == 400
    made = next(one for one in api.exams() if one.uid == told["StudyInstanceUID"])
    # The last one was not whole.
    assert made.images == 4
    assert api.of("manager").post("/studies", message(*files), KIND).status_code == 200
    monkeypatch.setattr(storing, "MOST_PARTS", 3)
    assert api.of("manager").post("/studies", message(*files), KIND).status_code == 413
    assert list((api.scene.rooms.settings.store / "incoming").iterdir()) == []


def test_what_breaks_while_another_comes_in_leaves_nothing(api, monkeypatch):
    def breaks(*_of):
        raise OSError("no more processes")

    told = {"StudyInstanceUID": uid("study"), "SeriesInstanceUID": uid("series")}
    files = [written(image(SOPInstanceUID=uid(n), **told)) for n in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr(api.scene.rooms.exams.door, "read", breaks)
        answer = api.of("manager").post("/studies", message(*files), KIND)
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert list((api.scene.rooms.settings.store / "incoming").iterdir()) == []
    assert not any(one.uid == told["StudyInstanceUID"] for one in api.exams())


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_parts_however_they_come(size):
    whole = b"before\r\n" + message(b"\r\n--bord\r\n", b"", b"two")
    pieces = iter([whole[start : start + size] for start in range(0, len(whole), size)])
    reader = Reader(lambda _most: next(pieces, b""), "border")
    found = [(kind, b"".join(blocks)) for kind, blocks in reader.parts()]
    assert found == [("application/dicom", one) for one in (b"\r\n--bord\r\n", b"", b"two")]
    with pytest.raises(Broken):
        list(Reader(lambda _n: b"", "border").parts())
