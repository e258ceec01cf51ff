# SPDX-License-Identifier: Apache-2.0
"""Bodies that are too large for memory."""

import hashlib
import io
from typing import Any

import pytest

from idp.http.wire import IN_MEMORY, Call
from idp.origin import Origin


def call(body: bytes, **more: str) -> Call:
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(body), **more}
    return Call(environ, Origin("", "", ""))


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY + 1], ids=["empty", "one", "on-the-disk"])
def test_a_body_is_a_file_that_is_known_again(size: int) -> None:
    body = b"x" * size
    spooled = call(body).spooled(IN_MEMORY * 2)
    assert spooled is not None
    with spooled.file as file:
        assert (file.read(), spooled.digest) == (body, hashlib.sha256(body).hexdigest())


def test_no_more_is_read_than_was_stated() -> None:
    spooled = call(b"abcdef", CONTENT_LENGTH="3").spooled(6)
    assert spooled is not None
    with spooled.file as file:
        assert file.read() == b"abc"


@pytest.mark.parametrize("stated", ["", "7", "-1", "1_0"], ids=["none", "7", "minus", "odd"])
def test_wb_019_what_is_too_large_is_not_taken(stated: str) -> None:
    assert call(b"abcdefg", CONTENT_LENGTH=stated).spooled(6) is None
