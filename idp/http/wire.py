# SPDX-License-Identifier: Apache-2.0
"""One request and one answer, as small as WSGI lets them be."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import IO, Any

from idp.origin import Origin

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
CHUNK = 1 << 16
# What is larger lies on the disk while it is read.
IN_MEMORY = 1 << 20


@dataclass(frozen=True, slots=True)
class Spooled:
    """A body that is too large for memory, and by what the same one is known again."""

    file: IO[bytes]
    digest: str


# The names are those that this program asks for.
@lru_cache(maxsize=256)
def _variable(name: str) -> str:
    """Where WSGI keeps a header."""
    return "HTTP_" + name.upper().replace("-", "_")


class Call:
    """One request: parsed lazily, each part once."""

    __slots__ = ("_cookies", "environ", "method", "origin", "path", "query")

    def __init__(self, environ: Environ, origin: Origin) -> None:
        self.environ = environ
        self.origin = origin
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO", "")
        self.query: str = environ.get("QUERY_STRING", "")
        self._cookies: dict[str, str] | None = None

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        value: str = self.environ.get(_variable(name), "")
        return value

    @property
    def content_type(self) -> str:
        """The media type of the body, without its parameters."""
        value: str = self.environ.get("CONTENT_TYPE") or ""
        return value.partition(";")[0].strip().lower()

    def body(self, limit: int) -> bytes | None:
        """The body, or None where it is larger than the limit."""
        stated = self.environ.get("CONTENT_LENGTH") or ""
        if stated and (not (stated.isascii() and stated.isdigit()) or int(stated) > limit):
            return None
        data: bytes = self.environ["wsgi.input"].read(int(stated) if stated else limit + 1)
        return data if len(data) <= limit else None

    def spooled(self, limit: int) -> Spooled | None:
        """The body as a file of its own, or None where it is larger than the limit."""
        stated = self.environ.get("CONTENT_LENGTH") or ""
        if stated and (not (stated.isascii() and stated.isdigit()) or int(stated) > limit):
            return None
        left = int(stated) if stated else limit + 1
        digest, size = hashlib.sha256(), 0
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever asked closes it
        while left and (chunk := self.environ["wsgi.input"].read(min(left, CHUNK))):
            left, size = left - len(chunk), size + len(chunk)
            digest.update(chunk)
            file.write(chunk)
        if size > limit:
            file.close()
            return None
        file.seek(0)
        return Spooled(file, digest.hexdigest())

    def cookie(self, name: str) -> str:
        """A cookie's value; one sent twice counts as none (SE-003)."""
        if self._cookies is None:
            self._cookies = parse_cookies(self.environ.get("HTTP_COOKIE", ""))
        return self._cookies.get(name, "")


def parse_cookies(header: str) -> dict[str, str]:
    """Names and values of a Cookie header; a repeated or nameless one is dropped."""
    cookies: dict[str, str] = {}
    repeated = set()
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if not equals or not name:
            continue
        if name in cookies:
            repeated.add(name)
        cookies[name] = value
    for name in repeated:
        del cookies[name]
    return cookies


@dataclass(slots=True)
class Reply:
    """An answer ready to be sent."""

    status: int
    headers: Headers
    body: bytes = b""
    # Instead of it, what is too large for memory; made while it is sent.
    pieces: Iterator[bytes] | None = None


@dataclass(slots=True)
class Page:
    """An answer to be rendered from a template."""

    template: str
    context: Mapping[str, Any]
    status: int = 200
    # Sites besides our own that a form of the page may lead to.
    form_targets: tuple[str, ...] = ()
    headers: Headers = field(default_factory=list)
    # Programs of the workstation that a script of the page may speak to.
    connect_targets: tuple[str, ...] = ()
    # Sites that the page holds in frames; and whether a page of ours may hold this one in its own.
    frames: tuple[str, ...] = ()
    is_framed: bool = False


Answer = Reply | Page
Endpoint = Callable[[Call], Answer]

# One encoder for all answers: json.dumps with options builds a new one each time.
encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# RFC 6749 §5.1: answers with tokens or secrets are never kept.
NO_STORE: Headers = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]
JSON: Headers = [("Content-Type", "application/json")]


def json_reply(document: Any, status: int = 200, headers: Headers = NO_STORE) -> Reply:
    """A JSON answer, not to be kept unless said otherwise."""
    body = encode_json(document).encode()
    return Reply(status, JSON + headers, body)


def see_other(url: str) -> Reply:
    """RFC 9700 §4.12: 303, so that a posted password is never posted again elsewhere."""
    return Reply(303, [("Location", url), *NO_STORE])


def not_allowed(*methods: str) -> Reply:
    """405, with what would be allowed."""
    return Reply(405, [("Allow", ", ".join(methods)), *NO_STORE])


STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
