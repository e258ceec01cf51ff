# SPDX-License-Identifier: Apache-2.0
"""Logos that administrators send: drawn anew, or refused (WB-020)."""

import io
import struct
import zlib

import pytest
from PIL import Image

from idp.applications.pictures import drawn_anew
from tests.administration.application_kit import HERE
from tests.administration.kit import Opened


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 300)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (20, 90, 80)).save(out, kind)
    return out.getvalue()


def bomb(wide: int, high: int) -> bytes:
    """The first bytes of a picture far larger than the file."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\x00" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


def drawn_over(times: int) -> bytes:
    """A JPEG picture of so many scans, each over the whole of it and most of them of no use."""
    out = io.BytesIO()
    Image.new("L", (64, 64), 128).save(out, "JPEG", progressive=True)
    content, scan = out.getvalue().removesuffix(b"\xff\xd9"), b"\xff\xda"
    last = content[content.rindex(scan) :]
    return content + last * (times - content.count(scan)) + b"\xff\xd9"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_wb_020_a_picture_is_drawn_anew(kind: str) -> None:
    drawn = drawn_anew(picture(kind) + b"<script>alert(1)</script>")
    assert not isinstance(drawn, str)
    assert (drawn.media_type, drawn.content[:4]) == ("image/png", b"\x89PNG")
    assert b"script" not in drawn.content
    with Image.open(io.BytesIO(drawn.content)) as opened:
        assert max(opened.size) <= 256
        assert not opened.info


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "missing"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "drawing"),
        (b"\n <?xml version='1.0'?><svg/>", "drawing"),
        (bomb(50_000, 50_000), "too-many-pixels"),
        (bomb(5000, 10), "too-many-pixels"),
        (bomb(100, 100), "unreadable"),
        (b"\x89PNG\r\n\x1a\n rubbish", "unreadable"),
        (b"BM" + b"\x00" * 60, "unreadable"),
        (b"x" * 70_000, "too-large"),
    ],
    ids=["none", "svg", "xml", "bomb", "long", "torn", "png", "bmp", "large"],
)
def test_wb_020_what_is_no_picture_of_ours_is_refused(content: bytes, why: str) -> None:
    assert drawn_anew(content) == why


def test_wb_020_a_picture_is_not_drawn_over_and_over() -> None:
    """Thousands of scans fit into a small file, and take minutes."""
    assert not isinstance(drawn_anew(drawn_over(64)), str)
    assert drawn_anew(drawn_over(65)) == "unreadable"


def test_a_logo_is_sent_and_served(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get(f"{HERE}/dcc")
    action, fields = browser.form("/logo")
    browser.post(action, fields | {"logo": (io.BytesIO(b"<svg></svg>"), "a.png")})
    assert browser.page.select_one("#logo-error")
    browser.get(f"{HERE}/dcc")
    browser.post(action, fields | {"logo": (io.BytesIO(picture("JPEG")), "../../a.exe")})
    source = browser.page.select_one("#picture img")["src"]
    served = sqlite_office.world.browser().get(source)
    assert served.headers["Content-Type"] == "image/png"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    browser.post(action, fields | {"act": "remove"})
    assert not browser.page.select("#picture img")
