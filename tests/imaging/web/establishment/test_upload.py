# SPDX-License-Identifier: Apache-2.0
"""Exams brought in by hand, archives within bounds, and what is decided about the doubtful."""

import io
import json
import zipfile

import pytest

from imaging_app.demo.cast import CLINIC, HOSPITAL
from imaging_app.web.establishment import unpacking
from imaging_app.web.establishment import upload as taking
from tests.imaging.dicom_files import image, written
from tests.imaging.web.establishment.kit import HERE, send, soup

UPLOAD, ASIDE = f"{HERE}/upload", f"{HERE}/aside"


def zipped(*entries: tuple[str, bytes], **options) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def upload(browser, *files: tuple[str, bytes], path: str = UPLOAD):
    form = {"files": [(io.BytesIO(content), name) for name, content in files]}
    return send(browser, path, form, content_type="multipart/form-data")


def told(answer) -> dict[str, tuple[str, str]]:
    """What became of each file."""
    assert answer.status_code == 200, answer.text
    return {
        one.code.text: (one["data-fate"], one["data-reason"])
        for one in soup(answer).select("#lines li")
    }


def test_each_file_is_told_of(filled):
    browser, good = filled.inside("secretary"), written(image())
    files = [("good.dcm", good), ("again.dcm", good), ("words.txt", b"no image"), ("none", b"")]
    answer = upload(browser, *files)
    assert told(answer) == {
        "good.dcm": ("kept", ""),
        "again.dcm": ("known", ""),
        "words.txt": ("aside", "not-dicom"),
        "none": ("refused", "empty"),
    }
    counts = {one["data-fate"]: one.dd.text for one in soup(answer).select("#counts [data-fate]")}
    assert counts == dict.fromkeys(("kept", "known", "aside", "refused"), "1")
    # What went wrong is read first.
    assert next(iter(told(answer))) in {"words.txt", "none"}
    assert browser.page(HERE).select_one("#aside-count")["data-count"] == "1"
    assert upload(browser).status_code == 422


def test_more_than_a_form_of_words_is_taken_here_alone(filled):
    browser = filled.inside("secretary")
    large = b"\x01" * 300_000
    assert told(upload(browser, ("large", large))) == {"large": ("aside", "not-dicom")}
    assert upload(browser, ("large", large), path=f"{HERE}/desk/new").status_code == 413
    doctor = filled.inside("doctor")
    assert upload(doctor, ("large", large)).status_code == 413


def test_a_thousand_files_at_once_are_not_too_many(filled, monkeypatch):
    monkeypatch.setattr(taking, "receive", lambda _ingest, _blocks, _origin: "unreadable")
    answer = upload(filled.inside("secretary"), *((f"{number}", b"x") for number in range(1001)))
    assert answer.status_code == 200
    assert soup(answer).select_one("#counts [data-fate=refused] dd").text == "1001"


def lines_of(browser, *files: tuple[str, bytes]):
    """What the page's script is told, as it comes."""
    form = {"files": [(io.BytesIO(content), name) for name, content in files]}
    form["form_token"] = browser.form_token()
    return browser.client.post(
        UPLOAD,
        base_url=browser.scene.home,
        data=form,
        headers={"Accept": taking.LINES},
        content_type="multipart/form-data",
    )


def test_a_script_is_told_of_each_file_as_it_is_taken(filled):
    browser, good = filled.inside("secretary"), written(image())
    answer = lines_of(browser, ("good.dcm", good), ("words.txt", b"no image"), ("none", b""))
    assert answer.mimetype == taking.LINES
    *every, last = [json.loads(one) for one in answer.text.splitlines()]
    assert last == {"done": True}
    assert {(one["name"], one["fate"], one["reason"]) for one in every} == {
        ("good.dcm", "kept", ""),
        ("words.txt", "aside", "not-dicom"),
        ("none", "refused", "empty"),
    }
    assert all(bool(one["why"]) == bool(one["reason"]) for one in every)
    assert lines_of(browser).status_code == 422
    assert lines_of(filled.inside("doctor"), ("good.dcm", good)).status_code == 403


def test_whoever_cancels_keeps_what_was_taken_and_leaves_nothing_half_taken(filled, monkeypatch):
    monkeypatch.setattr(taking, "BATCH", 2)
    browser, store = filled.inside("secretary"), filled.rooms.settings.store
    answer = lines_of(browser, *((f"{number}", b"%d" % number) for number in range(7)))
    coming = answer.iter_encoded()
    # Two are taken, and a third was received when nobody reads on.
    for _number in range(2):
        assert json.loads(next(coming))["fate"] == "aside"
    answer.close()
    browser = filled.inside("secretary")
    assert len(browser.page(ASIDE).select("#aside > li")) == 2
    assert list((store / "incoming").iterdir()) == []


def test_an_archive_is_opened_within_bounds(filled, monkeypatch):
    browser, good = filled.inside("secretary"), written(image())
    inner = zipped(("a.dcm", good))
    content = zipped(("A/", b""), ("A/one.dcm", good), ("../../two.txt", b"x"), ("in.zip", inner))
    assert told(upload(browser, ("all.zip", content))) == {
        "all.zip/A/one.dcm": ("kept", ""),
        "all.zip/../../two.txt": ("aside", "not-dicom"),
        "all.zip/in.zip": ("refused", "nested"),
    }
    # Nothing but the store was written to.
    assert told(upload(browser, ("cut.zip", content[: len(content) // 2]))) == {
        "cut.zip": ("refused", "archive")
    }
    assert told(upload(browser, ("empty.zip", zipped()))) == {}


def test_an_archive_that_swells_is_not_unpacked(filled, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE", 1 << 20)
    monkeypatch.setattr(unpacking, "MOST_FILES", 4)
    browser, store = filled.inside("secretary"), filled.rooms.settings.store
    before = sum(1 for _one in store.rglob("*"))
    bomb = zipped(("one", bytes(1000)), ("bomb", bytes(64 << 20)), ("after", b"x"))
    assert told(upload(browser, ("bomb.zip", bomb))) == {
        "bomb.zip/one": ("aside", "not-dicom"),
        "bomb.zip/bomb": ("refused", "bomb"),
        "bomb.zip": ("refused", "bomb"),
    }
    many = zipped(*((str(number), b"x") for number in range(5)))
    assert told(upload(browser, ("many.zip", many))) == {"many.zip": ("refused", "too-many")}
    # One was set aside; of the rest nothing is left.
    assert sum(1 for _one in store.rglob("*")) == before + 1


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_inflated_without_bounds_is_not_opened(filled, method):
    """A few hundred bytes of these became hundreds of megabytes before any was counted."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bomb", bytes(4 << 20), method)
        archive.writestr("one.dcm", written(image()), zipfile.ZIP_STORED)
    assert told(upload(filled.inside("secretary"), ("small.zip", out.getvalue()))) == {
        "small.zip/bomb": ("refused", "packed"),
        "small.zip/one.dcm": ("kept", ""),
    }


def test_a_directory_larger_than_any_is_not_read(filled, monkeypatch):
    """Folders count for nothing, but each of them was built in memory."""
    made = []
    known = zipfile.ZipInfo.__init__
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(5):
            archive.writestr(f"{number:0>30000}/", b"")
        archive.writestr("one.dcm", written(image()))
    large, browser = out.getvalue(), filled.inside("secretary")

    def noted(self, *args, **kwargs):
        made.append(self)
        known(self, *args, **kwargs)

    monkeypatch.setattr(zipfile.ZipInfo, "__init__", noted)
    assert told(upload(browser, ("folders.zip", large))) == {
        "folders.zip/one.dcm": ("kept", ""),
    }
    assert len(made) == 6
    monkeypatch.setattr(unpacking, "MOST_DIRECTORY", 128 << 10)
    made.clear()
    assert told(upload(browser, ("folders.zip", large))) == {
        "folders.zip": ("refused", "too-many"),
    }
    assert not made


@pytest.mark.parametrize("flag", [0x1])
def test_an_archive_with_a_password_is_not_guessed(filled, flag):
    content = bytearray(zipped(("one", b"secret")))
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= flag
    content[6] |= flag
    answer = upload(filled.inside("secretary"), ("locked.zip", bytes(content)))
    assert told(answer) == {"locked.zip/one": ("refused", "encrypted")}


def test_what_lies_in_an_entry_is_no_longer_what_it_was(filled):
    """Its check sum does not fit: told, and the next one is taken."""
    good = written(image())
    content = zipped(("one", bytes(range(256)) * 8), ("two.dcm", good))
    place = content.index(b"one") + 8
    broken = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
    found = told(upload(filled.inside("secretary"), ("broken.zip", broken)))
    assert found["broken.zip/two.dcm"] == ("kept", "")
    assert found["broken.zip/one"] == ("refused", "archive")


def test_who_is_doubtful_is_decided_by_somebody_of_the_establishment(filled):
    browser = filled.inside("secretary")
    upload(browser, ("words.txt", b"no image"), ("other.txt", b"nor this"))
    page = browser.page(ASIDE)
    [first, second] = page.select("#aside > li")
    assert {first["data-reason"], second["data-reason"]} == {"not-dicom"}
    again, drop = (one["action"] for one in first.select("form"))
    assert send(browser, again).headers["Location"].endswith("?done=still")
    assert send(browser, drop).headers["Location"].endswith("?done=dropped")
    assert send(browser, drop).headers["Location"].endswith("?done=unchanged")
    assert send(browser, again).headers["Location"].endswith("?done=unchanged")
    assert len(browser.page(ASIDE).select("#aside > li")) == 1
    assert browser.page(f"{ASIDE}?reason=truncated").select("#aside > li") == []


def test_a_file_of_another_person_is_set_aside(filled):
    """The image says another person than the file of its number: the desk is told."""
    browser = filled.inside("secretary")
    wrong = image(PatientID="2026-004417", IssuerOfPatientID=HOSPITAL[1], PatientName="Autre^Qui")
    answer = upload(browser, ("wrong.dcm", written(wrong)))
    [line] = told(answer).values()
    assert line[0] == "aside"
    assert line[1] in {"other-person", "other-file"}
    [one] = browser.page(ASIDE).select("#aside > li")
    assert one["data-reason"] == line[1]


def test_nobody_decides_about_what_another_establishment_set_aside(filled):
    """IDOR: the id of another's, and none: as if it were decided already; nothing happens to it."""
    with filled.rooms.database.read() as tx:
        assert filled.rooms.exams.aside.waiting(tx, CLINIC[0])[0] == []
    head = filled.inside("head")
    upload(head, ("theirs.txt", b"theirs"), path=f"/establishment/{CLINIC[0]}/upload")
    with filled.rooms.database.read() as tx:
        [theirs], _more = filled.rooms.exams.aside.waiting(tx, CLINIC[0])
    browser = filled.inside("secretary")
    for one in (theirs.id, "nothing"):
        for verb in ("again", "drop"):
            answer = send(browser, f"{ASIDE}/{one}/{verb}")
            assert answer.headers["Location"].endswith("?done=unchanged")
    with filled.rooms.database.read() as tx:
        assert len(filled.rooms.exams.aside.waiting(tx, CLINIC[0])[0]) == 1
