# SPDX-License-Identifier: Apache-2.0
"""What a card's certificate says in its extensions: 1.2.250.1.71.1.2.*, uses, principal name."""

from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.cps_card.der import OCTETS, read_integer, read_only, read_printable, read_utf8
from connectors.cps_card.refusals import Unreadable
from connectors.national_ids import read_card_number

ARC = "1.2.250.1.71.1.2"
KIND, NUMBER, PRODUCT, PROFESSION, FUTURE_PROFESSION = (
    x509.ObjectIdentifier(f"{ARC}.{last}") for last in (2, 3, 5, 7, 8)
)
USER_PRINCIPAL_NAME = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
# TRE_G01: a card, and a card for trying out. The others are modules and programs.
CARD, TEST_CARD = 0x00, 0x80
HIGHEST_CODE = 999

Kind = TypeVar("Kind", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class CardExtensions:
    """The card's own words."""

    # TRE_G02.
    kind: int
    serial: str
    test: bool
    # TRE_G15, or for whom learns it TRE_G16.
    profession: int | None
    future: bool


def read_card_extensions(extensions: x509.Extensions) -> CardExtensions | Unreadable:
    """The card's kind, number and profession, where this is the login certificate of a card."""
    said = _private(extensions)
    constraints = find(extensions, x509.BasicConstraints)
    product = read_only(said[PRODUCT], OCTETS) if PRODUCT in said else None
    if product not in {bytes([CARD]), bytes([TEST_CARD])} or (constraints and constraints.ca):
        return Unreadable.NOT_A_CARD
    fault = _misused(extensions)
    if fault is not None:
        return fault
    if KIND not in said:
        return Unreadable.NO_KIND
    if NUMBER not in said:
        return Unreadable.NO_CARD_NUMBER
    if PROFESSION in said and FUTURE_PROFESSION in said:
        return Unreadable.AMBIGUOUS
    kind = read_integer(said[KIND])
    serial = read_card_number(read_printable(said[NUMBER]) or "")
    if kind is None or serial is None:
        return Unreadable.BAD_EXTENSION
    profession = said.get(PROFESSION, said.get(FUTURE_PROFESSION))
    code = None if profession is None else read_integer(profession)
    if profession is not None and (code is None or not 0 < code <= HIGHEST_CODE):
        return Unreadable.BAD_EXTENSION
    return CardExtensions(kind, serial, product == bytes([TEST_CARD]), code, _is_future(said))


def read_principal(extensions: x509.Extensions) -> str | Unreadable:
    """The user principal name; empty on cards from before it was written on them."""
    names = find(extensions, x509.SubjectAlternativeName) or ()
    found = [
        name.value
        for name in names
        if isinstance(name, x509.OtherName) and name.type_id == USER_PRINCIPAL_NAME
    ]
    if not found:
        return ""
    if len(found) > 1:
        return Unreadable.AMBIGUOUS
    return read_utf8(found[0]) or Unreadable.BAD_EXTENSION


def find(extensions: x509.Extensions, kind: type[Kind]) -> Kind | None:
    """The value of a standard extension."""
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _private(extensions: x509.Extensions) -> dict[x509.ObjectIdentifier, bytes]:
    return {
        extension.oid: extension.value.value
        for extension in extensions
        if isinstance(extension.value, x509.UnrecognizedExtension)
    }


def _is_future(said: dict[x509.ObjectIdentifier, bytes]) -> bool:
    return FUTURE_PROFESSION in said


def _misused(extensions: x509.Extensions) -> Unreadable | None:
    """RFC 5280 §4.2.1.3, §4.2.1.12: a signature of the login's kind, by a client."""
    usage = find(extensions, x509.KeyUsage)
    purposes = find(extensions, x509.ExtendedKeyUsage) or ()
    if usage is None:
        return Unreadable.WRONG_USE
    if usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH in purposes:
        return None
    return Unreadable.SIGNATURE_CERTIFICATE if usage.content_commitment else Unreadable.WRONG_USE
