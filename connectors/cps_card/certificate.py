# SPDX-License-Identifier: Apache-2.0
"""What the login certificate of a CPS-family card says: a typed value, or why there is none.

Nothing here is believed yet: any authority could have signed it. The identity is the national
identifier of the common name alone; all else is told about its holder.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from connectors.cps_card.der import serial_number
from connectors.cps_card.extensions import CardExtensions, read_card_extensions, read_principal
from connectors.cps_card.professions import FUTURE, PROFESSIONS
from connectors.cps_card.refusals import Unreadable
from connectors.cps_card.subject import Subject, read_subject
from connectors.national_ids import ISSUER_NUMBER, agrees, is_national_id

# The whole of what others need of a certificate is asked for here.
__all__ = [
    "FAULTS",
    "CardCertificate",
    "CardKey",
    "CardKind",
    "Unreadable",
    "read_card_certificate",
]

MAX_BYTES = 65_536
# All that the library raises at a certificate that it does not read; few of them are kin.
FAULTS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
CardKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey


class CardKind(Enum):
    """Whose card it is (TRE_G02)."""

    # A professional; a student; an employee of an establishment; one of an authorised body.
    CPS = "cps"
    CPF = "cpf"
    CPE = "cpe"
    CPA = "cpa"


KINDS = dict(enumerate(CardKind))


@dataclass(frozen=True, slots=True)
class CardCertificate:
    """A card by its certificate."""

    # Ten digits, after the issuer's.
    serial: str
    issuer_number: str
    kind: CardKind
    # With the digit that tells its kind, as on the card.
    national_id: str
    # Empty on a card that is nobody's in particular: it has a pseudonym.
    last_name: str
    first_name: str
    # The code, and in words; empty where there is none.
    profession: str
    profession_label: str
    structure: str
    structure_name: str
    # Empty on older cards.
    upn: str
    valid_from: int
    valid_until: int
    # Made for trying out, whoever signed it.
    test: bool
    nominative: bool
    pseudonym: str
    public_key: CardKey = field(repr=False)


def read_card_certificate(der: bytes) -> CardCertificate | Unreadable:
    """Read it. Two certificates of one card, or of one person, give the same identity."""
    # Before anything looks inside.
    if len(der) > MAX_BYTES:
        return Unreadable.TOO_LARGE
    serial = serial_number(der)
    # RFC 5280 §4.1.2.2: a positive number of twenty bytes at most.
    if serial is None or not 0 < serial < 1 << 160:
        return Unreadable.NOT_A_CERTIFICATE
    try:
        certificate = x509.load_der_x509_certificate(der)
        name, extensions = certificate.subject, certificate.extensions
        period = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    except x509.DuplicateExtension:
        return Unreadable.AMBIGUOUS
    except FAULTS:
        return Unreadable.NOT_A_CERTIFICATE
    card = read_card_extensions(extensions)
    if isinstance(card, Unreadable):
        return card
    subject = read_subject(name)
    if isinstance(subject, Unreadable):
        return subject
    principal = read_principal(extensions)
    if isinstance(principal, Unreadable):
        return principal
    fault = _disagreement(card, subject, principal)
    if fault is not None:
        return fault
    key = _public_key(certificate)
    if key is None:
        return Unreadable.UNKNOWN_KEY
    return CardCertificate(
        serial=card.serial,
        issuer_number=ISSUER_NUMBER,
        kind=KINDS[card.kind],
        national_id=subject.common_name,
        last_name=subject.last_name,
        first_name=subject.first_name,
        profession="" if card.profession is None else str(card.profession),
        profession_label=subject.profession or _label(card),
        structure=subject.structure,
        structure_name=subject.structure_name,
        upn=principal,
        valid_from=int(period[0].timestamp()),
        valid_until=int(period[1].timestamp()),
        test=card.test,
        nominative=not subject.pseudonym,
        pseudonym=subject.pseudonym,
        public_key=key,
    )


def _disagreement(card: CardExtensions, subject: Subject, principal: str) -> Unreadable | None:
    """What makes the parts of a certificate contradict one another, or lack one."""
    if card.kind not in KINDS:
        return Unreadable.NO_KIND
    student = KINDS[card.kind] is CardKind.CPF
    # What somebody is learning is not what they are.
    if card.profession is not None and card.future is not student:
        return Unreadable.BAD_EXTENSION
    if not is_national_id(subject.common_name):
        return Unreadable.NO_NATIONAL_ID
    named = bool(subject.last_name), bool(subject.first_name)
    if subject.pseudonym and any(named):
        return Unreadable.AMBIGUOUS
    if not subject.pseudonym and not all(named):
        return Unreadable.NO_NAME
    if principal and not agrees(principal, subject.common_name):
        return Unreadable.OTHER_PRINCIPAL
    return None


def _label(card: CardExtensions) -> str:
    if card.profession is None:
        return ""
    return (FUTURE if card.future else PROFESSIONS).get(card.profession, "")


def _public_key(certificate: x509.Certificate) -> CardKey | None:
    """The key, of a kind that cards have."""
    try:
        key = certificate.public_key()
    except FAULTS:
        return None
    return key if isinstance(key, RSAPublicKey | EllipticCurvePublicKey) else None
