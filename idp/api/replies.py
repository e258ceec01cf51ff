# SPDX-License-Identifier: Apache-2.0
"""Documents as bytes, and answers as they are kept for whoever asks again."""

import json
from dataclasses import dataclass

from pydantic import BaseModel

from idp.http.wire import Headers, Reply


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered before."""

    status: int
    headers: Headers
    body: bytes


def dump(document: BaseModel) -> bytes:
    """The document on the wire."""
    return document.model_dump_json(by_alias=True).encode()


def pack(reply: Reply) -> bytes:
    """An answer to be kept."""
    return json.dumps([reply.status, reply.headers, reply.body.decode("latin-1")]).encode()


def unpack(kept: bytes) -> Kept:
    """An answer that was kept."""
    status, headers, body = json.loads(kept)
    return Kept(status, [(name, value) for name, value in headers], body.encode("latin-1"))
