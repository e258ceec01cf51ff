# SPDX-License-Identifier: Apache-2.0
"""The one parser of the kit, and the one writer.

What no message needs is refused at the door: document types, entities, comments, instructions,
CDATA, other encodings, depth and size. The kit has no schemas: who reads an element counts its
parts, and takes exactly those that are expected.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TypeAlias

from lxml import etree

from relying_parties.kit.saml.names import DS, MD, PREFIXES, SAML, SAMLP, XENC, XENC11

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
METADATA = Bounds(remarks=True)

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
_BEARS_ID = {SAML: "ID", SAMLP: "ID", MD: "ID"}
_BEARS_ID |= dict.fromkeys((DS, XENC, XENC11), "Id")


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
    fault = _look_at_tree(element, bounds)
    return element if fault is None else fault


def new_parser() -> etree.XMLParser:
    """A parser that reaches for nothing outside of its bytes; none is shared by two threads."""
    return etree.XMLParser(**_PARSER_OPTIONS)


def text(element: Element | None) -> str | None:
    """The whole text of an element without children; None where there is none or it has some."""
    if element is None or len(element):
        return None
    return "".join(element.itertext())


def is_identifier(value: object) -> bool:
    """Whether it can identify a message: no spaces that a schema would take away, no quotes."""
    return isinstance(value, str) and _NCNAME.fullmatch(value) is not None


def _look_at_bytes(data: bytes, bounds: Bounds) -> Malformed | None:
    if len(data) > bounds.size:
        return Malformed.TOO_LARGE
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return Malformed.NOT_UTF8
    start = 0
    if data.startswith(b"<?xml") and data[5:6].isspace():
        declaration = _DECLARATION.match(data)
        if declaration is None:
            return Malformed.NOT_UTF8
        start = declaration.end()
    # A byte order mark, a NUL or an entity without its declaration is the parser's to refuse.
    elif data.startswith(b"\xef\xbb\xbf"):
        return Malformed.NOT_UTF8
    if (_MARKUP_BUT_REMARKS if bounds.remarks else _MARKUP).search(data, start):
        return Malformed.FORBIDDEN
    return None


def _look_at_tree(root: Element, bounds: Bounds) -> Malformed | None:
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


def only(element: Element, *names: str) -> Element | None:
    """The one child of that name, the one child of that, and so on; None where there are others."""
    for name in names:
        found = element.findall(name)
        if len(found) != 1:
            return None
        element = found[0]
    return element


def read_moment(value: str | None) -> int | None:
    """SAML Core §1.3.3: a moment in UTC, in whole seconds."""
    if value is None or not value.endswith("Z") or "T" not in value:
        return None
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except ValueError:
        return None


def moment(seconds: int) -> str:
    """The same, written."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def element(
    name: str,
    attributes: Mapping[str, str | None] | None = None,
    *inside: Element,
    text: str | None = None,
) -> Element:
    """An element of ours; an attribute that is None is left out."""
    namespace = str(etree.QName(name).namespace)
    made = etree.Element(name, nsmap={_BY_NAMESPACE[namespace]: namespace})
    for key, value in (attributes or {}).items():
        if value is not None:
            made.set(key, value)
    made.text = text
    made.extend(inside)
    return made


def bare_element(name: str, text: str) -> Element:
    """An element without a namespace."""
    made = etree.Element(name)
    made.text = text
    return made


def written(made: Element) -> bytes:
    """The bytes that travel."""
    data: bytes = etree.tostring(made, encoding="utf-8", xml_declaration=False, with_tail=False)
    return data


def canonical(made: Element) -> bytes:
    """The exclusive canonical form, without comments."""
    data: bytes = etree.tostring(
        made, method="c14n", exclusive=True, with_comments=False, with_tail=False
    )
    return data


def alone(data: bytes | str) -> Element:
    """An element of ours, or one that was looked at already, as a document of its own."""
    return etree.fromstring(data, new_parser())


_BY_NAMESPACE = {namespace: prefix for prefix, namespace in PREFIXES.items()}
