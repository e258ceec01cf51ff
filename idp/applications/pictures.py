# SPDX-License-Identifier: Apache-2.0
"""Pictures that somebody sends: looked at, drawn anew, and nothing of the file is kept (WB-020).

What comes out is a small PNG of ours: no program in it, no note of where it was taken, no second
file behind the first.
"""

from io import BytesIO
from typing import Final

from PIL import Image, UnidentifiedImageError

from idp.applications.logos import LARGEST, Logo

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
# What is stated in the first bytes is compared before a single pixel is made.
MOST_PIXELS: Final = 4_000_000
LONGEST_SIDE: Final = 4096
SIDE: Final = 256
JPEG: Final = b"\xff\xd8"
# Each goes over the whole picture: a small file can hold so many that they take minutes.
SCAN: Final = b"\xff\xda"
MOST_SCANS: Final = 64


def drawn_anew(content: bytes, largest: int = LARGEST) -> Logo | str:
    """The picture as it will be served, or a word for why it isn't taken."""
    if not content:
        return "missing"
    if len(content) > largest:
        return "too-large"
    if content.lstrip()[:5].lower() in {b"<svg ", b"<?xml"}:
        return "drawing"
    if content.startswith(JPEG) and content.count(SCAN) > MOST_SCANS:
        return "unreadable"
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            wide, high = opened.size
            if max(wide, high) > LONGEST_SIDE or wide * high > MOST_PIXELS:
                return "too-many-pixels"
            picture = opened.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return "too-many-pixels"
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        return "unreadable"
    picture.thumbnail((SIDE, SIDE))
    # Made of its pixels alone: whatever else the file carried stays behind.
    clean = Image.frombytes("RGBA", picture.size, picture.tobytes())
    out = BytesIO()
    clean.save(out, "PNG", optimize=True)
    return Logo("image/png", out.getvalue()) if out.tell() <= LARGEST else "too-large"
