# SPDX-License-Identifier: Apache-2.0
"""Twilio's API on loopback, in its real shape, that misbehaves on demand."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

ACCOUNT, TOKEN, SENDER = "AC" + "a" * 32, "auth token of the tests", "+33757000000"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@dataclass
class Script:
    """What the next calls get: a name each, "fine" when there are none left."""

    port: int = 0
    deeds: list[str] = field(default_factory=list)
    # Messages that it accepted, as they were asked for; whether or not it says so.
    accepted: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    # When each call came, by the performance counter, and the number that it was for.
    came: list[tuple[str, float]] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_deed(self) -> str:
        """What to do now."""
        with self.lock:
            return self.deeds.pop(0) if self.deeds else "fine"


def refusal(status: int, code: int) -> tuple[int, dict[str, Any]]:
    """An error as Twilio words it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": "refused", "more_info": more, "status": status}


REFUSALS = {
    "500": (500, {"message": "Internal Server Error", "status": 500, "code": 20500}),
    "503 in HTML": (503, None),
    "429": refusal(429, 20429),
    "unauthorised": refusal(401, 20003),
    "no such number": refusal(400, 21211),
    "no such country": refusal(400, 21408),
    "unsubscribed": refusal(400, 21610),
    "no mobile": refusal(400, 21614),
    "our sender is wrong": refusal(400, 21606),
}


def made(fields: dict[str, str], number: int) -> dict[str, Any]:
    """A message as Twilio answers it."""
    sid = f"SM{number:032x}"
    return {
        "sid": sid,
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": fields.get("Body"),
        "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
        "date_sent": None,
        "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": fields.get("From"),
        "messaging_service_sid": fields.get("MessagingServiceSid"),
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "status": "queued",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media.json"},
        "to": fields.get("To"),
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
    }


class Handler(BaseHTTPRequestHandler):
    """One call."""

    script: Script

    def do_POST(self) -> None:
        """POST …/Messages.json."""
        script = self.script
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        deed = script.next_deed()
        with script.lock:
            script.calls.append(deed)
            script.came.append((fields.get("To", ""), time.perf_counter()))
        pair = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if self.path != PATH or self.headers["Authorization"] != f"Basic {pair}":
            return self.answer(*refusal(401, 20003))
        if deed in REFUSALS:
            return self.answer(*REFUSALS[deed])
        if deed == "slow":
            script.released.wait(10)
        with script.lock:
            script.accepted.append(fields)
            number = len(script.accepted)
        if deed == "accepted, then cut":
            return None
        if deed == "accepted, then nonsense":
            return self.answer(201, None)
        return self.answer(201, made(fields, number))

    def answer(self, status: int, document: dict[str, Any] | None) -> None:
        """Send it; None is a page of some proxy in between."""
        body = b"<html>oh" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quietly."""


class Quiet(ThreadingHTTPServer):
    """A caller that leaves early is what some tests are about."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing to tell."""


@contextmanager
def twilio_double() -> Iterator[Script]:
    """Run one."""
    script = Script()
    handler = type("Scripted", (Handler,), {"script": script})
    server = Quiet(("127.0.0.1", 0), handler)
    script.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield script
    finally:
        script.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def wait_for(condition: Any, seconds: float = 30.0) -> None:
    """Until something is so; a test that waits in vain fails."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)
