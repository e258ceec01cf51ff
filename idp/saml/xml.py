# SPDX-License-Identifier: Apache-2.0
"""The one parser. Whatever is XML and comes from elsewhere is read here, and nowhere else.

What is refused is a value for the log; nothing that the parser says reaches anybody.
"""

import re
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from lxml import etree

from idp.saml.names import DS, DS11, MD, SAML, SAMLP, WST, XENC, XENC11

Element: TypeAlias = etree._Element  # noqa: SLF001 - the class has no other name


class Malformed(Enum):
    """Why bytes were not read; no text, so that nobody looks for something in it."""

    TOO_LARGE = "too large"
    NOT_UTF8 = "not UTF-8"
    FORBIDDEN = "document type, entity, comment, instruction or CDATA"
    BROKEN = "not well-formed"
    TOO_DEEP = "too deep"
    TOO_MANY = "too many elements or attributes"
    AMBIGUOUS_ID = "an identifier twice, or where none belongs"
    UNEXPECTED_ROOT = "not the expected element"
    INVALID = "not valid by the schema"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is read. `remarks`: comments and instructions are dropped, else they are refused."""

    size: int = 256 * 1024
    depth: int = 40
    elements: int = 5_000
    attributes: int = 40
    remarks: bool = False


MESSAGE = Bounds()
# What people write by hand has comments. They are gone before anything is read or verified, so
# that no value is cut in two (SM-019).
METADATA = Bounds(size=1024 * 1024, elements=20_000, remarks=True)

# XML 1.0 §2.8, and no other version or encoding: UTF-7 and UTF-16 hide what is looked for below.
_DECLARATION = re.compile(
    rb"""<\?xml[ \t\r\n]+version[ \t]*=[ \t]*(?:"1\.0"|'1\.0')"""
    rb"""(?:[ \t\r\n]+encoding[ \t]*=[ \t]*(?:"utf-8"|'utf-8'))?"""
    rb"""(?:[ \t\r\n]+standalone[ \t]*=[ \t]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>""",
    re.IGNORECASE,
)
# In well-formed XML neither `<!` nor `<?` opens anything else; a `<` of a text is written `&lt;`.
_MARKUP = re.compile(rb"<[!?]")
_MARKUP_BUT_REMARKS = re.compile(rb"<!(?!--)")
_PARSER_OPTIONS = {
    # Or it would guess, and find UTF-16 in what is UTF-8 with a NUL after each letter.
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}
# XML Schema 1.0 part 2 §3.3.8, for the letters that identifiers are made of in practice.
_NCNAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,255}")
_OTHER_ROLE = f"{{{MD}}}RoleDescriptor"
_MARK = b"\xef\xbb\xbf"
_BEARS_ID = {SAML: "ID", SAMLP: "ID", MD: "ID", WST: "ID"}
_BEARS_ID |= dict.fromkeys((DS, DS11, XENC, XENC11), "Id")


def parse(
    data: bytes, root: str | tuple[str, ...], bounds: Bounds = MESSAGE
) -> Element | Malformed:
    """The root element of a document, which is one of those expected; or why not."""
    fault = _look_at_bytes(data, bounds)
    if fault is not None:
        return fault
    try:
        element = etree.fromstring(data, new_parser())
    except (etree.LxmlError, ValueError):
        return Malformed.BROKEN
    if element.tag not in ((root,) if isinstance(root, str) else root):
        return Malformed.UNEXPECTED_ROOT
    fault = look_at(element, bounds)
    return element if fault is None else fault


def new_parser() -> etree.XMLParser:
    """A parser that reaches for nothing outside of its bytes; none is shared by two threads."""
    return etree.XMLParser(**_PARSER_OPTIONS)


def new_pull_parser(tag: str) -> etree.XMLPullParser:
    """The same for a document in pieces; it tells where an element of this name begins."""
    return etree.XMLPullParser(events=("start",), tag=tag, **_PARSER_OPTIONS)


def valid(element: Element) -> bool:
    """Whether an element is what the standards' schemas allow."""
    with _SCHEMA_LOCK:
        return _schema().validate(element) is True


def valid_metadata(element: Element) -> bool:
    """The same of an entity's description, without roles of a kind that SAML does not name.

    AD FS and Entra ID describe what they are by WS-Federation, too (SAML Metadata §2.4.1). No
    schema of ours knows such a role, and nobody reads it.
    """
    if element.find(_OTHER_ROLE) is None:
        return valid(element)
    known = deepcopy(element)
    for role in known.findall(_OTHER_ROLE):
        known.remove(role)
    return valid(known)


def trimmed(document: bytes) -> bytes:
    """A file as tools write it: without the mark (XML 1.0 §4.3.3) and the spaces around it."""
    return document.strip().removeprefix(_MARK)


def text(element: Element | None) -> str | None:
    """The whole text of an element without children; None where there is none or it has some."""
    if element is None or len(element):
        return None
    return "".join(element.itertext())


def is_identifier(value: object) -> bool:
    """Whether it can identify a message: no spaces that a schema would take away, no quotes."""
    return isinstance(value, str) and _NCNAME.fullmatch(value) is not None


def after_declaration(data: bytes) -> int | Malformed:
    """Where a document goes on after its XML declaration, if it has one."""
    if data.startswith(b"<?xml") and data[5:6].isspace():
        declaration = _DECLARATION.match(data)
        return Malformed.NOT_UTF8 if declaration is None else declaration.end()
    # A byte order mark, a NUL or an entity without its declaration is the parser's to refuse.
    return Malformed.NOT_UTF8 if data.startswith(_MARK) else 0


def has_forbidden(data: bytes, before: int) -> bool:
    """Whether a document type, an entity or CDATA opens before a place; remarks may."""
    return any(one.start() < before for one in _MARKUP_BUT_REMARKS.finditer(data))


def _look_at_bytes(data: bytes, bounds: Bounds) -> Malformed | None:
    if len(data) > bounds.size:
        return Malformed.TOO_LARGE
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return Malformed.NOT_UTF8
    start = after_declaration(data)
    if isinstance(start, Malformed):
        return start
    if (_MARKUP_BUT_REMARKS if bounds.remarks else _MARKUP).search(data, start):
        return Malformed.FORBIDDEN
    return None


def look_at(root: Element, bounds: Bounds) -> Malformed | None:
    """Why what was read is more than may be, or names itself unclearly."""
    seen: set[str] = set()
    depth = count = declared = 0
    for event, element in etree.iterwalk(root, events=("start-ns", "start", "end")):
        if event == "start-ns":
            # Each costs whoever canonicalises a look, for each that is there already.
            declared += 1
            continue
        if event == "end":
            depth -= 1
            continue
        depth, count = depth + 1, count + 1
        if depth > bounds.depth:
            return Malformed.TOO_DEEP
        if count > bounds.elements or len(element.attrib) + declared > bounds.attributes:
            return Malformed.TOO_MANY
        declared = 0
        if not isinstance(element.tag, str):
            return Malformed.FORBIDDEN
        if not _identifies_clearly(element, seen):
            return Malformed.AMBIGUOUS_ID
    return None


def _identifies_clearly(element: Element, seen: set[str]) -> bool:
    """SM-009: without its schema the parser lets one identifier stand on several elements."""
    for name, value in element.attrib.items():
        if etree.QName(name).localname.lower() != "id":
            continue
        if name != _BEARS_ID.get(etree.QName(element).namespace or ""):
            return False
        if not is_identifier(value) or value in seen:
            return False
        seen.add(value)
    return True


_SCHEMA_LOCK = Lock()
_SCHEMAS = (
    "saml-schema-protocol-2.0.xsd",
    "saml-schema-metadata-2.0.xsd",
    "xenc-schema-11.xsd",
    "envelope.xsd",
)


class _Beside(etree.Resolver):  # type: ignore[misc]  # lxml has no types
    """The standards name each other by their addresses; the files lie here."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def resolve(self, system_url: str, public_id: str, context: object) -> object:
        path = self._folder / system_url.rpartition("/")[2]
        if not path.is_file():
            return self.resolve_empty(context)
        return self.resolve_filename(str(path), context)


@cache
def _schema() -> etree.XMLSchema:
    folder = Path(str(files("idp.saml") / "schema"))
    # These files are ours, and the W3C's have entities inside.
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    parser.resolvers.add(_Beside(folder))
    imports = "".join(
        f'<import namespace="{_target(folder / name)}" schemaLocation="{name}"/>'
        for name in _SCHEMAS
    )
    together = f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'
    return etree.XMLSchema(etree.fromstring(together, parser, base_url=f"{folder}/all.xsd"))


def _target(path: Path) -> str:
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    return str(etree.parse(str(path), parser).getroot().get("targetNamespace"))
