# SPDX-License-Identifier: Apache-2.0
"""Asking a responder about one certificate, and reading what it answers (RFC 6960)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from idp.trust.certificate import NOT_READ, Certificate, read, uris
from idp.trust.crl import AHEAD
from idp.trust.strength import HASHES, has_strong_key, is_strong

NONCE_BYTES = 32
# So old at most where the nonce did not come back or where no end is told: it may be a replay.
FRESH = 3600
ANSWER_TYPE = "application/ocsp-response"
REQUEST_TYPE = "application/ocsp-request"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a responder says of a certificate, since when, and until when it holds."""

    good: bool
    issued_at: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it is sent, and what its answer must match."""

    certificate: Certificate
    issuer: Certificate
    nonce: bytes
    body: bytes
    asked: ocsp.OCSPRequest


def responders_of(certificate: Certificate, configured: str) -> tuple[str, ...]:
    """Where to ask about a certificate: as it says itself, or as the operator did."""
    access = certificate.get(x509.AuthorityInformationAccess) or ()
    told = [
        one.access_location
        for one in access
        # Its other addresses are for fetching authorities: those come from the operator only.
        if one.access_method == AuthorityInformationAccessOID.OCSP
    ]
    return tuple(dict.fromkeys([*uris(told), *([configured] if configured else [])]))[:2]


def ask(certificate: Certificate, issuer: Certificate, nonce: bytes) -> Question:
    """The request about one certificate."""
    # SHA-1 only names the issuer here, and is what every responder knows (RFC 5019 §2.1.1).
    name_hash = hashes.SHA1()  # noqa: S303
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(certificate.parsed, issuer.parsed, name_hash)
        .add_extension(x509.OCSPNonce(nonce), critical=False)
        .build()
    )
    return Question(certificate, issuer, nonce, request.public_bytes(Encoding.DER), request)


def read_answer(body: bytes, question: Question, now: int, longest: int) -> Answer | str:
    """What it says, kept for `longest` seconds at most; or why it is not used (XC-014)."""
    try:
        answer = ocsp.load_der_ocsp_response(body)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return f"it answers {answer.response_status.name.lower().replace('_', ' ')}"
        return _read(answer, question, now, longest)
    except NOT_READ:
        return "its answer is not as it should be"


def _read(answer: ocsp.OCSPResponse, question: Question, now: int, longest: int) -> Answer | str:
    asked = question.asked
    same = (
        answer.serial_number == asked.serial_number
        and isinstance(answer.hash_algorithm, hashes.SHA1)
        and answer.issuer_name_hash == asked.issuer_name_hash
        and answer.issuer_key_hash == asked.issuer_key_hash
    )
    if not same:
        return "it answers about another certificate"
    if not _is_authorised(answer, question.issuer, now):
        return "its answer is not signed by whom the authority lets answer"
    nonce = _nonce(answer)
    if nonce is not None and not hmac.compare_digest(nonce, question.nonce):
        return "it answers another request"
    if any(one.critical for one in answer.extensions) or any(
        one.critical for one in answer.single_extensions
    ):
        return "its answer demands what is not known here"
    issued_at = int(answer.this_update_utc.timestamp())
    end = answer.next_update_utc
    until = int(end.timestamp()) if end else issued_at + FRESH
    if nonce is None:
        until = min(until, issued_at + FRESH)
    if issued_at > now + AHEAD or until <= now or issued_at > until:
        return "its answer is not of now"
    if answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        return "it does not know the certificate"
    good = answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    return Answer(good, issued_at, min(until, now + longest))


def _nonce(answer: ocsp.OCSPResponse) -> bytes | None:
    try:
        return answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None


def _is_authorised(answer: ocsp.OCSPResponse, issuer: Certificate, now: int) -> bool:
    """RFC 6960 §4.2.2.2: the issuer itself, or whom that very issuer has made its responder."""
    if not isinstance(answer.signature_hash_algorithm, HASHES):
        return False
    if _has_signed(issuer, answer):
        return True
    found = [read(one.public_bytes(Encoding.DER)) for one in answer.certificates[:4]]
    return any(
        one is not None and _may_answer(one, issuer, now) and _has_signed(one, answer)
        for one in found
    )


def _may_answer(responder: Certificate, issuer: Certificate, now: int) -> bool:
    purposes: Sequence[x509.ObjectIdentifier] = list(responder.get(x509.ExtendedKeyUsage) or ())
    usage = responder.get(x509.KeyUsage)
    return (
        ExtendedKeyUsageOID.OCSP_SIGNING in purposes
        and (usage is None or usage.digital_signature)
        and responder.valid_from <= now <= responder.valid_until
        and is_strong(responder)
        and responder.is_signed_by(issuer)
    )


def _has_signed(signer: Certificate, answer: ocsp.OCSPResponse) -> bool:
    if not has_strong_key(signer):
        return False
    key, chosen = signer.parsed.public_key(), answer.signature_hash_algorithm
    if chosen is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            # PKCS #1 v1.5 is what responders sign with; PSS would have to name its parameters.
            scheme = padding.PKCS1v15()
            key.verify(answer.signature, answer.tbs_response_bytes, scheme, chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(chosen))
        else:
            return False
    except (*NOT_READ, InvalidSignature):
        return False
    return True
