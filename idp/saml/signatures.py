# SPDX-License-Identifier: Apache-2.0
"""The one file for signatures: made, and verified.

Made here (exclusive canonical form, RSA with SHA-256); verified by signxml, once the shape of the
signature was found to be the one that SAML Core §5.4 describes and nothing else. What is true of a
message is read from the element that `verify` gives back, built anew from the bytes that were
signed: never from the document that it came in.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256, sha384, sha512
from typing import Any, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from idp.saml import names
from idp.saml.names import DS, EC, ENVELOPED, EXCLUSIVE, RSA_SHA256, ds, saml
from idp.saml.xml import Element, is_identifier, new_parser

RSA_BITS = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)

_RSA: dict[str, type[HashAlgorithm]] = {
    names.RSA_SHA256: SHA256,
    names.RSA_SHA384: SHA384,
    names.RSA_SHA512: SHA512,
}
_ECDSA: dict[str, type[HashAlgorithm]] = {
    names.ECDSA_SHA256: SHA256,
    names.ECDSA_SHA384: SHA384,
    names.ECDSA_SHA512: SHA512,
}
# SM-013, SM-014: neither SHA-1 nor MD5, neither HMAC nor DSA.
SIGNATURES = (*_RSA, *_ECDSA)
SIGNATURE_METHODS = frozenset(SIGNATURES)
_DIGESTS = {names.SHA256: sha256, names.SHA384: sha384, names.SHA512: sha512}
DIGESTS = tuple(_DIGESTS)
# SAML Core §5.4.3, §5.4.4. No document that is read has comments, so both are one.
_CANONICAL = frozenset((EXCLUSIVE, f"{EXCLUSIVE}WithComments"))
_MOST_KEYS = 8


class Digest(Protocol):
    """As of `hashlib`."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class Unverified(Enum):
    """Why a signature proves nothing."""

    UNEXPECTED_ELEMENT = "not the expected element"
    ABSENT = "no signature"
    SEVERAL = "several signatures"
    WRAPPED = "the same element elsewhere in the document"
    MISSHAPEN = "a signature of another shape"
    ALGORITHM = "an algorithm that is not accepted"
    REFERENCE = "refers to something else"
    TRANSFORMS = "other transforms"
    EMPTY = "the digest of nothing"
    WRONG = "does not hold by any registered key"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of ours: what signs bytes by RSA with SHA-256, and the certificate that goes along."""

    sign: Callable[[bytes], bytes]
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Claim:
    """The digest that a signature claims for a whole, how it is made, and of which form."""

    digest: bytes
    new: Callable[[bytes], Digest]
    # Written out as if they were used, wherever they are in scope.
    prefixes: tuple[str, ...]


def sign(element: Element, key: SigningKey) -> None:
    """Sign an element that bears an ID, in place. Whoever changes it afterwards breaks it."""
    digest = sha256(canonical(element)).digest()
    signed_info = _SIGNED_INFO.format(element.get("ID"), b64encode(digest).decode())
    value = key.sign(signed_info.replace("<ds:SignedInfo>", _OPENED, 1).encode())
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}">{signed_info}'
        f"<ds:SignatureValue>{b64encode(value).decode()}</ds:SignatureValue>"
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{bare(key.certificate)}"
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
        new_parser(),
    )
    # SAML Core §2.3.3, §3.2.1: after the issuer. In metadata it comes first.
    first = element[0].tag == saml("Issuer") if len(element) else False
    element.insert(1 if first else 0, signature)


def bare(certificate: x509.Certificate) -> str:
    """A certificate as metadata and KeyInfo hold it."""
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()


def read_certificate(value: str | bytes) -> x509.Certificate | None:
    """A certificate of a metadata document, base64 or DER, if its key is strong enough.

    Its dates and its issuer mean nothing: it is an envelope for a key that was registered
    (SAML Metadata Interoperability Profile §2.6.1).
    """
    try:
        der = (
            value if isinstance(value, bytes) else b64decode("".join(value.split()), validate=True)
        )
        certificate = x509.load_der_x509_certificate(der)
        return certificate if _is_strong(certificate.public_key()) else None
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None


def verify(
    element: Element, tag: str, certificates: Sequence[x509.Certificate]
) -> Element | Unverified:
    """What was signed, as an element of its own, without the signature; or why nothing is known.

    `element` is of a document that the one parser read: the message itself, or an assertion in it.
    """
    fault = _look_at(element, tag)
    if fault is not None:
        return fault
    alone = _alone(element)
    signature = alone.find(ds("Signature"))
    for key_info in signature.findall(ds("KeyInfo")):
        # SM-013: what the message says about its key is not even there.
        signature.remove(key_info)
    for certificate in certificates[:_MOST_KEYS]:
        signed = _signed_by(alone, certificate)
        if signed is None:
            continue
        if signed.tag == tag and signed.get("ID") == element.get("ID"):
            return signed
    return Unverified.WRONG


def _alone(element: Element) -> Element:
    """An element by itself: all that a reference can reach."""
    # In UTF-8: a reference to a character, which ASCII takes, is nothing that a name may hold.
    data = etree.tostring(element, encoding="utf-8", xml_declaration=False, with_tail=False)
    return etree.fromstring(data, new_parser())


def claim_of(
    signature: Element, uri: str, certificates: Sequence[x509.Certificate]
) -> Claim | Unverified:
    """What a signature says of a whole that is too large for one tree; by `uri` it names the whole.

    The signature itself holds when this comes back; whether the whole has this digest is for
    whoever reads it to find out. What is read here is read from the bytes that were signed.
    """
    fault = _look_at_signature(signature, uri)
    if fault is not None:
        return fault
    alone = _alone(signature[0])
    octets = canonical(alone, _prefixes(alone[0]))
    value = _bytes_of(signature[1])
    signed = etree.fromstring(octets, new_parser())
    if not holds(octets, signed[1].get("Algorithm"), value, certificates):
        return Unverified.WRONG
    reference = signed[2]
    fault = _look_at_reference(reference, uri)
    if fault is not None:
        return fault
    transforms, method, digest = reference
    return Claim(_bytes_of(digest), _DIGESTS[method.get("Algorithm")], _prefixes(transforms[1]))


def holds(
    octets: bytes, algorithm: str, signature: bytes, certificates: Sequence[x509.Certificate]
) -> bool:
    """Whether a detached signature, as the Redirect binding has it, is by one of these keys."""
    return any(
        _holds_by(octets, algorithm, signature, one.public_key())
        for one in certificates[:_MOST_KEYS]
    )


_SIGNED_INFO = (
    "<ds:SignedInfo>"
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
    f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"></ds:SignatureMethod>'
    '<ds:Reference URI="#{}"><ds:Transforms>'
    f'<ds:Transform Algorithm="{ENVELOPED}"></ds:Transform>'
    f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{names.SHA256}"></ds:DigestMethod>'
    "<ds:DigestValue>{}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
)
# Written as its canonical form is: there is nothing left to canonicalise.
_OPENED = f'<ds:SignedInfo xmlns:ds="{DS}">'


def canonical(element: Element, prefixes: Sequence[str] = ()) -> bytes:
    """The exclusive canonical form, without comments."""
    written: bytes = etree.tostring(
        element,
        method="c14n",
        exclusive=True,
        with_comments=False,
        with_tail=False,
        inclusive_ns_prefixes=list(prefixes) or None,
    )
    return written


def _is_strong(key: Any) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= RSA_BITS and key.public_numbers().e >= 65537
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)


def _look_at(element: Element, tag: str) -> Unverified | None:
    if element.tag != tag or not is_identifier(element.get("ID")):
        return Unverified.UNEXPECTED_ELEMENT
    document = element.getroottree().getroot()
    # SM-001 to SM-008: nothing that we read lies inside its like.
    if sum(1 for _ in document.iter(tag)) != 1:
        return Unverified.WRAPPED
    # SAML Core §5.4.2: it is a child of what it signs, wherever else there are signatures.
    signatures = element.findall(ds("Signature"))
    if len(signatures) != 1:
        return Unverified.SEVERAL if signatures else Unverified.ABSENT
    return _look_at_signature(signatures[0], f"#{element.get('ID')}")


def _look_at_signature(signature: Element, uri: str) -> Unverified | None:
    """All that decides how the signature is evaluated, before any of it is (SM-010 to SM-014)."""
    parts = [child.tag for child in signature]
    # SM-008: a ds:Object has no place here.
    if parts not in (_SIGNATURE, [*_SIGNATURE, ds("KeyInfo")]) or set(signature.attrib) - {"Id"}:
        return Unverified.MISSHAPEN
    signed_info = signature[0]
    if [child.tag for child in signed_info] != _SIGNED_INFO_PARTS:
        return Unverified.MISSHAPEN
    how, method, reference = signed_info
    if not _is_canonical(how) or len(method) or method.get("Algorithm") not in SIGNATURE_METHODS:
        return Unverified.ALGORITHM
    if not _bytes_of(signature[1]):
        return Unverified.MISSHAPEN
    return _look_at_reference(reference, uri)


def _look_at_reference(reference: Element, uri: str) -> Unverified | None:
    if reference.get("URI") != uri or reference.get("Type") is not None:
        return Unverified.REFERENCE
    if [child.tag for child in reference] != _REFERENCE_PARTS:
        return Unverified.MISSHAPEN
    transforms, method, value = reference
    steps = list(transforms)
    # SM-012: exactly these two, in this order, and nothing inside that could be evaluated.
    if [step.tag for step in steps] != [ds("Transform")] * 2:
        return Unverified.TRANSFORMS
    if steps[0].get("Algorithm") != ENVELOPED or len(steps[0]) or not _is_canonical(steps[1]):
        return Unverified.TRANSFORMS
    digest = _DIGESTS.get(method.get("Algorithm", ""))
    if digest is None or len(method):
        return Unverified.ALGORITHM
    found = _bytes_of(value)
    if len(found) != digest().digest_size:
        return Unverified.MISSHAPEN
    # SM-021: what a canonicalisation that failed in silence would leave.
    return Unverified.EMPTY if found == digest().digest() else None


_SIGNATURE = [ds("SignedInfo"), ds("SignatureValue")]
_SIGNED_INFO_PARTS = [ds("CanonicalizationMethod"), ds("SignatureMethod"), ds("Reference")]
_REFERENCE_PARTS = [ds("Transforms"), ds("DigestMethod"), ds("DigestValue")]
_PREFIX_LIST = re.compile(r"(?:#default|[A-Za-z_][\w.-]*)(?: (?:#default|[A-Za-z_][\w.-]*)){0,31}")


def _is_canonical(method: Element) -> bool:
    """Whether it is the exclusive form, with no more than a list of prefixes inside."""
    if method.get("Algorithm") not in _CANONICAL:
        return False
    if not len(method):
        return True
    inside = method[0]
    return (
        len(method) == 1
        and inside.tag == f"{{{EC}}}InclusiveNamespaces"
        and not len(inside)
        and inside.attrib.keys() == ["PrefixList"]
        and _PREFIX_LIST.fullmatch(inside.get("PrefixList")) is not None
    )


def _prefixes(method: Element) -> tuple[str, ...]:
    """Of a canonical form whose shape was looked at."""
    return tuple(method[0].get("PrefixList").split()) if len(method) else ()


def _bytes_of(element: Element) -> bytes:
    """The base64 of an element without children; nothing where it is none."""
    if len(element):
        return b""
    try:
        return b64decode("".join((element.text or "").split()), validate=True)
    except ValueError:
        return b""


_METHODS = frozenset(SignatureMethod(one) for one in SIGNATURE_METHODS)
_DIGEST_METHODS = frozenset(DigestAlgorithm(one) for one in _DIGESTS)


def _signed_by(alone: Element, certificate: x509.Certificate) -> Element | None:
    """What this key signed, or None; SM-015: no error of the verifier is taken for an answer."""
    expected = SignatureConfiguration(
        require_x509=True,
        location="./",
        expect_references=1,
        signature_methods=_METHODS,
        digest_algorithms=_DIGEST_METHODS,
        # The certificate is the envelope of a registered key; its dates say nothing about it.
        verification_time=certificate.not_valid_before_utc,
    )
    try:
        found = XMLVerifier().verify(
            alone,
            x509_cert=certificate,
            parser=new_parser(),
            id_attribute="ID",
            expect_config=expected,
            # Its shape was looked at more closely, and its schema is shared by threads.
            validate_schema=False,
        )
    except (SignXMLException, InvalidSignature, UnsupportedAlgorithm, etree.LxmlError, ValueError):
        return None
    return found.signed_xml if isinstance(found, VerifyResult) and found.signed_data else None


def _holds_by(octets: bytes, algorithm: str, signature: bytes, key: Any) -> bool:
    try:
        if algorithm in _RSA and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, octets, padding.PKCS1v15(), _RSA[algorithm]())
            return True
        if algorithm in _ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(_as_der(signature, key), octets, ec.ECDSA(_ECDSA[algorithm]()))
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return False


def _as_der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """RFC 9231 §2.3.6 has R and S side by side; some senders write what their library gives."""
    width = (key.key_size + 7) // 8
    if len(signature) != 2 * width:
        return signature
    r, s = signature[:width], signature[width:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
