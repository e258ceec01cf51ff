# SPDX-License-Identifier: Apache-2.0
"""Zips made on their way: as long as they said, read by others, never whole in memory."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date

import pytest

from imaging_app.exams import zipping
from imaging_app.exams.zipping import Changed, Entry, Zip

DAY = date(2026, 11, 19)


def entry(name: str, content: bytes, block: int = 7) -> Entry:
    return Entry(
        name,
        len(content),
        lambda: (content[at : at + block] for at in range(0, len(content), block)),
    )


def made(*entries: Entry, day: date = DAY) -> bytes:
    whole = Zip(entries, day)
    found = b"".join(whole.stream())
    assert len(found) == len(whole)
    return found


def read(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {one.filename: archive.read(one) for one in archive.infolist()}


def test_what_goes_in_comes_out():
    files = {"IMAGES/00000001": b"x" * 100, "IMAGES/00000002": b"", "DICOMDIR": bytes(range(256))}
    content = made(*(entry(name, one) for name, one in files.items()))
    assert read(content) == files
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.infolist()[0].date_time[:3] == (2026, 11, 19)


def test_beyond_what_old_fields_hold(monkeypatch):
    """Places and counts that are too large, by making the fields small."""
    monkeypatch.setattr(zipping, "MANY", 3)
    many = [entry(f"F{number}", bytes([number])) for number in range(5)]
    content = made(*many)
    assert b"PK\x06\x06" in content
    monkeypatch.undo()
    assert len(made(*many)) < len(content)


def test_places_beyond_four_gigabytes_are_told_in_the_wide_fields():
    far = Entry("BIG", (1 << 32) - 10, lambda: iter([]))
    whole = Zip([far, entry("NEXT", b"abc")], DAY)
    tail = whole._tail([0, 0], far.size + 200)
    listed = tail[: tail.index(b"PK\x06\x06")]
    # The second begins beyond: its place stands in an extra field of eight bytes.
    assert listed.count(b"\x01\x00\x08\x00") == 1
    assert len(whole) == 30 + 3 + far.size + 30 + 4 + 3 + len(tail)


def test_sixty_six_thousand_files():
    content = made(*(entry(f"{number:08d}", b"") for number in range(66_000)))
    assert len(read(content)) == 66_000


def test_a_file_that_changed_ends_no_zip():
    for size in (3, 5):
        wrong = Entry("A", size, lambda: iter([b"abcd"]))
        with pytest.raises(Changed):
            list(Zip([wrong], DAY).stream())
    size = zipping.MOST_HELD + 4
    turns = iter([[bytes(size)], [bytes(size - 1)]])
    with pytest.raises(Changed):
        list(Zip([Entry("A", size, lambda: iter(next(turns)))], DAY).stream())


def test_a_small_file_is_read_once():
    """Each look may be one at a store far away."""
    looks = []

    def look() -> Iterator[bytes]:
        looks.append(1)
        return iter([b"abcd"])

    assert read(made(Entry("A", 4, look))) == {"A": b"abcd"}
    assert len(looks) == 1


def test_it_is_never_whole_in_memory():
    block = bytes(1 << 20)
    large = [Entry(f"{at}", len(block) * 64, lambda: iter([block] * 64)) for at in range(4)]
    # As what is read from a disk: each block anew.
    large += [Entry(f"s{at}", 1 << 20, lambda: iter([bytes(1 << 20)])) for at in range(64)]
    whole = Zip(large, DAY)
    tracemalloc.start()
    sent = sum(len(one) for one in whole.stream())
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent == len(whole) > 256 << 20
    assert most < 4 << 20
