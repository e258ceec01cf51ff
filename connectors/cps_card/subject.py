# SPDX-License-Identifier: Apache-2.0
"""The holder's name: parts in any order, several in one RDN, each at most once."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.x509.name import _ASN1Type as StringType
from cryptography.x509.oid import NameOID

from connectors.cps_card.refusals import Unreadable
from connectors.national_ids import is_structure

MAX_TEXT = 256
# RFC 5280 §4.1.2.4, and older: each reads in one way.
CLEAR = {
    StringType.UTF8String,
    StringType.PrintableString,
    StringType.BMPString,
    StringType.UniversalString,
}
# Of these only ASCII does.
PLAIN = {
    StringType.IA5String,
    StringType.T61String,
    StringType.NumericString,
    StringType.VisibleString,
}
# Controls, marks of direction and other formats, halves of characters, private and unknown ones,
# separators of lines.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the name says; a part that is not there is empty."""

    common_name: str
    last_name: str
    first_name: str
    pseudonym: str
    # The profession in words: the title, or on older cards a unit.
    profession: str
    structure: str
    structure_name: str


def read_subject(name: x509.Name) -> Subject | Unreadable:
    """The parts of the name that Sceau uses."""
    attributes = [attribute for part in name.rdns for attribute in part]
    if _repeats(attributes):
        return Unreadable.AMBIGUOUS
    texts: dict[x509.ObjectIdentifier, list[str]] = {}
    for attribute in attributes:
        value = _text(attribute)
        if value is None:
            return Unreadable.UNUSUAL_TEXT
        texts.setdefault(attribute.oid, []).append(value)
    units = texts.get(NameOID.ORGANIZATIONAL_UNIT_NAME, [])
    structures = [unit for unit in units if is_structure(unit)]
    labels = [unit for unit in units if not is_structure(unit)]
    titles = [*texts.get(NameOID.TITLE, []), *labels]
    # Which of two counts, nobody could say.
    if len(structures) > 1 or len(titles) > 1:
        return Unreadable.AMBIGUOUS
    people = [_first(texts, kind) for kind in (NameOID.SURNAME, NameOID.GIVEN_NAME)]
    if not all(map(_is_latin, people)):
        return Unreadable.UNUSUAL_TEXT
    return Subject(
        # As it stands: it is compared, not shown.
        common_name=next((_raw(each) for each in attributes if _is_common_name(each)), ""),
        last_name=people[0],
        first_name=people[1],
        pseudonym=_first(texts, NameOID.PSEUDONYM),
        profession=titles[0] if titles else "",
        structure=structures[0] if structures else "",
        structure_name=_first(texts, NameOID.ORGANIZATION_NAME),
    )


def _repeats(attributes: Iterable[x509.NameAttribute[Any]]) -> bool:
    """Whether there are two of what there is one of: of all but units."""
    counted = Counter(attribute.oid for attribute in attributes)
    del counted[NameOID.ORGANIZATIONAL_UNIT_NAME]
    return any(number > 1 for number in counted.values())


def _is_common_name(attribute: x509.NameAttribute[Any]) -> bool:
    return attribute.oid == NameOID.COMMON_NAME


def _raw(attribute: x509.NameAttribute[Any]) -> str:
    return str(attribute.value)


def _text(attribute: x509.NameAttribute[Any]) -> str | None:
    """What is shown of it; None where not everybody would see the same."""
    value, encoding = attribute.value, attribute._type  # noqa: SLF001  told nowhere else
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return None
    if encoding not in CLEAR and not (encoding in PLAIN and value.isascii()):
        return None
    if not all(map(_is_seen, value)):
        return None
    # Some issuers fill up with spaces.
    return unicodedata.normalize("NFC", value).strip()


def _is_seen(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in UNSEEN and (category != "Zs" or character == " ")


def _is_latin(text: str) -> bool:
    """No letter that only looks like one of ours."""
    letters = (each for each in text if unicodedata.category(each).startswith("L"))
    return all(unicodedata.name(each, "").startswith("LATIN ") for each in letters)


def _first(texts: dict[x509.ObjectIdentifier, list[str]], kind: x509.ObjectIdentifier) -> str:
    return texts.get(kind, [""])[0]
