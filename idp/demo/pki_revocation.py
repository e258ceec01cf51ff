# SPDX-License-Identifier: Apache-2.0
"""What no longer stands: a register, and the lists and answers that tell of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import new as new_hash
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.demo.pki_authority import Authority, Extensions, Issued, key_usage, moment, new_key

DAY = 86400
Reason: TypeAlias = x509.ReasonFlags
REASONS = {each.name: each for each in Reason}


@dataclass(frozen=True, slots=True)
class Revoked:
    """Since when, and why. Reason `remove_from_crl`: it had been suspended, and stands again."""

    at: int
    reason: Reason = Reason.key_compromise


class Register:
    """Revoked certificates by authority (its short name) and number.

    In memory; or in a file, read anew each time, so that one process revokes and another one tells.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept: dict[str, dict[int, Revoked]] = {}

    def of(self, short: str) -> Mapping[int, Revoked]:
        """All that this authority has revoked."""
        self._read()
        return self._kept.get(short, {})

    def revoke(self, short: str, serial: int, revoked: Revoked) -> None:
        """Note it; the last word on a certificate counts."""
        self._read()
        self._kept.setdefault(short, {})[serial] = revoked
        self._write()

    def _read(self) -> None:
        if self._path is None or not self._path.exists():
            return
        told = json.loads(self._path.read_text("ascii"))
        self._kept = {
            short: {
                int(serial, 16): Revoked(at, REASONS[why]) for serial, (at, why) in all_.items()
            }
            for short, all_ in told.items()
        }

    def _write(self) -> None:
        if self._path is None:
            return
        told = {
            short: {f"{serial:x}": (each.at, each.reason.name) for serial, each in all_.items()}
            for short, all_ in self._kept.items()
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(told), "ascii")
        fresh.replace(self._path)


def revocation_list(
    authority: Authority,
    entries: Iterable[tuple[int, Revoked]],
    period: tuple[int, int],
    number: int,
    *,
    base: int | None = None,
    extensions: Extensions = (),
) -> bytes:
    """A signed list (RFC 5280 §5); with `base`, only the changes since the list of that number."""
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    said = [(key_id, False), (x509.CRLNumber(number), False), *extensions]
    if base is not None:
        said.append((x509.DeltaCRLIndicator(base), True))
    # Handed over at once: the builder copies its list with each single entry.
    builder = x509.CertificateRevocationListBuilder(
        authority.certificate.subject,
        moment(period[0]),
        moment(period[1]),
        [x509.Extension(one.oid, critical, one) for one, critical in said],
        [_entry(serial, revoked) for serial, revoked in entries],
    )
    signed = builder.sign(authority.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def _entry(serial: int, revoked: Revoked) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment(revoked.at))
    )
    # RFC 5280 §5.3.1: « unspecified » is told by telling nothing.
    if revoked.reason is not Reason.unspecified:
        builder = builder.add_extension(x509.CRLReason(revoked.reason), critical=False)
    return builder.build()


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of the day. A whole one is made every `every` seconds, the changes at any time."""

    register: Register
    every: int = 1
    valid: int = 7 * DAY
    delta_valid: int = DAY

    def whole(self, authority: Authority, now: int) -> bytes:
        """All that was revoked when it was made, but for what stands again."""
        at = self._made_at(now)
        entries = [
            (serial, revoked)
            for serial, revoked in self.register.of(authority.short).items()
            if revoked.at <= at and revoked.reason is not Reason.remove_from_crl
        ]
        return revocation_list(
            authority, entries, (at, at + self.valid), self._number(authority, at)
        )

    def changes(self, authority: Authority, now: int) -> bytes:
        """What happened since the whole list was made."""
        at = self._made_at(now)
        entries = [
            (serial, revoked)
            for serial, revoked in self.register.of(authority.short).items()
            if at < revoked.at <= now
        ]
        number, base = self._number(authority, now), self._number(authority, at)
        return revocation_list(authority, entries, (now, now + self.delta_valid), number, base=base)

    def _number(self, authority: Authority, at: int) -> int:
        """Two lists that differ have two numbers (RFC 5280 §5.2.3), also within one second."""
        latest = sum(revoked.at == at for revoked in self.register.of(authority.short).values())
        return at * 1000 + latest

    def _made_at(self, now: int) -> int:
        return now - now % self.every


class Responder:
    """Answers for one authority whether a certificate stands (RFC 6960).

    Signed by the authority itself, or by a certificate that it gave out for that.
    """

    def __init__(
        self, authority: Authority, register: Register, signer: Issued | None = None
    ) -> None:
        self.authority = authority
        self.signer = signer or authority.issued
        self._register = register

    def knows(self, request: ocsp.OCSPRequest) -> bool:
        """Whether the request is about this authority's certificates: by its key, not its name."""
        spki = self.authority.certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.PKCS1
        )
        return new_hash(request.hash_algorithm.name, spki).digest() == request.issuer_key_hash

    def answer(self, request: ocsp.OCSPRequest, now: int, valid: int = 3600) -> bytes:
        """Good or revoked; a nonce comes back as it was."""
        known = self._register.of(self.authority.short).get(request.serial_number)
        # The demo's clock may have come back from where it was revoked.
        gone = known is not None and known.at <= now and known.reason is not Reason.remove_from_crl
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=request.issuer_name_hash,
            issuer_key_hash=request.issuer_key_hash,
            serial_number=request.serial_number,
            algorithm=request.hash_algorithm,
            cert_status=ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD,
            this_update=moment(now),
            next_update=moment(now + valid),
            revocation_time=moment(known.at) if known and gone else None,
            revocation_reason=_told(known.reason) if known and gone else None,
        )
        for extension in request.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        if self.signer is not self.authority.issued:
            builder = builder.certificates([self.signer.certificate])
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.signer.certificate)
        signed = builder.sign(self.signer.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)


def _told(reason: Reason) -> Reason | None:
    return None if reason is Reason.unspecified else reason


def refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    """An answer that answers nothing: malformed request, try later, unauthorised."""
    answer = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
    return answer.public_bytes(serialization.Encoding.DER)


def responder_certificate(authority: Authority, period: tuple[int, int]) -> Issued:
    """A certificate for nothing but answering in the authority's name (RFC 6960 §4.2.2.2)."""
    key = new_key()
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"OCSP {authority.short}"),
        ]
    )
    extensions: Extensions = [
        (x509.BasicConstraints(ca=False, path_length=None), False),
        (key_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), False),
    ]
    return authority.sign(subject, period, extensions, key=key)
