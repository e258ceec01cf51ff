# SPDX-License-Identifier: Apache-2.0
"""A PACS that answers by a refusal: of this one image, or of everything."""

import http.server
import threading

import pytest

from imaging_app.store.dicomweb import Dicomweb
from imaging_app.store.line import Address
from imaging_app.store.orthanc import Orthanc
from imaging_app.store.port import Away
from tests.imaging.store.test_contract import CONTENT, HERE


class Curt(http.server.BaseHTTPRequestHandler):
    """Answers one status to whatever is sent."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_told):
        pass


@pytest.mark.parametrize("kind", ["orthanc", "dicomweb"])
@pytest.mark.parametrize(
    ("status", "is_unwanted"),
    [
        *((status, True) for status in (400, 409, 413, 415, 422)),
        *((status, False) for status in (401, 403, 404, 429, 500, 507)),
    ],
)
def test_an_image_that_is_refused_by_itself_is_not_the_store_being_away(
    tmp_path, kind, status, is_unwanted
):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Curt)
    server.status = status
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    address = Address(f"http://127.0.0.1:{server.server_port}")
    far = Orthanc(address) if kind == "orthanc" else Dicomweb(address, tmp_path / "sent")
    (tmp_path / "file").write_bytes(CONTENT)
    try:
        if is_unwanted:
            assert far.put(tmp_path / "file", HERE) is False
        else:
            with pytest.raises(Away):
                far.put(tmp_path / "file", HERE)
    finally:
        far.close()
        server.shutdown()
        thread.join()
        server.server_close()
