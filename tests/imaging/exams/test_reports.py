# SPDX-License-Identifier: Apache-2.0
"""Reports: versions, and no markup of anybody's."""

import pytest

from imaging_app.exams.reports import LARGEST, PDF, TEXT, Written, read_report
from imaging_app.people.files import Mismatch
from tests.databases import at_once
from tests.imaging.dicom_files import document, written

CDA = """<?xml version="1.0"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
 <title>Compte rendu d’imagerie</title>
 <recordTarget><patientRole><id extension="17"/></patientRole></recordTarget>
 <component><structuredBody>
  <component><section><code code="18748-4"/><title>Résultats</title>
   <text><paragraph>Nodule de <content styleCode="Bold">14 mm</content>.</paragraph>
    <list><item>Pas d’épanchement</item><item>Pas d’adénopathie</item></list>
    <table><tbody><tr><td>Foie</td><td>normal</td></tr></tbody></table></text>
   <entry><observation><value>caché</value></observation></entry>
  </section></component>
 </structuredBody></component>
</ClinicalDocument>"""


def text(room, content) -> str:
    found = read_report(room.store, room.door, content)
    assert isinstance(found, Written), found
    assert found.kind == TEXT
    return found.content.decode()


def test_versions_follow_one_another(room):
    exam = room.take().exam
    with room.db.write() as tx:
        for number, words in enumerate((b"un", b"deux", b"trois"), 1):
            add = room.reports.add(tx, exam, Written(TEXT, "", words), by="agent", author="Dr A")
            assert add == number
        assert room.reports.add(tx, exam, Written(TEXT, "", b"trois"), by="agent") == 3
        # What was said first holds again: whoever reads the newest reads it.
        assert room.reports.add(tx, exam, Written(TEXT, "", b"un"), by="agent") == 4
        found = room.reports.of(tx, exam)
        assert [one.version for one in found] == [4, 3, 2, 1]
        assert room.reports.content(tx, found[0]) == b"un"
        assert room.reports.one(tx, exam, 5) is None
        assert room.reports.one(tx, "0" * 32, 1) is None


def test_two_versions_at_once_have_two_numbers(room):
    exam = room.take().exam

    def add(number):
        with room.db.write() as tx:
            return room.reports.add(tx, exam, Written(TEXT, "", b"%d" % number), by="agent")

    assert sorted(at_once(room.db, add, range(5))) == [1, 2, 3, 4, 5]


def test_a_pdf_within_an_image_is_a_report(room):
    room.take()
    pdf = document(b"%PDF-1.4 words", SeriesDescription="CR scanner")
    outcome = room.take(written(pdf))
    with room.db.read() as tx:
        (report,) = room.reports.of(tx, outcome.exam)
        whole = room.index.image(tx, outcome.exam, report.image)
        assert room.reports.content(tx, report) is None
    assert (report.kind, report.title, report.version) == (PDF, "CR scanner", 1)
    with room.store.local(whole.image.place) as path:
        assert room.door.document(path).content == b"%PDF-1.4 words"
    # Beside the images it is no kind of exam of its own.
    assert room.exam(outcome).modalities == ("CT", "DOC")


def test_whatever_may_say_a_result_is_found_by_what_it_is(room):
    family = "1.2.840.10008.5.1.4.1.1"
    exam = room.take().exam
    pdf = room.take(written(document(b"%PDF-1.4 words"))).image
    odd = document(b"<a/>", "text/XML", SOPClassUID=f"{family}.66", SOPInstanceUID="1.2.3.4.1.9.2")
    found = {pdf, room.take(written(odd)).image}
    bare = {"MIMETypeOfEncapsulatedDocument": None, "EncapsulatedDocument": None}
    for number, kind in enumerate((".88.11", ".78.6", ".79.1", ".104.2"), 3):
        names = {"SOPClassUID": family + kind, "SOPInstanceUID": f"1.2.3.4.1.9.{number}"}
        found.add(room.take(written(document(b"", **bare, **names))).image)
    notes = {"SOPClassUID": f"{family}.11.1", "SOPInstanceUID": "1.2.3.4.1.9.9"}
    assert room.take(written(document(b"", **bare, **notes))).exam == exam
    with room.db.read() as tx:
        papers = room.index.papers(tx, exam)
        assert {one.uid for one in papers} == found
        none, told = (room.reports.untold(tx, exam, one) for one in (0, 1))
        assert none.left(papers) == []
        assert [one.uid for one in told.left(papers)] == [pdf]
        assert room.reports.untold(tx, exam, None).left(papers) == papers


def test_plain_text(room):
    assert text(room, b"Conclusion : rien.\r\n\r\n\r\n\r\nFin") == "Conclusion : rien.\n\nFin"
    assert text(room, "Opacité".encode("cp1252")) == "Opacité"


def test_markup_in_a_text_is_words(room):
    assert text(room, b"Voir <script>alert(1)</script>") == "Voir <script>alert(1)</script>"


def test_what_is_not_seen_is_left_out(room):
    assert text(room, "a\x00b\u202ec\u200bd\x1b[0m".encode()) == "abcd[0m"


def test_a_simple_cda_is_its_words(room):
    found = read_report(room.store, room.door, CDA.encode())
    assert (found.kind, found.title) == (TEXT, "Compte rendu d’imagerie")
    words = found.content.decode()
    assert "Résultats" in words
    assert "Nodule de 14 mm." in words
    assert "Pas d’épanchement\n" in words
    assert "Foie\tnormal" in words
    assert "caché" not in words
    assert "<" not in words


def test_words_that_were_taken_out_are_left_out(room):
    words = """Pas de <content revised="delete">métastase <br/><content>certaine</content> en
        vue</content><content revised="insert">lésion</content>."""
    told = text(room, CDA.replace("Pas d’épanchement", words).encode())
    assert "Pas de lésion." in told
    assert not {"métastase", "certaine", "en vue"} & set(told.split())
    whole = CDA.replace("<section>", '<section revised="delete">')
    assert read_report(room.store, room.door, whole.encode()) == "no-frame"


def test_a_pdf_is_kept_as_it_is(room):
    content = b"\xef\xbb\xbf%PDF-1.7\n..."
    assert read_report(room.store, room.door, content) == Written(PDF, "", content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\n ", "no-frame"),
        (b"%PDF-" + b"x" * LARGEST, "too-large"),
        (b"x" * (5 << 20), "too-large"),
        (b"<html><script>alert(1)</script></html>", "malformed"),
        (CDA.encode()[:-30], "malformed"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "malformed"),
        (CDA.replace("?>", '?><!DOCTYPE a [<!ENTITY b "bb">]>', 1).encode(), "malformed"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3">' + b"<a>" * 300, "too-deep"),
    ],
)
def test_what_is_no_report(room, content, reason):
    assert read_report(room.store, room.door, content) == reason
    assert not [one for one in (room.folder / "store").rglob("*") if one.is_file()]


WHO = """<id extension="17"/><patient><name><family qualifier="{qualifier}">{family}</family>
<given>{given}</given></name><administrativeGenderCode code="{sex}"/>
<birthTime value="{born}"/></patient>"""
RIGHT = {
    "qualifier": "BR", "family": "durand", "given": "Agnes Marie", "sex": "F", "born": "19570312"
}  # fmt: skip


def cda(room, **changes) -> Written:
    who = WHO.format(**(RIGHT | changes))
    found = read_report(room.store, room.door, CDA.replace('<id extension="17"/>', who).encode())
    assert isinstance(found, Written), found
    return found


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({}, None),
        # Fewer words contradict nothing.
        ({"given": "Agnès"}, None),
        ({"sex": "UN", "born": ""}, None),
        ({"family": "", "given": ""}, None),
        ({"born": "195703121015+0100"}, None),
        ({"family": "Martin"}, ("name",)),
        ({"qualifier": "SP", "family": "Martin"}, ("name",)),
        ({"given": "Claire"}, ("first_name",)),
        ({"born": "19570313"}, ("birth_date",)),
        ({"sex": "M"}, ("sex",)),
        ({"family": "Martin", "born": "20010101"}, ("name", "birth_date")),
    ],
)
def test_a_cda_about_somebody_else_is_no_report_of_this_patients(room, changes, differs):
    exam = room.take().exam
    written = cda(room, **changes)
    with room.db.write() as tx:
        added = room.reports.add(tx, exam, written, by="agent")
        assert added == (1 if differs is None else Mismatch(differs))
        assert len(room.reports.of(tx, exam)) == (differs is None)


def test_a_birth_name_is_told_from_a_name_in_use(room):
    names = """Martin</family><family qualifier="BR">DURAND"""
    exam = room.take().exam
    with room.db.write() as tx:
        written = cda(room, qualifier="SP", family=names)
        assert (written.about.family, written.about.used) == ("DURAND", "Martin")
        assert room.reports.add(tx, exam, written, by="agent") == 1


def test_a_cda_about_several_people_is_no_report(room):
    target = '<recordTarget><patientRole><id extension="17"/></patientRole></recordTarget>'
    twice = CDA.replace(target, target * 2)
    assert read_report(room.store, room.door, twice.encode()) == "too-many"


def test_a_second_paper_within_dicom_is_no_version_of_the_first(room):
    room.take()
    for number in (1, 2):
        pdf = document(f"%PDF-1.4 {number}".encode(), SOPInstanceUID=f"1.2.3.4.1.9.{number}")
        exam = room.take(written(pdf)).exam
    with room.db.write() as tx:
        for words in (b"un", b"deux", b"deux"):
            room.reports.add(tx, exam, Written(TEXT, "", words), by="agent")
        found = room.reports.of(tx, exam)
    assert [(one.version, one.kind, one.replaced) for one in found] == [
        (4, TEXT, False), (3, TEXT, True), (2, PDF, False), (1, PDF, False)
    ]  # fmt: skip


def test_the_same_words_are_the_same_version_though_a_paper_came_between(room):
    exam = room.take().exam
    with room.db.write() as tx:
        assert room.reports.add(tx, exam, Written(TEXT, "", b"un"), by="agent") == 1
    room.take(written(document(b"%PDF-1.4 words")))
    with room.db.write() as tx:
        assert room.reports.add(tx, exam, Written(TEXT, "", b"un"), by="agent") == 1
        assert room.reports.add(tx, exam, Written(TEXT, "", b"deux"), by="agent") == 3
