# SPDX-License-Identifier: Apache-2.0
"""What an assertion says of somebody, name by name: texts, and entries of nomenclatures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from relying_parties.kit.saml.names import HL7, VIHF, XSI, saml
from relying_parties.kit.saml.xml import Element, text

LONGEST_VALUE: Final = 4096
# A whole assertion in base64, with the certificate that it is believed by.
LONGEST: Final[Mapping[str, int]] = {VIHF: 64 * 1024}
MOST_VALUES: Final = 200
CODED: Final = f"{{{HL7}}}"
TYPE: Final = f"{{{XSI}}}type"


@dataclass(frozen=True, slots=True)
class Coded:
    """An entry of a nomenclature, as HL7 writes one (CE)."""

    code: str
    system: str
    system_name: str
    label: str


Values = tuple[str | Coded, ...]


def read_attributes(assertion: Element) -> Mapping[str, Values] | str:
    """Each name once; what is neither a text nor an entry of a nomenclature is passed over."""
    found: dict[str, Values] = {}
    for one in assertion.findall(f"{saml('AttributeStatement')}/{saml('Attribute')}"):
        name = one.get("Name", "")
        # SM-074: of two of one name, it would matter which is read.
        if not name or name in found:
            return "an attribute twice, or without a name"
        values = (_value(value) for value in one.findall(saml("AttributeValue")))
        found[name] = tuple(value for value in values if value is not None)
    if sum(map(len, found.values())) > MOST_VALUES:
        return "too many attributes"
    if any(_is_too_long(name, value) for name, values in found.items() for value in values):
        return "an attribute that is too long"
    return found


def _value(value: Element) -> str | Coded | None:
    if not len(value):
        return text(value)
    inside = value[0]
    if len(value) > 1 or len(inside) or not str(inside.tag).startswith(CODED):
        return None
    prefix, _colon, kind = inside.get(TYPE, "").rpartition(":")
    if kind != "CE" or inside.nsmap.get(prefix or None) != HL7:
        return None
    names = ("code", "codeSystem", "codeSystemName", "displayName")
    return Coded(*(inside.get(name, "") for name in names))


def _is_too_long(name: str, value: str | Coded) -> bool:
    if isinstance(value, str):
        return len(value) > LONGEST.get(name, LONGEST_VALUE)
    parts = (value.code, value.system, value.system_name, value.label)
    return any(len(one) > LONGEST_VALUE for one in parts)
