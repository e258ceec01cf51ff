# SPDX-License-Identifier: Apache-2.0
"""A QR code as one path: it is drawn by the page itself, and nothing is fetched for it."""

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M

# Four modules of quiet around it (ISO/IEC 18004).
BORDER = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """How large it is, and what is dark in it."""

    size: int
    path: str


def path_of(text: str) -> Picture:
    """The picture of a text."""
    drawn = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=BORDER)
    drawn.add_data(text)
    drawn.make(fit=True)
    rows = drawn.get_matrix()
    dark = [
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    ]
    return Picture(len(rows), "".join(dark))
