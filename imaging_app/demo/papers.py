# SPDX-License-Identifier: Apache-2.0
"""Reports on one sheet, as PDF and within DICOM."""

from io import BytesIO
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from imaging_app.demo import objects
from imaging_app.demo.objects import Visit, add, start, written

SERIES: Final = 90
SEXES: Final = {"F": "Née", "M": "Né"}


def paper(visit: Visit, parts: tuple[tuple[str, str], ...], signed: str) -> bytes:
    """The sheet; the same words make the same bytes."""
    out, styles = BytesIO(), getSampleStyleSheet()
    somebody = visit.somebody
    born = somebody.birth_date
    when = f"{born[6:]}/{born[4:6]}/{born[:4]}" if born else "à une date inconnue"
    name = somebody.name.replace("^", " ")
    story = [
        Paragraph(visit.institution, styles["Heading3"]),
        Paragraph(f"Compte rendu : {visit.description}", styles["Title"]),
        Paragraph(f"{name} · {SEXES[somebody.sex]} le {when} · dossier {somebody.number}",
                  styles["Normal"]),
        Paragraph(f"Examen du {visit.day[6:]}/{visit.day[4:6]}/{visit.day[:4]}, demandé par "
                  f"{visit.referrer.replace('^', ' ')}", styles["Normal"]),
    ]  # fmt: skip
    for title, words in parts:
        story += [Spacer(1, 4 * mm), Paragraph(title, styles["Heading2"])]
        story.append(Paragraph(words, styles["Normal"]))
    story += [Spacer(1, 8 * mm), Paragraph(signed, styles["Normal"])]
    story.append(Paragraph("Données fictives, tracées par un programme.", styles["Italic"]))
    made = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=22 * mm, rightMargin=22 * mm, invariant=1,
        title=f"Compte rendu {visit.accession}", author=visit.institution, lang="fr",
    )  # fmt: skip
    made.build(story)
    return out.getvalue()


def wrapped(visit: Visit, content: bytes, number: int = 1) -> bytes:
    """The same within DICOM."""
    made = start(visit, objects.PDF, "DOC", SERIES, number)
    add(
        made,
        SeriesDescription="Compte rendu",
        ConversionType="WSD",
        BurnedInAnnotation="YES",
        DocumentTitle=f"Compte rendu {visit.accession}",
        MIMETypeOfEncapsulatedDocument="application/pdf",
        ConceptNameCodeSequence=objects.code("18748-4", "LN", "Diagnostic imaging report"),
        EncapsulatedDocument=content + b"\0" * (len(content) % 2),
        EncapsulatedDocumentLength=len(content),
    )
    made["EncapsulatedDocument"].VR = "OB"
    return written(made)
