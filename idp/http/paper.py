# SPDX-License-Identifier: Apache-2.0
"""Letters on paper: A4, made for an envelope with a window, its text in templates/letters.

What is printed holds a password: it is made, handed to whoever prints it, and kept nowhere.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, KeepInFrame, Paragraph, Spacer

from idp import paths
from idp.http.paper_styles import FONTS, GREY, STYLES, access_box, marked, plain

WIDTH, HEIGHT = A4
LEFT: Final = 22 * mm
RIGHT: Final = WIDTH - 20 * mm
# Where the windows of DL, C5 and C4 envelopes are, whichever way the sheet is folded (NF Z 11-001).
WINDOW: Final = (110 * mm, HEIGHT - 50 * mm, 82 * mm, 34 * mm)
BODY_TOP: Final = HEIGHT - 92 * mm
FOOT: Final = 16 * mm
QR_SIZE: Final = 24 * mm
LANGUAGES: Final = {"fr": "fr-FR", "en": "en-GB"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one patient's letter says."""

    civility: str
    first_name: str
    last_name: str
    birth_name: str
    birth_date: str
    identifier: str
    password: str = field(repr=False)
    # The last day on which it opens anything.
    until: date
    printed_on: date
    locale: str
    establishment: str
    town: str = ""
    # Lines under the name in the window.
    address: tuple[str, ...] = ()
    # Of the establishment, else of the region.
    support: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How the person is addressed."""
        return " ".join(filter(None, (self.civility, self.first_name, self.last_name)))


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all letters of an installation have in common."""

    server_name: str
    region: str
    access_manager: str
    portal: str


def print_letters(head: Letterhead, sheets: Sequence[Sheet]) -> bytes:
    """One PDF with all of them; each begins on a page of its own."""
    _register_fonts()
    file = io.BytesIO()
    locale = sheets[0].locale if sheets else "fr"
    # invariant: two prints of the same are the same, to the byte.
    canvas = Canvas(file, pagesize=A4, invariant=1, lang=LANGUAGES[_known(locale)])
    canvas.setTitle(f"{head.server_name} – {WORDS[_known(locale)]['title']}")
    canvas.setAuthor(sheets[0].establishment if sheets else head.region)
    canvas.setCreator(head.server_name)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for sheet in sheets:
        _Letter(canvas, head, sheet).draw()
    canvas.save()
    return file.getvalue()


WORDS: Final = {
    "fr": {
        "title": "Compte patient",
        "greeting": "Bonjour",
        "on": "le {day}",
        "last_name": "Nom",
        "first_name": "Prénom",
        "birth_name": "Nom de naissance",
        "birth_date": "Date de naissance",
        "identifier": "Identifiant",
        "password": "Mot de passe temporaire",
        "scan": "L’adresse du portail, à photographier",
        "foot": "Lettre personnelle et confidentielle",
    },
    "en": {
        "title": "Patient account",
        "greeting": "Dear",
        "on": "{day}",
        "last_name": "Last name",
        "first_name": "First name",
        "birth_name": "Birth name",
        "birth_date": "Birth date",
        "identifier": "Identifier",
        "password": "Temporary password",
        "scan": "The portal's address, to be scanned",
        "foot": "Personal and confidential",
    },
}


class _Letter:
    def __init__(self, canvas: Canvas, head: Letterhead, sheet: Sheet) -> None:
        self._canvas = canvas
        self._head = head
        self._sheet = sheet
        self._language = _known(sheet.locale)
        self._words = WORDS[self._language]

    def draw(self) -> None:
        """The page."""
        self._sender()
        self._window()
        self._date()
        self._body()
        self._foot()
        self._canvas.showPage()

    def _sender(self) -> None:
        sheet, head = self._sheet, self._head
        lines = [Paragraph(marked(sheet.establishment), STYLES["sender"])]
        lines += [Paragraph(marked(one), STYLES["small"]) for one in (sheet.town, *sheet.support)]
        lines.append(Spacer(1, 2 * mm))
        lines.append(Paragraph(marked(f"{head.server_name} · {head.region}"), STYLES["small"]))
        frame = Frame(LEFT, HEIGHT - 48 * mm, 80 * mm, 34 * mm, *[0] * 4)
        frame.addFromList([KeepInFrame(80 * mm, 34 * mm, lines)], self._canvas)

    def _window(self) -> None:
        left, top, width, height = WINDOW
        lines = [Paragraph(marked(self._sheet.name), STYLES["address"])]
        lines += [Paragraph(marked(one), STYLES["address"]) for one in self._sheet.address]
        frame = Frame(left, top - height, width, height, *[0] * 4)
        frame.addFromList([KeepInFrame(width, height, lines)], self._canvas)
        # Where the sheet is folded in three.
        self._canvas.setStrokeColor(GREY)
        self._canvas.setLineWidth(0.4)
        for fold in (99 * mm, 198 * mm):
            self._canvas.line(4 * mm, HEIGHT - fold, 8 * mm, HEIGHT - fold)

    def _date(self) -> None:
        sheet = self._sheet
        day = self._words["on"].format(day=self._day(sheet.printed_on))
        shown = f"{sheet.town}, {day}" if sheet.town else day[:1].upper() + day[1:]
        self._canvas.setFont(FONTS["plain"], 9.5)
        self._canvas.drawRightString(RIGHT, HEIGHT - 86 * mm, plain(shown))

    def _body(self) -> None:
        width, height = RIGHT - LEFT, BODY_TOP - FOOT - 6 * mm
        flow: list[Any] = []
        for kind, text in parse(self._text()):
            if kind == "access":
                flow += [Spacer(1, 1.5 * mm), self._access(width), Spacer(1, 2.5 * mm)]
            elif kind == "step":
                number, _, rest = text.partition(" ")
                bullet = marked(number)
                flow.append(Paragraph(marked(rest), STYLES["step"], bulletText=bullet))
            elif kind == "right":
                flow.append(Paragraph(marked(text), STYLES["right"], bulletText="•"))
            else:
                flow.append(Paragraph(marked(text), STYLES[kind]))
        frame = Frame(LEFT, FOOT + 6 * mm, width, height, *[0] * 4)
        # Long names make it a little smaller, never a second page.
        frame.addFromList([KeepInFrame(width, height, flow, mode="shrink")], self._canvas)

    def _access(self, width: float) -> Any:
        sheet, words = self._sheet, self._words
        rows = [(words["last_name"], sheet.last_name), (words["first_name"], sheet.first_name)]
        if sheet.birth_name and sheet.birth_name != sheet.last_name:
            rows.append((words["birth_name"], sheet.birth_name))
        if sheet.birth_date:
            rows.append((words["birth_date"], self._day(date.fromisoformat(sheet.birth_date))))
        codes = [(words["identifier"], sheet.identifier), (words["password"], sheet.password)]
        return access_box(rows, codes, width - QR_SIZE - 8 * mm, self._qr(), words["scan"], width)

    def _qr(self) -> Drawing:
        # The address alone: whoever photographs it takes no secret along.
        code = QrCodeWidget(self._head.portal, barLevel="M", barBorder=0)
        code.barWidth = code.barHeight = QR_SIZE
        drawing = Drawing(QR_SIZE, QR_SIZE)
        drawing.add(code)
        return drawing

    def _foot(self) -> None:
        self._canvas.setFont(FONTS["plain"], 7.5)
        self._canvas.setFillColor(GREY)
        self._canvas.drawString(LEFT, FOOT - 4 * mm, plain(self._words["foot"]))
        self._canvas.drawRightString(RIGHT, FOOT - 4 * mm, plain(self._head.access_manager))

    def _day(self, day: date) -> str:
        return format_date(day, "long", locale=LANGUAGES[self._language].replace("-", "_"))

    def _text(self) -> str:
        sheet, head = self._sheet, self._head
        support = " – ".join(sheet.support)
        values = {
            "name": sheet.name,
            "greeting": f"{self._words['greeting']} {sheet.name}",
            "establishment": sheet.establishment,
            "region": head.region,
            "server_name": head.server_name,
            "portal": head.portal,
            "until": self._day(sheet.until),
            "support": support,
            "access_manager": head.access_manager,
        }
        template = _templates().get_template(f"letters/patient.{self._language}.txt")
        return template.render({name: plain(value) for name, value in values.items()})


STEP: Final = re.compile(r"[0-9]\. ", re.ASCII)
KINDS: Final = {"= ": "subject", "# ": "heading", "- ": "right"}


def parse(text: str) -> list[tuple[str, str]]:
    """The paragraphs of a letter's text, and what each is."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("[") and line.endswith("]"):
            found.append(("access", ""))
        elif STEP.match(line):
            found.append(("step", line))
        else:
            kind = KINDS.get(line[:2], "text")
            found.append((kind, line if kind == "text" else line[2:]))
    return found


def _known(locale: str) -> str:
    return locale if locale in WORDS else "fr"


@cache
def _register_fonts() -> None:
    folder = Path(paths.static()) / "fonts"
    for name in FONTS.values():
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(paths.templates()),
        # Plain text: what a paragraph takes for markup is escaped where it is drawn.
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
