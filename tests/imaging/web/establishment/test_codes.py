# SPDX-License-Identifier: Apache-2.0
"""Codes of an establishment: issued alone and by the list, printed, followed, revoked."""

import io
import re

import numpy as np
import pypdfium2
import pytest

from imaging_app.demo.cast import CLINIC
from imaging_app.sharing.code import ALPHABET
from imaging_app.sharing.codes import Entered, Scope, Typed
from tests.connectors.qr_reader import read_modules
from tests.imaging.web.establishment.kit import (
    CAMILLE,
    GAETAN,
    HERE,
    NEW,
    deeds,
    file_of,
    patient_of,
    send,
    soup,
    wrong_fields,
)

SHOWN = re.compile(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")
NEW_CODES, SLIPS = f"{HERE}/codes/new", f"{HERE}/codes/slips"


def enter(scene, code: str, rpps: str = "10101234569") -> object:
    """Somebody enters it who knows Gaëtan."""
    with scene.rooms.database.write() as tx:
        typed = Typed(code, "1948-11-30", "Gaëtan", rpps, "192.0.2.1")
        return scene.rooms.access.codes.enter(tx, typed)


def issued(answer) -> dict[str, str]:
    """What the page of an issue says of each number: a code, or why there is none."""
    assert answer.status_code == 200, answer.text
    return {
        one["data-number"]: one.code.text if one.code else one["data-why"]
        for one in soup(answer).select("#issued li")
    }


def test_a_code_is_shown_once_and_opens_the_file(filled):
    browser = filled.inside("secretary")
    answer = send(browser, NEW_CODES, {"numbers": GAETAN, "days": "7", "comment": "Pour le Dr X"})
    [code] = issued(answer).values()
    assert SHOWN.fullmatch(code)
    assert answer.headers["Cache-Control"] == "no-store"
    found = enter(filled, code)
    assert isinstance(found, Entered)
    assert found.scope.file == file_of(filled)
    assert found.expires_at == filled.time() + 7 * 86_400
    listed = browser.get(f"{HERE}/codes").text
    assert code not in listed
    assert code[-4:] in listed


def test_a_list_is_issued_line_by_line(filled):
    browser = filled.inside("secretary")
    send(browser, f"{HERE}/desk/new", NEW)
    pasted = f"{GAETAN}\n\n  {CAMILLE} \nX-9\n{GAETAN}\nN-100"
    told = issued(send(browser, NEW_CODES, {"numbers": pasted}))
    assert list(told) == [GAETAN, CAMILLE, "X-9", "N-100"]
    assert (told["X-9"], told["N-100"]) == ("unknown", "consent")
    assert SHOWN.fullmatch(told[GAETAN])
    table = "\ufeff" + f'"{CAMILLE}";Martin;Camille\r\n{GAETAN};Ébeaupré;\r\n'
    form = {"numbers": "", "list": (io.BytesIO(table.encode()), "list.csv")}
    told = issued(send(browser, NEW_CODES, form, content_type="multipart/form-data"))
    assert list(told) == [CAMILLE, GAETAN]
    # By commas, as spreadsheets of another language write it.
    table = f'"{GAETAN}","Ébeaupré"\n{CAMILLE},Martin'
    form = {"numbers": "", "list": (io.BytesIO(table.encode()), "list.csv")}
    told = issued(send(browser, NEW_CODES, form, content_type="multipart/form-data"))
    assert list(told) == [GAETAN, CAMILLE]
    # A file of another establishment has no number here.
    assert issued(send(browser, NEW_CODES, {"numbers": "E-1187"})) == {"E-1187": "unknown"}


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({}, {"numbers"}),
        ({"numbers": "\n".join(map(str, range(101)))}, {"numbers"}),
        ({"numbers": GAETAN, "days": "0"}, {"days"}),
        ({"numbers": GAETAN, "days": "366"}, {"days"}),
        ({"numbers": GAETAN, "days": "-3"}, {"days"}),
        ({"numbers": GAETAN, "days": "week"}, {"days"}),
    ],
)
def test_what_cannot_be_issued_is_said_at_its_field(filled, form, wrong):
    answer = send(filled.inside("secretary"), NEW_CODES, form)
    assert (answer.status_code, wrong_fields(answer)) == (422, wrong)
    assert soup(answer).select_one("#f-numbers").text.strip() == form.get("numbers", "")
    assert ("file.code", "allowed") not in deeds(filled)


def modules_of(page: pypdfium2.PdfPage) -> list[list[bool]]:
    """The squares of the only QR code on a page."""
    dark = np.asarray(page.render(scale=6).to_pil().convert("L")) < 128
    height, width = dark.shape
    # Beside the code, below the band.
    part = dark[int(height * 0.14) : int(height * 0.36), int(width * 0.62) :]
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    part = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # The finder in the corner is seven modules wide.
    unit = int(np.argmin(part[0])) / 7
    size = round(part.shape[0] / unit)
    at = [int((one + 0.5) * part.shape[0] / size) for one in range(size)]
    return [[bool(part[row, column]) for column in at] for row in at]


def test_slips_hold_the_code_and_its_qr_and_nobodys_name(filled):
    browser = filled.inside("secretary")
    told = issued(send(browser, NEW_CODES, {"numbers": f"{GAETAN}\n{CAMILLE}"}))
    answer = send(browser, SLIPS, {"code": list(told.values())})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    paper = pypdfium2.PdfDocument(answer.data)
    assert len(paper) == 2
    for number, (file, code) in enumerate(told.items()):
        page = paper[number]
        # A5, in points.
        assert [round(one) for one in page.get_size()] == [420, 595]
        text = page.get_textpage().get_text_bounded()
        assert {code, file} <= set(re.split(r"\s+", text))
        assert "support-imagerie@sceau.example" in text
        assert not re.search("beaupr|gaëtan|martin|camille|1948|1972", text, re.IGNORECASE)
        plain = code.replace("-", "")
        assert read_modules(modules_of(page)) == f"{filled.home}/professional/codes/new#{plain}"
    paper.close()


def test_nobody_prints_a_code_that_they_did_not_issue(filled):
    """IDOR: codes of a patient's own, of another establishment, none at all, ended ones."""
    browser = filled.inside("secretary")
    patient, other = patient_of(filled, file_of(filled)).id, CLINIC[0]
    with filled.rooms.database.write() as tx:
        issue = filled.rooms.access.codes.issue
        own = issue(tx, Scope(patient), by="them").code
        theirs = issue(tx, Scope(patient, other, file_of(filled, "E-1187", other)), by="x").code
    [ours] = issued(send(browser, NEW_CODES, {"numbers": GAETAN, "days": "1"})).values()
    for codes in ([own], [theirs], ["AAAA-BBBB"], ["'"], []):
        assert send(browser, SLIPS, {"code": codes}).status_code == 403
    filled.time.pass_by(86_400)
    assert send(filled.inside("secretary"), SLIPS, {"code": [ours]}).status_code == 403


def test_the_list_tells_who_entered_a_code_and_it_is_revoked_once(filled):
    browser = filled.inside("secretary")
    told = issued(send(browser, NEW_CODES, {"numbers": f"{GAETAN}\n{CAMILLE}"}))
    enter(filled, told[GAETAN])
    page = browser.page(f"{HERE}/codes?name=ebeau")
    [line] = page.select("#codes > li")
    assert line["data-state"] == "valid"
    assert "Neurologue" in line.text
    assert len(browser.page(f"{HERE}/codes?birth_date=14/05/1972").select("#codes > li")) == 1
    for nothing in ("?birth_date=99/99/1972", "?tail=0000", "?name=personne", "?page=9"):
        assert browser.page(f"{HERE}/codes{nothing}").select("#codes > li") == []
    revoke = line.form["action"]
    assert send(browser, revoke).headers["Location"].endswith("?done=revoked")
    assert send(browser, revoke).headers["Location"].endswith("?done=unchanged")
    assert not isinstance(enter(filled, told[GAETAN]), Entered)
    [line] = browser.page(f"{HERE}/codes?name=ebeau").select("#codes > li")
    assert (line["data-state"], line.form) == ("revoked", None)
    assert len(browser.page(f"{HERE}/codes?valid=1").select("#codes > li")) == 1


def test_nobody_revokes_what_others_issued(filled):
    browser = filled.inside("secretary")
    patient, other = patient_of(filled, file_of(filled)).id, CLINIC[0]
    with filled.rooms.database.write() as tx:
        issue = filled.rooms.access.codes.issue
        own = issue(tx, Scope(patient), by="them").id
        theirs = issue(tx, Scope(patient, other, file_of(filled, "E-1187", other)), by="x").id
    told = {
        (answer.status_code, soup(answer).select_one("#error")["data-error"])
        for code in (own, theirs, "nothing")
        for answer in [send(browser, f"{HERE}/codes/{code}/revoke")]
    }
    assert told == {(403, "not_yours")}
    assert browser.page(f"{HERE}/codes").select("#codes > li") == []
