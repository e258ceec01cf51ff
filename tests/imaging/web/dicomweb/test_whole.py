# SPDX-License-Identifier: Apache-2.0
"""What breaks off while it goes out does not look whole to whoever takes it."""

import http.client
from urllib.parse import urlsplit

import pytest

from imaging_app.dicomweb.multipart import Changed, Message, Part, Reader
from tests.imaging.web.dicomweb.test_rights import RPPS


def take(served, program, path):
    """All of an answer, by a client that reads as long as it was told."""
    parts = urlsplit(served)
    line = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        line.request("GET", parts.path + path, headers={"Authorization": f"Bearer {program.token}"})
        answer = line.getresponse()
        assert answer.status == 200
        return answer.headers, answer.read()
    finally:
        line.close()


def contents(headers, whole):
    """The parts of a message."""
    pieces = iter([whole])
    border = headers["Content-Type"].partition("boundary=")[2]
    reader = Reader(lambda _most: next(pieces, b""), border)
    return [b"".join(blocks) for _kind, blocks in reader.parts()]


def test_files_that_break_off_are_seen_to(api, served, monkeypatch):
    api.says_why("doctor")
    exam, store = api.exam(), api.scene.rooms.exams.store
    images, really = api.images(exam), store.stream
    headers, whole = take(served, api.of("doctor"), f"/studies/{exam.uid}")
    assert int(headers["Content-Length"]) == len(whole)
    each = [b"".join(really(one.place)) for one in images]
    assert contents(headers, whole) == each

    def cut(place):
        blocks = b"".join(really(place))
        return iter([blocks[:-1] if place == images[-1].place else blocks])

    monkeypatch.setattr(store, "stream", cut)
    with pytest.raises(http.client.IncompleteRead) as caught:
        take(served, api.of("doctor"), f"/studies/{exam.uid}")
    assert len(caught.value.partial) < len(whole)


def test_frames_that_break_off_are_seen_to(api, served, monkeypatch):
    exam, rooms = api.exam("Échocardiographie"), api.scene.rooms
    api.says_why("neurologist", exam)
    (one,) = [found for found in api.images(exam) if found.frames > 2]
    path = f"/studies/{exam.uid}/series/{one.place.series}/instances/{one.uid}/frames/1,2,3"
    headers, whole = take(served, api.of("neurologist"), path)
    assert int(headers["Content-Length"]) == len(whole)
    assert len(contents(headers, whole)) == 3
    read, really = [], rooms.exams.store.read

    def ends(place, start, length):
        read.append(start)
        if len(read) == 2:
            with rooms.database.write() as tx:
                rooms.access.blocks.block(tx, exam.patient, RPPS["neurologist"])
        return really(place, start, length)

    rooms.streams.size = 0
    monkeypatch.setattr(rooms.exams.store, "read", ends)
    with pytest.raises(http.client.IncompleteRead) as caught:
        take(served, api.of("neurologist"), path)
    assert 0 < len(caught.value.partial) < len(whole)
    assert not rooms.streams._of


def test_a_right_that_ends_before_anything_is_sent_is_a_refusal(api, monkeypatch):
    exam, rooms = api.exam("Échocardiographie"), api.scene.rooms
    api.says_why("neurologist", exam)
    (one,) = [found for found in api.images(exam) if found.frames > 2]
    really = rooms.exams.store.read

    def ends(place, start, length):
        with rooms.database.write() as tx:
            rooms.access.blocks.block(tx, exam.patient, RPPS["neurologist"])
        return really(place, start, length)

    monkeypatch.setattr(rooms.exams.store, "read", ends)
    path = f"/studies/{exam.uid}/series/{one.place.series}/instances/{one.uid}/frames/1,2,3"
    answer = api.of("neurologist").get(path)
    assert (answer.status_code, answer.json["type"]) == (404, "urn:sceau:imaging:not_yours")


def test_frames_that_are_decoded_have_a_length_too(api):
    exam = api.exam("Échocardiographie")
    api.says_why("neurologist", exam)
    (one,) = [found for found in api.images(exam) if found.frames > 2]
    answer = api.of("neurologist").get(
        f"/studies/{exam.uid}/series/{one.place.series}/instances/{one.uid}/frames/1,3",
        Accept='multipart/related; type="application/octet-stream"',
    )
    assert answer.content_length == len(answer.get_data())
    assert [len(part) for part in contents(answer.headers, answer.get_data())] == [
        one.rows * one.columns * 3
    ] * 2


@pytest.mark.parametrize("blocks", [[b"abc"], [b"abc", b"de"], []])
def test_a_part_of_another_length_is_no_part(blocks):
    message = Message([Part("a/b", 4, lambda: iter(blocks))], "border")
    with pytest.raises(Changed):
        list(message.stream())


@pytest.mark.parametrize("sizes", [[], [0], [4, 0, 300]])
def test_a_message_is_as_long_as_it_says(sizes):
    parts = [Part("a/b; c=d", size, lambda size=size: iter([b"x" * size])) for size in sizes]
    message = Message(parts, "border")
    assert len(message) == len(b"".join(message.stream()))
