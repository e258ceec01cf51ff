# SPDX-License-Identifier: Apache-2.0
"""Where a page of a list ended: a moment, and the id of what stood there. The next one goes on."""

import re
from typing import Final

PLACE: Final = re.compile(r"(\d{1,18})-([A-Za-z0-9_-]{1,43})", re.ASCII)


def place_after(at: int, name: str | int) -> str:
    """As the address of the next page holds it."""
    return f"{at}-{name}"


def read_place(text: str) -> tuple[int, str] | None:
    """The moment and the id; None for what is no place of ours (WB-009)."""
    match = PLACE.fullmatch(text)
    return (int(match[1]), match[2]) if match else None
