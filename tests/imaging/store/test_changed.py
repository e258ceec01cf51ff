# SPDX-License-Identifier: Apache-2.0
"""What another hand has changed in a PACS: it is seen, and not given."""

import hashlib
import http.server
import json
import threading
from contextlib import closing

import pytest

from imaging_app.store import behind
from imaging_app.store.behind import Behind
from imaging_app.store.dicomweb import Dicomweb
from imaging_app.store.line import Address
from imaging_app.store.orthanc import Orthanc
from imaging_app.store.port import Away
from tests.imaging.dicom_files import image, written
from tests.imaging.store.test_contract import CONTENT, HERE, kept


def change(pacs):
    (name,) = pacs.call("GET", "/instances")
    pacs.call("DELETE", f"/instances/{name}")
    pacs.call("POST", "/instances", written(image(PixelData=bytes(96))))


@pytest.mark.parametrize("room", [400, behind.ROOM])
def test_what_was_changed_there_is_given_neither_in_pieces_nor_as_a_whole(
    pacs, tmp_path, monkeypatch, room
):
    monkeypatch.setattr("imaging_app.store.line.BLOCK", 64)
    for far in (Orthanc(pacs.address), Dicomweb(pacs.web, tmp_path / "sent")):
        pacs.clean()
        with closing(Behind(tmp_path / "store", far, room=room)) as store:
            kept(store)
            store.move()
            assert b"".join(store.stream(HERE)) == CONTENT
            change(pacs)
            assert store.read(HERE, 300, 17) is None
            given = []
            with pytest.raises(Away):
                given.extend(store.stream(HERE))
            assert 0 < len(b"".join(given)) < len(CONTENT)


class Newer(http.server.BaseHTTPRequestHandler):
    """As an Orthanc that gives pieces."""

    def answer(self, status, told=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def do_POST(self):
        body = self.body()
        name = "-".join(["0123abcd"] * 5)
        if self.path == "/tools/lookup":
            self.answer(200, json.dumps([{"Type": "Instance", "ID": name}]).encode())
        else:
            self.server.content = body
            self.answer(200, json.dumps({"Status": "Success", "ID": name}).encode())

    def do_PUT(self):
        self.server.note = self.body()
        self.answer(200)

    def do_GET(self):
        asked, content = self.headers.get("Range"), self.server.content
        if self.path.endswith("/metadata/1026"):
            self.answer(200, self.server.note)
        elif self.path.endswith("/md5"):
            md5 = hashlib.md5(content, usedforsecurity=False).hexdigest().encode()
            self.answer(*((200, md5) if self.server.sums else (404,)))
        elif asked:
            start, _, end = asked.removeprefix("bytes=").partition("-")
            self.server.pieces += 1
            self.answer(206, content[int(start) : int(end) + 1])
        else:
            self.answer(200, content)

    def log_message(self, *_told):
        pass


@pytest.fixture
def newer():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Newer)
    server.pieces, server.sums = 0, True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_piece_is_believed_while_it_is_what_was_brought(newer, tmp_path):
    address = Address(f"http://127.0.0.1:{newer.server_port}")
    with closing(Behind(tmp_path / "store", Orthanc(address))) as store:
        kept(store)
        assert store.move() == 1
        assert store.read(HERE, 300, 17) == CONTENT[300:317]
        assert newer.pieces == 1
        # By another hand, under the same name and note.
        newer.content = bytes(len(CONTENT))
        assert store.read(HERE, 300, 17) is None
        assert newer.pieces == 1


def test_one_that_makes_no_digests_is_asked_for_the_whole(newer, tmp_path):
    newer.sums = False
    address = Address(f"http://127.0.0.1:{newer.server_port}")
    with closing(Behind(tmp_path / "store", Orthanc(address))) as store:
        kept(store)
        store.move()
        assert store.read(HERE, 300, 17) == CONTENT[300:317]
        assert newer.pieces == 0
