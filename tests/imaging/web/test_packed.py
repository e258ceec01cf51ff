# SPDX-License-Identifier: Apache-2.0
"""Large files of the shell go out packed, to whoever takes them so."""

import gzip

import pytest
from flask import Flask

from imaging_app.web.assets import Assets
from imaging_app.web.packed import add_packed_files

SCRIPT = b"export const one = 1;\n" * 100
# Nothing here unpacks brotli: Chromium does (tests/browser/portal).
PACKED = {"br": b"brotli's", "gzip": gzip.compress(SCRIPT)}


@pytest.fixture
def client(tmp_path):
    (tmp_path / "viewer").mkdir()
    (tmp_path / "viewer" / "main.js").write_bytes(SCRIPT)
    (tmp_path / "viewer" / "main.js.br").write_bytes(PACKED["br"])
    (tmp_path / "viewer" / "main.js.gz").write_bytes(PACKED["gzip"])
    (tmp_path / "small.css").write_bytes(b"a { color: red }")
    app = Flask(__name__, static_folder=str(tmp_path), static_url_path="/static")
    add_packed_files(app, Assets(tmp_path))
    return app.test_client()


def get(client, path, takes=None):
    headers = {} if takes is None else {"Accept-Encoding": takes}
    answer = client.get(path, headers=headers)
    answer.get_data()
    answer.close()
    return answer


@pytest.mark.parametrize(
    ("takes", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("deflate", None),
        (None, None),
    ],
)
def test_whoever_takes_it_packed_is_sent_it_packed(client, takes, coding):
    answer = get(client, "/static/viewer/main.js", takes)
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.data == PACKED.get(coding, SCRIPT)
    # A proxy that keeps one of them gives it to nobody who does not take it.
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_each_way_has_a_mark_of_its_own(client):
    found = [get(client, "/static/viewer/main.js", one) for one in ("br", "gzip", None)]
    assert len({one.headers["ETag"] for one in found}) == 3
    again = {"Accept-Encoding": "br", "If-None-Match": found[0].headers["ETag"]}
    answer = client.get("/static/viewer/main.js", headers=again)
    answer.close()
    assert (answer.status_code, answer.headers["Vary"]) == (304, "Accept-Encoding")


def test_what_is_not_packed_is_sent_as_it_is(client):
    answer = get(client, "/static/small.css", "br, gzip")
    assert (answer.status_code, answer.data) == (200, b"a { color: red }")
    assert not {"Vary", "Content-Encoding"} & {*answer.headers.keys()}
    for path in ("/static/nothing.js", "/static/viewer/../../etc/passwd"):
        assert get(client, path, "br").status_code == 404
