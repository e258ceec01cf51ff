# SPDX-License-Identifier: Apache-2.0
"""An application that tells what reached it: its visitor's headers, and nothing of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    """Answers any request with what it was."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = {"method": self.command, "path": self.path, "received": len(body)}
        headers = [[name.lower(), value] for name, value in self.headers.items()]
        content = json.dumps(told | {"headers": headers}).encode()
        self.send_response(401 if self.path.startswith("/no") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = _answer  # noqa: N815 - http.server's own names

    def log_message(self, *_args: object) -> None:
        """Nothing: a test shows what it got."""


@contextmanager
def running_echo() -> Iterator[int]:
    """The application; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
