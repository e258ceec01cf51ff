# SPDX-License-Identifier: Apache-2.0
"""A report in text, or in a simple CDA, as plain text. Only the child imports this.

Markup is never passed on: what is shown is words and lines.
"""

import re
from typing import Final
from xml.parsers import expat

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.values import Document, Reason, Subject

HL7: Final = "urn:hl7-org:v3"
# What begins a line of its own.
LINES: Final = {"paragraph", "item", "tr", "title", "caption", "br", "table", "list", "section"}
CELLS: Final = {"td", "th"}
# Where a CDA says whom it is about.
PATIENT: Final = ["ClinicalDocument", "recordTarget", "patientRole", "patient"]
BIRTH: Final = "BR"
LONGEST: Final = 128
UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def text_of(content: bytes, limits: Limits) -> Document:
    """Its words."""
    about = None
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        words = Words(limits)
        title, text = words.read(content)
        kind, about = "text/x-hl7-text+xml", words.target.told()
    else:
        title, text, kind = "", _decoded(content), "text/plain"
    text = tidy(text)
    if not text:
        raise Unfit(Reason.NO_FRAME, "no words")
    return Document(kind, tidy(title).replace("\n", " ")[:200], text.encode(), about)


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


class Target:
    """Takes whom a CDA is about: names, birth date, sex."""

    def __init__(self) -> None:
        self._count = 0
        # Each name as it is spelled, with its qualifier.
        self._names: dict[str, list[tuple[str, list[str]]]] = {"family": [], "given": []}
        self._birth, self._sex = "", ""

    def start(self, path: list[str], attributes: dict[str, str]) -> None:
        """An element begins; the path ends with it."""
        if path == PATIENT[:2]:
            self._count += 1
            if self._count > 1:
                # A group's report: no single patient's file is the place for it.
                raise Unfit(Reason.TOO_MANY, "patients")
        elif path == [*PATIENT, "birthTime"]:
            self._birth = attributes.get("value", "")[:8]
        elif path == [*PATIENT, "administrativeGenderCode"]:
            self._sex = attributes.get("code", "")
        elif path[:-1] == [*PATIENT, "name"] and path[-1] in self._names:
            self._names[path[-1]].append((attributes.get("qualifier", ""), []))

    def words(self, path: list[str], words: str) -> None:
        """Letters within an element."""
        if path[:-1] == [*PATIENT, "name"] and path[-1] in self._names:
            self._names[path[-1]][-1][1].append(words)

    def told(self) -> Subject | None:
        """It; None where it says nothing of anybody."""
        families = sorted(self._names["family"], key=lambda one: one[0] != BIRTH)
        family, used = (*(_name(parts) for _q, parts in families[:2]), "", "")[:2]
        given = " ".join(_name(parts) for _q, parts in self._names["given"][:8])
        birth = self._birth if re.fullmatch(r"[0-9]{8}", self._birth) else ""
        sex = self._sex if self._sex in {"M", "F"} else ""
        found = Subject(family, used, given.strip()[:LONGEST], birth, sex)
        return found if any((family, given, birth, sex)) else None


def _name(parts: list[str]) -> str:
    return " ".join(UNSEEN.sub(" ", "".join(parts)).split())[:LONGEST]


class Words:
    """Takes the words of a CDA: its title, and each section's title and text."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: list[str] = []
        self._count = 0
        # How deep the outermost one is that was taken out of the text, or 0.
        self._gone = 0
        self.target = Target()
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
        self.target.start(self._open, attributes)
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
        self.target.words(self._open, words)
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
