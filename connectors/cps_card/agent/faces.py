# SPDX-License-Identifier: Apache-2.0
"""What a certificate shows of a card, to people and to tell cards apart. Nothing is judged."""

from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from connectors.cps_card.certificate import FAULTS, CardCertificate, read_card_certificate


@dataclass(frozen=True, slots=True)
class Face:
    """A card, as it is shown."""

    serial: str
    holder: str
    kind: str
    valid_until: int

    @property
    def label(self) -> str:
        """The holder and the card's number."""
        return " ".join(word for word in (self.holder, self.serial) if word)


def identity_of(certificate: bytes) -> str:
    """Tells a card from every other."""
    return sha256(certificate).hexdigest()


def face_of(certificate: bytes) -> Face | None:
    """What is shown of it; None for what is no certificate."""
    card = read_card_certificate(certificate)
    if isinstance(card, CardCertificate):
        holder = f"{card.first_name} {card.last_name}".strip()
        return Face(card.serial, holder, card.kind.value, card.valid_until)
    # A card of another family is shown by its name; whether it opens anything, the server says.
    try:
        other = x509.load_der_x509_certificate(certificate)
        names = other.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        holder = str(names[0].value)[:64] if names else ""
        until = int(other.not_valid_after_utc.timestamp())
    except FAULTS:
        return None
    return Face("", "".join(each for each in holder if each.isprintable()), "", until)


def logs_in(certificate: bytes) -> bool:
    """Whether its key is one to log in with, and not the one that signs prescriptions."""
    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (*FAULTS, x509.ExtensionNotFound):
        return False
    return usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH in extended


def algorithm_for(certificate: bytes) -> str | None:
    """How a key of this kind signs best; None for a key that no server would believe."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except FAULTS:
        return None
    if isinstance(key, rsa.RSAPublicKey):
        return "PS256"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return "ES256"
    return None
