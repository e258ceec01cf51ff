# SPDX-License-Identifier: Apache-2.0
"""Reports: versions, and no markup of anybody's."""

import pytest

from imaging_app.exams.reports import LARGEST, PDF, TEXT, Written, read_report
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
