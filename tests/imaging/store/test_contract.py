# SPDX-License-Identifier: Apache-2.0
"""What every store keeps of its word."""

import hashlib
import threading

import pytest

from imaging_app.store.dicomweb import Dicomweb
from imaging_app.store.embedded import Folders
from imaging_app.store.orthanc import Orthanc
from imaging_app.store.port import Parcel, Place, Trouble, WrongPlace
from tests.imaging.dicom_files import SERIES, STUDY, image, written
from tests.imaging.pacs import Moved

CONTENT = written(image())
DIGEST = hashlib.sha256(CONTENT).hexdigest()
HERE = Place(STUDY, SERIES, "1.2.3.4.1.1.1", DIGEST)


@pytest.fixture(params=["folders", "orthanc", "dicomweb"])
def store(request, tmp_path):
    if request.param == "folders":
        yield Folders(tmp_path / "store")
        return
    pacs = request.getfixturevalue("pacs")
    far = (
        Orthanc(pacs.address)
        if request.param == "orthanc"
        else Dicomweb(pacs.web, tmp_path / "store" / "sent")
    )
    yield (opened := Moved(tmp_path / "store", far))
    opened.close()


def received(store, content: bytes = CONTENT) -> Parcel:
    found = store.receive([content[:100], b"", content[100:]], 1 << 20)
    assert isinstance(found, Parcel)
    return found


def kept(store, place: Place = HERE, content: bytes = CONTENT) -> Place:
    assert store.keep(received(store, content), place) is None
    return place


def test_what_arrives_is_measured(store):
    parcel = received(store)
    assert (parcel.size, parcel.digest) == (len(CONTENT), DIGEST)
    assert parcel.path.read_bytes() == CONTENT
    assert list(store.places()) == []


def test_what_is_kept_is_given_back(store):
    kept(store)
    assert store.read(HERE, 0, len(CONTENT)) == CONTENT
    assert store.read(HERE, 300, 17) == CONTENT[300:317]
    assert b"".join(store.stream(HERE)) == CONTENT
    assert store.digest(HERE) == DIGEST
    assert list(store.places()) == [HERE]
    with store.local(HERE) as path:
        assert path.read_bytes() == CONTENT


def test_a_piece_that_is_not_whole_is_none(store):
    kept(store)
    assert store.read(HERE, len(CONTENT) - 3, 4) is None
    assert store.read(HERE, len(CONTENT) + 3, 4) is None


def test_what_is_not_there(store):
    assert store.read(HERE, 0, 1) is None
    assert store.stream(HERE) is None
    assert store.digest(HERE) is None
    assert not store.drop(HERE)
    with store.local(HERE) as path:
        assert path is None


def test_twice_is_once(store):
    kept(store)
    kept(store)
    assert list(store.places()) == [HERE]
    assert store.read(HERE, 0, 4) == CONTENT[:4]


def test_other_bytes_lie_elsewhere(store):
    """Two who send the same image at once, with other bytes, never mix them."""
    other = written(image(PixelData=bytes(96)))
    place = Place(HERE.study, HERE.series, HERE.image, hashlib.sha256(other).hexdigest())
    kept(store)
    kept(store, place, other)
    assert store.read(HERE, 0, 4) == CONTENT[:4]
    assert store.read(place, 0, len(other)) == other
    assert set(store.places()) == {HERE, place}


def test_bytes_of_another_digest_are_not_kept(store):
    parcel = received(store, b"other")
    with pytest.raises(WrongPlace):
        store.keep(parcel, HERE)
    assert list(store.places()) == []


def test_dropped(store):
    kept(store)
    assert store.drop(HERE)
    assert not store.drop(HERE)
    assert list(store.places()) == []


@pytest.mark.parametrize("content", [b"", b"x" * 101])
def test_nothing_and_too_much_leave_nothing(store, tmp_path, content):
    found = store.receive([content[:50], content[50:]], 100)
    assert found == (Trouble.TOO_LARGE if content else Trouble.EMPTY)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_sender_who_leaves_half_way_leaves_nothing(store, tmp_path):
    def half():
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.receive(half(), 100)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_parcel_may_be_forgotten_twice(store):
    parcel = received(store)
    store.discard(parcel)
    store.discard(parcel)
    assert not parcel.path.exists()


def test_what_is_set_aside_is_found_by_its_digest_alone(store):
    assert store.set_aside(received(store)) is None
    assert store.aside(DIGEST).read_bytes() == CONTENT
    assert list(store.places()) == []
    assert store.aside("../" + DIGEST) is None
    assert store.aside("") is None
    assert store.drop_aside(DIGEST)
    assert not store.drop_aside(DIGEST)
    assert store.aside(DIGEST) is None


@pytest.mark.parametrize(
    "names",
    [("..", "1.2", "1.2"), ("1.2", "1.2/..", "1.2"), ("1.2", "1.2", ""), ("1.2", "1.2", "1.02")],
)
def test_a_name_that_is_no_uid_is_no_place(names):
    with pytest.raises(WrongPlace):
        Place(*names, DIGEST)


@pytest.mark.parametrize("digest", ["", "x" * 64, DIGEST.upper(), DIGEST + "\n", "../" + DIGEST])
def test_a_digest_that_is_none_is_no_place(digest):
    with pytest.raises(WrongPlace):
        Place("1.2", "1.2", "1.2", digest)


def test_many_at_once(store):
    contents = [
        written(image(SeriesInstanceUID=f"1.2.{n % 2}", SOPInstanceUID=f"1.2.3.{n}"))
        for n in range(24)
    ]
    places = [
        Place(STUDY, f"1.2.{n % 2}", f"1.2.3.{n}", hashlib.sha256(contents[n]).hexdigest())
        for n in range(24)
    ]

    def go(number):
        kept(store, places[number], contents[number])
        store.drop(places[number])
        kept(store, places[number], contents[number])

    threads = [threading.Thread(target=go, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(store.places()) == set(places)
    assert [store.digest(one) for one in places] == [one.digest for one in places]
