# SPDX-License-Identifier: Apache-2.0
"""The slip that a patient takes home: A5, a page for each code.

It bears neither a name nor a birth date: whoever finds one has nothing to enter beside the code.
The QR's address has the code after the #, which browsers send to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

WIDTH, HEIGHT = A5
LEFT: Final = 15 * mm
INK, SOFT, BAND = HexColor("#17222d"), HexColor("#51606e"), HexColor("#16324f")
PLAIN: Final = ParagraphStyle("plain", fontName="Helvetica", fontSize=10, leading=14, textColor=INK)
STEPS: Final = (
    "Donnez ce code au professionnel de santé à qui vous voulez montrer vos examens.",
    "Il ouvre l’adresse ci-dessous, ou lit le QR code, et se connecte.",
    "Il saisit le code, votre date de naissance et votre prénom.",
)
CARE: Final = (
    "Gardez ce papier comme une ordonnance. Perdu ? Demandez à l’accueil de révoquer le code :"
    " il n’ouvre alors plus rien."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What one says."""

    code: str
    address: str
    entry: str
    until: int
    zone: ZoneInfo
    establishment: str
    number: str
    support: str


def print_slips(slips: Sequence[Slip]) -> bytes:
    """All of them in one file."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A5, lang="fr", invariant=1)
    canvas.setTitle("Codes de partage")
    for one in slips:
        _draw(canvas, one)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, slip: Slip) -> None:
    canvas.setFillColor(BAND)
    canvas.rect(0, HEIGHT - 22 * mm, WIDTH, 22 * mm, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setFont("Helvetica-Bold", 15)
    canvas.drawString(LEFT, HEIGHT - 11 * mm, "Partager mes examens d’imagerie")
    canvas.setFont("Helvetica", 9.5)
    canvas.drawString(LEFT, HEIGHT - 17 * mm, written(slip.establishment)[:70])
    canvas.setFillColor(SOFT)
    canvas.setFont("Helvetica", 9.5)
    canvas.drawString(LEFT, HEIGHT - 32 * mm, f"Dossier n° {written(slip.number)}")
    canvas.drawString(LEFT, HEIGHT - 43 * mm, "Votre code")
    canvas.setFillColor(INK)
    canvas.setFont("Courier-Bold", 31)
    canvas.drawString(LEFT, HEIGHT - 55 * mm, slip.code)
    day = datetime.fromtimestamp(slip.until, slip.zone).strftime("%d/%m/%Y à %H:%M")
    canvas.setFont("Helvetica", 10.5)
    canvas.drawString(LEFT, HEIGHT - 63 * mm, f"Valable jusqu’au {day}")
    _qr(canvas, slip.address, WIDTH - LEFT - 36 * mm, HEIGHT - 68 * mm, 38 * mm)
    place = _paragraphs(canvas, HEIGHT - 80 * mm, [f"{n}. {s}" for n, s in enumerate(STEPS, 1)])
    canvas.setFont("Helvetica-Bold", 9.5)
    canvas.drawString(LEFT, place - 6 * mm, slip.entry)
    told = "Une question ? Adressez-vous à l’accueil de l’établissement, ou écrivez à"
    _paragraphs(canvas, place - 14 * mm, [CARE, f"{told} {slip.support}."])


def _paragraphs(canvas: Canvas, top: float, texts: Sequence[str]) -> float:
    for text in texts:
        one = Paragraph(text, PLAIN)
        _width, height = one.wrap(WIDTH - 2 * LEFT, HEIGHT)
        one.drawOn(canvas, LEFT, top - height)
        top -= height + 2 * mm
    return top


def _qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    widget = QrCodeWidget(text, barLevel="M", barBorder=4)
    left, low, right, high = widget.getBounds()
    scale = size / max(right - left, high - low)
    drawing = Drawing(size, size, transform=[scale, 0, 0, scale, -left * scale, -low * scale])
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, x, y)


def written(text: str) -> str:
    """As far as the paper's letters reach."""
    return text.encode("cp1252", "replace").decode("cp1252")
