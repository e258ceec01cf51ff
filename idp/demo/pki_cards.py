# SPDX-License-Identifier: Apache-2.0
"""What the certificates of a card say, in each profile met in the field.

The shape is that of the cards of the French health professions (IGC-Santé, and the older GIP-CPS);
the authorities, the policy and the people are the demo's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.demo.pki_authority import POLICY, Authority, Extensions, Issued, key_usage, new_key

ARC = "1.2.250.1.71.1.2"
ISSUER_NUMBER = "8025000001"
USER_PRINCIPAL_NAME = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")


class Kind(Enum):
    """Whose card it is (TRE_G02)."""

    CPS = 0
    CPF = 1
    CPE = 2
    CPA = 3


class Use(Enum):
    """A card holds one certificate for each."""

    AUTHENTICATION = "authentication"
    SIGNATURE = "signature"


class Product(Enum):
    """What the certificate lies in (TRE_G01)."""

    CARD = 0x00
    MODULE = 0x02
    SOFTWARE = 0x03
    TEST_CARD = 0x80
    TEST_MODULE = 0x82
    TEST_SOFTWARE = 0x83


@dataclass(frozen=True, slots=True)
class Card:
    """A card to be made. Names, structure and codes as they stand on it."""

    national_id: str
    last_name: str
    first_name: str
    serial: str
    kind: Kind = Kind.CPS
    # TRE_G15 for a professional, TRE_G16 for a student.
    profession: int | None = None
    title: str = ""
    # With its own prefix digit: « 10B0057881 » for a FINESS, « 3… » for a SIRET.
    structure: str = ""
    structure_name: str = ""
    place: str = ""
    # In the place of names, on a card that is nobody's in particular.
    pseudonym: str = ""
    product: Product = Product.CARD
    # The GIP-CPS profile: the profession is told in words, in OU; no title.
    old: bool = False


def issue(
    authority: Authority,
    card: Card,
    period: tuple[int, int],
    use: Use = Use.AUTHENTICATION,
    key: rsa.RSAPrivateKey | None = None,
) -> Issued:
    """One certificate of the card, under an authority for people."""
    key = key or new_key()
    extensions = [*_card_extensions(card), *_use(use), *authority.about(key)]
    if use is Use.AUTHENTICATION:
        extensions.append((_alternative_name(card), False))
    return authority.sign(subject(card), period, extensions, key=key)


def subject(card: Card) -> x509.Name:
    """The name of the holder; the last part is one RDN of three attributes."""
    return x509.Name([x509.RelativeDistinguishedName(part) for part in _parts(card)])


def _parts(card: Card) -> Iterator[list[x509.NameAttribute[str]]]:
    single = (
        (NameOID.COUNTRY_NAME, "FR"),
        (NameOID.STATE_OR_PROVINCE_NAME, "" if card.old else card.place),
        (NameOID.ORGANIZATION_NAME, card.structure_name),
        (NameOID.LOCALITY_NAME, card.place if card.old else ""),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, card.structure),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, card.title if card.old else ""),
        (NameOID.TITLE, "" if card.old else card.title),
        (NameOID.PSEUDONYM, card.pseudonym),
    )
    yield from ([x509.NameAttribute(kind, value)] for kind, value in single if value)
    person = (
        (NameOID.GIVEN_NAME, card.first_name),
        (NameOID.COMMON_NAME, card.national_id),
        (NameOID.SURNAME, card.last_name),
    )
    yield [x509.NameAttribute(kind, value) for kind, value in person if value]


def _card_extensions(card: Card) -> Iterator[tuple[x509.ExtensionType, bool]]:
    numbers = {
        2: integer(card.kind.value),
        3: printable(f"{ISSUER_NUMBER}/{card.serial}"),
        5: octets(bytes([card.product.value])),
    }
    if card.profession is not None:
        numbers[8 if card.kind is Kind.CPF else 7] = integer(card.profession)
    for number, value in numbers.items():
        oid = x509.ObjectIdentifier(f"{ARC}.{number}")
        yield x509.UnrecognizedExtension(oid, value), False
    policy = x509.PolicyInformation(POLICY, None)
    yield x509.CertificatePolicies([policy]), False
    yield x509.BasicConstraints(ca=False, path_length=None), False


def _use(use: Use) -> Extensions:
    if use is Use.SIGNATURE:
        yield key_usage("content_commitment"), True
        return
    yield key_usage("digital_signature"), True
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON]
    yield x509.ExtendedKeyUsage(purposes), False


def _alternative_name(card: Card) -> x509.SubjectAlternativeName:
    address = f"{card.national_id}@carte-cps.fr"
    return x509.SubjectAlternativeName([x509.OtherName(USER_PRINCIPAL_NAME, text(address))])


def serial_of(certificate: x509.Certificate) -> str:
    """The number of the card that it lies on, as `issue` wrote it."""
    oid = x509.ObjectIdentifier(f"{ARC}.3")
    found = certificate.extensions.get_extension_for_oid(oid).value
    if not isinstance(found, x509.UnrecognizedExtension):
        raise TypeError("no card number")
    return found.value[2:].decode("ascii").rpartition("/")[2]


def _encoded(tag: int, content: bytes) -> bytes:
    """X.690 §8.1.3.4: one byte of length is enough for what a card says."""
    if len(content) > 127:
        raise ValueError("longer than what a card says")
    return bytes([tag, len(content)]) + content


def integer(value: int) -> bytes:
    """INTEGER."""
    return _encoded(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    """OCTET STRING."""
    return _encoded(0x04, value)


def printable(value: str) -> bytes:
    """PrintableString."""
    return _encoded(0x13, value.encode("ascii"))


def text(value: str) -> bytes:
    """UTF8String."""
    return _encoded(0x0C, value.encode())
