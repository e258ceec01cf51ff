# SPDX-License-Identifier: Apache-2.0
"""How letters look: typefaces, sizes, the box with the identifier and the password."""

import unicodedata
from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

FONTS: Final = {
    "plain": "DejaVuSans",
    "bold": "DejaVuSans-Bold",
    # Each letter is unlike every other: 0 has a stroke, 1 and l differ.
    "code": "DejaVuSansMono-Bold",
}
INK: Final[Color] = HexColor("#1a1a1a")
GREY: Final[Color] = HexColor("#5a5a5a")
PALE: Final[Color] = HexColor("#f2f4f7")
ACCENT: Final[Color] = HexColor("#1d3f72")
# Beyond so many characters an identifier would be parted.
LONG: Final = 26


def _style(name: str, size: float, font: str = "plain", **more: Any) -> ParagraphStyle:
    given = {"leading": size * 1.36, "textColor": INK, "splitLongWords": 1} | more
    return ParagraphStyle(name, fontName=FONTS[font], fontSize=size, **given)


STYLES: Final = {
    "sender": _style("sender", 11, "bold", textColor=ACCENT),
    "small": _style("small", 8.5, textColor=GREY),
    "address": _style("address", 11),
    "subject": _style("subject", 13, "bold", textColor=ACCENT, spaceAfter=3 * mm),
    "text": _style("text", 9.5, spaceAfter=2 * mm),
    "heading": _style(
        "heading", 10.5, "bold", textColor=ACCENT, spaceBefore=1.5 * mm, spaceAfter=1.2 * mm
    ),
    "step": _style(
        "step", 9.5, leftIndent=7 * mm, spaceAfter=0.8 * mm, bulletFontName=FONTS["bold"]
    ),
    "right": _style(
        "right", 8.8, leftIndent=5 * mm, spaceAfter=0.6 * mm, bulletFontName=FONTS["plain"]
    ),
    "label": _style("label", 8.5, textColor=GREY),
    "value": _style("value", 10, "bold"),
    "code": _style("code", 14, "code"),
    "long-code": _style("long-code", 9.5, "code"),
    "scan": _style("scan", 6.5, textColor=GREY, alignment=TA_CENTER),
}


def plain(text: str) -> str:
    """Composed letters; what can't be shown becomes a blank."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(one if one.isprintable() or one in "\u00a0\u202f" else " " for one in composed)


def marked(text: str) -> str:
    """Text as a paragraph takes it: nothing in it is markup (WB-008)."""
    return escape(plain(text))


def access_box(
    rows: Sequence[tuple[str, str]],
    codes: Sequence[tuple[str, str]],
    width: float,
    qr: Flowable,
    scan: str,
    whole: float,
) -> Table:
    """Who it is, identifier and password, and beside them the way to the portal."""
    label = 42 * mm
    cells = [
        [Paragraph(marked(name), STYLES["label"]), Paragraph(marked(text), STYLES["value"])]
        for name, text in rows
    ]
    for name, text in codes:
        style = STYLES["code" if len(text) <= LONG else "long-code"]
        cells.append([Paragraph(marked(name), STYLES["label"]), Paragraph(marked(text), style)])
    known = Table(cells, colWidths=[label, width - label])
    known.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *_tight()]))
    beside = Table([[qr], [Paragraph(marked(scan), STYLES["scan"])]], colWidths=[whole - width])
    beside.setStyle(TableStyle([("ALIGN", (0, 0), (-1, -1), "CENTER"), *_tight()]))
    box = Table([[known, beside]], colWidths=[width, whole - width])
    box.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), PALE),
                ("LINEBEFORE", (0, 0), (0, -1), 2.5, ACCENT),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 2 * mm),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2 * mm),
                ("LEFTPADDING", (1, 0), (1, 0), 0),
                ("RIGHTPADDING", (1, 0), (1, 0), 0),
            ]
        )
    )
    return box


def _tight() -> list[tuple[Any, ...]]:
    return [("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
