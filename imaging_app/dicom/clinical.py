# SPDX-License-Identifier: Apache-2.0
"""A report in text, or in a simple CDA, as plain text. Only the child imports this.

Markup is never passed on: what is shown is words and lines.
"""

import re
from typing import Final
from xml.parsers import expat

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.values import Document, Reason

HL7: Final = "urn:hl7-org:v3"
# What begins a line of its own.
LINES: Final = {"paragraph", "item", "tr", "title", "caption", "br", "table", "list", "section"}
CELLS: Final = {"td", "th"}
UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def text_of(content: bytes, limits: Limits) -> Document:
    """Its words."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        title, text = Words(limits).read(content)
        kind = "text/x-hl7-text+xml"
    else:
        title, text, kind = "", _decoded(content), "text/plain"
    text = tidy(text)
    if not text:
        raise Unfit(Reason.NO_FRAME, "no words")
    return Document(kind, tidy(title).replace("\n", " ")[:200], text.encode())


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def tidy(text: str) -> str:
    """Lines without what is not seen, and never two empty ones."""
    text = UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [re.sub(r"[ \t\u00a0]+$", "", line) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


class Words:
    """Takes the words of a CDA: its title, and each section's title and text."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: list[str] = []
        self._count = 0
        # How deep the outermost one is that was taken out of the text, or 0.
        self._gone = 0
        self._title: list[str] = []
        self._text: list[str] = []

    def read(self, content: bytes) -> tuple[str, str]:
        """The title, and the text."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        # Entities that grow, and files that are named: both need a document type.
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._words
        try:
            parser.Parse(content, True)
        except expat.ExpatError as fault:
            raise Unfit(Reason.MALFORMED, "XML") from fault
        return "".join(self._title), "".join(self._text)

    def _refuse(self, *_told: object) -> None:
        raise Unfit(Reason.MALFORMED, "document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self._count += 1
        if self._count > self._limits.elements or len(self._open) > self._limits.depth * 4:
            raise Unfit(Reason.TOO_DEEP, "XML")
        if not self._open and (space, local) != (HL7, "ClinicalDocument"):
            raise Unfit(Reason.MALFORMED, "no CDA")
        self._open.append(local if space == HL7 else "")
        if not self._gone and attributes.get("revised") == "delete":
            self._gone = len(self._open)
        if self._in_section():
            if local in LINES:
                self._text.append("\n\n" if local in {"title", "section"} else "\n")
            elif local in CELLS:
                self._text.append("\t")

    def _end(self, _name: str) -> None:
        if len(self._open) == self._gone:
            self._gone = 0
        if self._open.pop() in {"title", "paragraph", "text"} and "section" in self._open:
            self._text.append("\n")

    def _words(self, words: str) -> None:
        if self._open == ["ClinicalDocument", "title"]:
            self._title.append(words)
        elif self._in_section():
            self._text.append(re.sub(r"\s+", " ", words))

    def _in_section(self) -> bool:
        """Inside a section's title or text: what is coded beside them is for programs."""
        if self._gone or "section" not in self._open:
            return False
        depth = len(self._open) - self._open[::-1].index("section")
        return len(self._open) == depth or self._open[depth] in {"title", "text"}
