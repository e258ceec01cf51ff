# SPDX-License-Identifier: Apache-2.0
"""AG-003 to AG-005: whatever bytes reach the agent's door, only a statement of ours is signed."""

from contextlib import contextmanager
from io import BytesIO
from types import SimpleNamespace

from connectors.cps_card.agent.cards import CardState, Pin, Reader
from connectors.cps_card.agent.limits import Rate
from connectors.cps_card.agent.server import Door, Handler
from connectors.cps_card.agent.signing import Signer
from connectors.cps_card.statement import LOGIN_TAG, Statement, write_statement

ORIGIN = "https://sceau.example"
STATUSES = {100, 200, 204, 400, 403, 404, 408, 409, 411, 413, 414, 415, 429, 431, 501, 505}
STATEMENT = write_statement(
    Statement(ORIGIN, ORIGIN, "Sceau", "n" * 22, "j-1", 1_800_000_000, "login")
)


class Line:
    """A connection whose other end has sent all that it will."""

    def __init__(self, data):
        self._data, self.sent = data, b""

    def makefile(self, _mode, _size):
        return BytesIO(self._data)

    def sendall(self, data):
        self.sent += bytes(data)

    def getsockname(self):
        return ("127.0.0.1", 8006)

    def settimeout(self, _seconds):
        pass


class Everything:
    """A card that signs whatever it is handed, and a window where everybody agrees."""

    identity, label, pinpad, algorithm, certificate = "card", "card", False, "PS256", b"der"
    key = ""

    def __init__(self):
        self.said = []

    def tries(self):
        return 3

    def sign(self, _pin, said):
        self.said.append(said)
        return b"signature"

    def readers(self):
        return (Reader("reader", pinpad=False, card=CardState.PRESENT),)

    def card(self):
        return self

    def holds(self, _identity):
        return True

    @contextmanager
    def open(self):
        yield self

    def ask(self, question, _pointless):
        assert question.origin == ORIGIN
        return Pin("1234")

    def prepare(self):
        return self

    def begin(self, issuer, _card):
        assert issuer == ORIGIN


def request(path="/v1/sign", body=None, method="POST", **headers):
    body = body if body is not None else b'{"statement": %s}' % encoded(STATEMENT)
    usual = {
        "Host": "localhost:8006",
        "Origin": ORIGIN,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **headers,
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in usual.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def encoded(text):
    return b'"' + text.replace('"', '\\"').encode() + b'"'


def seeds() -> list[bytes]:
    return [
        request(),
        request("/v1/state", b"{}"),
        request(body=b"", method="OPTIONS"),
        request(**{"Transfer-Encoding": "chunked"}),
        request(Origin="null"),
        request(Host="evil.example"),
        b"GET /v1/sign\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]


def target(data: bytes) -> None:
    everything = Everything()
    origins = frozenset({ORIGIN})
    signer = Signer(origins, everything, everything, everything, Rate(100, lambda: 0.0))
    names = frozenset({"localhost:8006"})
    door = Door(origins, everything, signer, lambda _client, _here: True)
    line = Line(data)
    Handler(line, ("127.0.0.1", 50000), SimpleNamespace(door=door, names=names))
    check(line.sent, everything.said, data)


def check(sent, signed, data):
    for said in signed:
        assert said.startswith(LOGIN_TAG + b'{"algorithm":"PS256","at":')
        assert b'"origin":"https://sceau.example"' in said
    if not sent:
        return
    head, _, _ = sent.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    assert status in STATUSES, head
    opened = b"Access-Control-Allow-Origin: https://sceau.example" in head
    # Nobody is answered who did not say where they come from, and to whom they speak.
    assert opened or (status not in {200, 204} and not signed)
    if opened:
        assert b"https://sceau.example" in data
    assert head.count(b"Access-Control-Allow-Origin") <= 1
