# SPDX-License-Identifier: Apache-2.0
"""A PACS behind the folders: what goes there, what stays here, and what while it is away."""

import hashlib
import http.server
import shutil
import threading

import pytest

from imaging_app.settings import Elsewhere, Settings
from imaging_app.store import behind
from imaging_app.store.behind import Behind
from imaging_app.store.dicomweb import Dicomweb, only_part
from imaging_app.store.embedded import Folders
from imaging_app.store.line import Address
from imaging_app.store.opening import Mover, open_store, start_mover
from imaging_app.store.orthanc import Orthanc
from imaging_app.store.port import Away, Place
from tests.imaging.dicom_files import SERIES, STUDY, image, written
from tests.imaging.store.test_contract import CONTENT, HERE, kept
from tests.ports import free_port


@pytest.fixture(params=["orthanc", "dicomweb"])
def store(request, pacs, tmp_path):
    root = tmp_path / "store"
    native = request.param == "orthanc"
    yield (
        opened := Behind(
            root, Orthanc(pacs.address) if native else Dicomweb(pacs.web, root / "sent")
        )
    )
    opened.close()


def lying_here(tmp_path):
    return [path for path in (tmp_path / "store" / "images").rglob("*") if path.is_file()]


def place_of(content, uid=HERE.image):
    return Place(STUDY, SERIES, uid, hashlib.sha256(content).hexdigest())


def test_what_is_kept_waits_here_and_then_lies_there(store, pacs, tmp_path):
    kept(store)
    assert pacs.call("GET", "/instances") == []
    assert store.move() == 1
    assert lying_here(tmp_path) == []
    (name,) = pacs.call("GET", "/instances")
    assert pacs.call("GET", f"/instances/{name}/file") == CONTENT
    assert store.move() == 0
    assert store.read(HERE, 300, 17) == CONTENT[300:317]
    assert list(store.places()) == [HERE]
    with store.local(HERE) as path:
        assert path.read_bytes() == CONTENT
    assert not path.exists()


def test_a_name_it_has_already_stays_here_with_its_own_bytes(store, pacs, tmp_path):
    other = written(image(PixelData=bytes(96)))
    pacs.call("POST", "/instances", other)
    kept(store)
    assert store.move() == store.move() == 0
    assert len(lying_here(tmp_path)) == 1
    assert b"".join(store.stream(HERE)) == CONTENT
    (name,) = pacs.call("GET", "/instances")
    assert pacs.call("GET", f"/instances/{name}/file") == other


def test_what_lies_there_is_not_sent_over(pacs, tmp_path, monkeypatch):
    """Others' bytes under the same names: a PACS may keep what comes last."""
    far = Dicomweb(pacs.web, tmp_path / "store" / "sent")
    store, sent = Behind(tmp_path / "store", far), []
    pacs.call("POST", "/instances", written(image(PixelData=bytes(96))))
    monkeypatch.setattr(far, "_store", lambda *told: sent.append(told))
    kept(store)
    assert store.move() == 0
    assert sent == []


@pytest.mark.parametrize("changes", [
    {"PatientID": "V-1"},
    {"StudyInstanceUID": "1.2.77"},
    {"StudyInstanceUID": "1.2.77", "SeriesInstanceUID": "1.2.78"},
])  # fmt: skip
def test_an_image_of_two_establishments_is_never_sent_over_the_others(
    store, pacs, tmp_path, changes
):
    """An Orthanc keeps two of one name apart by patient and study; of others who knows."""
    kept(store)
    assert store.move() == 1
    content = written(image(**changes))
    study = changes.get("StudyInstanceUID", STUDY)
    series = changes.get("SeriesInstanceUID", SERIES)
    theirs = Place(study, series, HERE.image, hashlib.sha256(content).hexdigest())
    kept(store, theirs, content)
    is_apart = isinstance(store._far, Orthanc)
    assert store.move() == int(is_apart)
    assert len(pacs.call("GET", "/instances")) == 1 + int(is_apart)
    assert len(lying_here(tmp_path)) == int(not is_apart)
    for place, each in ((HERE, CONTENT), (theirs, content)):
        assert b"".join(store.stream(place)) == each
        assert store.read(place, 0, len(each)) == each
    assert store.drop(HERE)
    assert b"".join(store.stream(theirs)) == content
    assert list(store.places()) == [theirs]


def test_a_list_of_before_there_were_names_holds_them_all(pacs, tmp_path):
    far = Dicomweb(pacs.web, tmp_path / "store" / "sent")
    store = Behind(tmp_path / "store", far)
    kept(store)
    store.move()
    shutil.rmtree(tmp_path / "store" / "sent-names")
    content = written(image(StudyInstanceUID="1.2.77"))
    theirs = Place("1.2.77", SERIES, HERE.image, hashlib.sha256(content).hexdigest())
    kept(store, theirs, content)
    assert store.move() == 0
    assert len(pacs.call("GET", "/instances")) == 1
    # Once the first is taken off our list, its name is anybody's.
    assert store.drop(HERE)
    assert not list((tmp_path / "store" / "sent-names").rglob(HERE.image))
    assert b"".join(store.stream(theirs)) == content


def test_what_is_no_image_of_its_kind_stays_here(store, tmp_path):
    place = place_of(b"no DICOM")
    kept(store, place, b"no DICOM")
    assert store.move() == 0
    assert len(lying_here(tmp_path)) == 1
    assert store.read(place, 0, 2) == b"no"


def test_what_was_changed_there_is_seen(store, pacs):
    """Whoever rewrites an image there: its digest is another, and no piece of it is given."""
    kept(store)
    store.move()
    (name,) = pacs.call("GET", "/instances")
    pacs.call("DELETE", f"/instances/{name}")
    pacs.call("POST", "/instances", written(image(PixelData=bytes(96))))
    assert store.digest(HERE) != HERE.digest
    assert store.read(HERE, 0, 4) is None
    with store.local(HERE) as path:
        assert path is None


def test_what_others_have_there_is_none_of_ours(pacs, tmp_path):
    store = Behind(tmp_path / "store", Orthanc(pacs.address))
    pacs.call("POST", "/instances", CONTENT)
    assert list(store.places()) == []


def test_dropped_while_it_was_on_its_way(pacs, tmp_path):
    far = Orthanc(pacs.address)
    store = Behind(tmp_path / "store", far)
    kept(store)
    put = far.put

    def dropped(path, place):
        found = put(path, place)
        store.drop(place)
        put(tmp_path / "again", place)
        return found

    (tmp_path / "again").write_bytes(CONTENT)
    far.put = dropped
    assert store.move() == 0
    assert pacs.call("GET", "/instances") == []
    assert list(store.places()) == []


def test_one_process_moves_at_a_time(pacs, tmp_path):
    one, other = (Behind(tmp_path / "store", Orthanc(pacs.address)) for _number in range(2))
    kept(one)
    with behind._turn(tmp_path / "store" / "moves.lock"):
        assert other.move() == 0
    assert other.move() == 1


def test_large_ones_are_cut_out_of_a_copy_that_is_fetched_once(pacs, tmp_path, monkeypatch):
    store = Behind(tmp_path / "store", Orthanc(pacs.address), room=400)
    places = []
    for number in range(behind.MOST_FETCHED + 2):
        content = written(image(SOPInstanceUID=f"1.2.{number}"))
        places.append(kept(store, place_of(content, f"1.2.{number}"), content))
    store.move()
    asked, stream = [], store._far.stream
    monkeypatch.setattr(store._far, "stream", lambda place: asked.append(place) or stream(place))
    for place in places:
        assert store.read(place, 128, 4) == store.read(place, 128, 4) == b"DICM"
    assert asked == places
    assert len(store._fetched) == behind.MOST_FETCHED
    assert not [
        one for one in (tmp_path / "store").rglob("*") if one.is_file() and one.stat().st_size
    ]


def test_large_ones_are_cut_all_the_same(pacs, tmp_path):
    store = Behind(tmp_path / "store", Orthanc(pacs.address), room=400)
    kept(store)
    store.move()
    assert store.read(HERE, 300, 17) == CONTENT[300:317]
    assert store.read(HERE, len(CONTENT) - 3, 4) is None
    assert store._size == 0


def test_the_memory_of_whole_files_is_bounded(pacs, tmp_path):
    store = Behind(tmp_path / "store", Orthanc(pacs.address), room=4 * len(CONTENT) + 100)
    for number in range(8):
        content = written(image(SOPInstanceUID=f"1.2.{number}"))
        kept(store, place_of(content, f"1.2.{number}"), content)
    store.move()
    for place in list(store.places()):
        assert store.read(place, 0, 4) is not None
    assert 0 < store._size <= 4 * len(CONTENT) + 100


class Slow(http.server.BaseHTTPRequestHandler):
    """Takes a request, and never ends its answer."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x")
        self.wfile.flush()
        self.server.free.wait(60)

    do_POST = do_PUT = do_GET  # noqa: N815 - names of the library

    def log_message(self, *_told):
        pass


@pytest.fixture(params=["down", "slow", "forbidden"])
def far(request, tmp_path):
    if request.param == "down":
        yield Orthanc(Address(f"http://127.0.0.1:{free_port()}"))
    elif request.param == "forbidden":
        pacs = request.getfixturevalue("pacs")
        yield Orthanc(Address(pacs.url, "portal", "wrong"))
    else:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
        server.free = threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Orthanc(Address(f"http://127.0.0.1:{server.server_port}", patience=0.2))
        server.free.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_while_it_is_away_images_are_taken_and_nothing_is_lost(far, tmp_path):
    store = Behind(tmp_path / "store", far)
    kept(store)
    assert store.read(HERE, 0, 4) == CONTENT[:4]
    for number in range(3):
        content = written(image(SOPInstanceUID=f"1.2.{number}"))
        kept(store, place_of(content, f"1.2.{number}"), content)
    with pytest.raises(Away):
        store.move()
    assert len(lying_here(tmp_path)) == 4


class Picky:
    """Takes images, but some of them never, and says no to nothing."""

    def __init__(self, disliked):
        self.disliked, self.taken = disliked, set()

    def put(self, _path, place):
        if place.image in self.disliked:
            raise Away("HTTP 500")
        self.taken.add(place)
        return True

    def has(self, place):
        return place in self.taken

    def drop(self, place):
        raise AssertionError(place)


def test_images_that_it_dislikes_keep_no_other_from_going(tmp_path):
    names = [f"1.2.{number}" for number in range(12)]
    store = Behind(tmp_path / "store", Picky(set(names[:7])))
    for name in names:
        content = written(image(SOPInstanceUID=name))
        kept(store, place_of(content, name), content)
    for _turn in range(6):
        with pytest.raises(Away):
            store.move()
    assert {one.image for one in store._far.taken} == set(names[7:])
    assert store.waiting() == 7


def test_what_is_taken_back_at_once_is_asked_of_nobody(tmp_path):
    """Within a transaction: a store that is away keeps nobody else waiting, and no fault hidden."""
    store = Behind(tmp_path / "store", Picky(set()))
    kept(store)
    store.take_back(HERE)
    assert lying_here(tmp_path) == []


def test_what_was_moved_meanwhile_is_taken_back_there(store, pacs, tmp_path):
    kept(store)
    store.move()
    store.take_back(HERE)
    assert lying_here(tmp_path) == []
    assert list(store.places()) == []


def test_while_it_is_away_taking_back_hides_no_other_fault(far, tmp_path):
    store = Behind(tmp_path / "store", far)
    store.take_back(HERE)
    kept(store)
    store.take_back(HERE)
    assert lying_here(tmp_path) == []


def test_what_lies_there_is_away_and_not_gone(far, tmp_path):
    store = Behind(tmp_path / "store", far)
    for ask in (
        lambda: store.read(HERE, 0, 4),
        lambda: store.stream(HERE),
        lambda: store.digest(HERE),
        lambda: list(store.places()),
        lambda: store.drop(HERE),
        lambda: store.local(HERE).__enter__(),
    ):
        with pytest.raises(Away):
            ask()


def test_the_settings_name_it(pacs, tmp_path):
    (tmp_path / "password").write_text(pacs.address.password)
    told = Elsewhere(
        kind="orthanc", url=pacs.url, user="portal", password_file=tmp_path / "password"
    )
    store = open_store(Settings(data=tmp_path, elsewhere=told))
    kept(store)
    mover = Mover(store, every=0.01)
    mover.start()
    while lying_here(tmp_path):
        mover.join(0.01)
    mover.end()
    mover.join()
    assert len(pacs.call("GET", "/instances")) == 1
    assert isinstance(open_store(Settings(data=tmp_path)), Folders)
    assert start_mover(open_store(Settings(data=tmp_path))) is None


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_message_of_one_part_is_read_however_it_comes(size):
    content = b"\r\n--bord\r\n" * 3
    whole = b"before\r\n--border\r\nA: b\r\n\r\n" + content + b"\r\n--border--\r\n"
    pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert b"".join(only_part(iter(pieces), "border")) == content
    with pytest.raises(Away):
        list(only_part(iter(pieces[: len(pieces) // 2]), "border"))
