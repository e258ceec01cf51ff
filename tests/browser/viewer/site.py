# SPDX-License-Identifier: Apache-2.0
"""A small server of one exam: the viewer's page, its files and frames, under a strict policy."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.browser.viewer.exams import STUDY, Series

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "imaging_app" / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# The worker alone compiles the programs that unpack compressed pictures.
WORKER = "script-src 'self' 'wasm-unsafe-eval'"
PATIENCE = 60
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".json": "application/json",
}
DOT = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x80\x80\x80\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00"
    b"\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@dataclass
class Site:
    """What is served, and with which status pictures and lists are refused."""

    series: list[Series]
    url: str = ""
    refuses: int = 0
    # Of addresses that hold such a word: with which status, or when they are answered.
    broken: dict[str, int] = field(default_factory=dict)
    gates: dict[str, threading.Event] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        self.asked.append(path)
        if path == "/":
            return 200, "text/html; charset=utf-8", self._page().encode()
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            return (200, TYPES[file.suffix], file.read_bytes()) if file.is_file() else NOTHING
        if path == "/picture":
            return 200, "image/gif", DOT
        if self.refuses:
            return self.refuses, "text/plain", b""
        if status := self._hindered(path):
            return status, "text/plain", b""
        if path == "/alive":
            return 204, "text/plain", b""
        if path == "/exam":
            return 200, "application/json", json.dumps(self._exam()).encode()
        return self._of_series(path)

    def _hindered(self, path: str) -> int:
        for word, gate in self.gates.items():
            if word in path:
                gate.wait(PATIENCE)
        return next((status for word, status in self.broken.items() if word in path), 0)

    def _of_series(self, path: str) -> tuple[int, str, bytes]:
        parts = path.strip("/").split("/")
        found = next((one for one in self.series if one.uid == parts[1:2][0]), None)
        if found is None or parts[0] != "series":
            return NOTHING
        if parts[2] == "metadata":
            body = json.dumps([image for image, _frame in found.images])
            return 200, "application/dicom+json", body.encode()
        images = found.images
        image, raw = next(one for one in images if one[0]["00080018"]["Value"] == [parts[3]])
        # Of an image of many frames, the one that is asked for.
        [count] = image.get("00280008", {"Value": [1]})["Value"]
        size, number = len(raw) // count, int(parts[5])
        frame = raw[size * (number - 1) : size * number]
        head = b"Content-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
        body = b"--cut\r\n" + head + b"\r\n\r\n" + frame + b"\r\n--cut--\r\n"
        kind = 'multipart/related; type="application/octet-stream"; boundary=cut'
        return 200, kind, body

    def _exam(self) -> dict[str, Any]:
        return {
            "study": STUDY,
            "series": [
                {
                    "uid": one.uid,
                    "number": at + 1,
                    "description": one.description,
                    "modality": one.modality,
                    "look": len(one.images) // 2,
                    "metadata": f"/series/{one.uid}/metadata",
                    "images": f"/series/{one.uid}/instances",
                }
                for at, one in enumerate(self.series)
            ],
        }

    def _page(self) -> str:
        pages = Environment(
            loader=FileSystemLoader(ROOT / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
        )
        pages.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
        built = json.loads((STATIC / "viewer" / "manifest.json").read_text("utf-8"))
        return pages.get_template("imaging_app/viewer.html").render(
            language="en",
            exam={"title": "Scanner", "day": "12 mars 2026", "place": "CHU", "modality": "CT"},
            patient={"name": "DURAND Agnès", "born": "03/02/1961", "sex": "F"},
            series=[
                {
                    "uid": one.uid,
                    "number": at + 1,
                    "description": one.description,
                    "modality": one.modality,
                    "count": len(one.images),
                    "picture": "/picture",
                }
                for at, one in enumerate(self.series)
            ],
            addresses={
                "exam": "/exam",
                "alive": "/alive",
                "first": "/picture",
                "back": "/",
                "style": "/static/viewer.css",
                "script": f"/static/viewer/{built['src/main.js']['file']}",
            },
        )


NOTHING = (404, "text/plain", b"")


@contextmanager
def serving(*series: Series) -> Iterator[Site]:
    """The site, on a port of its own."""
    site = Site(list(series))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            status, kind, body = site.answer(path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            decodes = "decodeImageFrameWorker" in path
            self.send_header("Content-Security-Policy", WORKER if decodes else POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)
            site.answered.append(path)

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
