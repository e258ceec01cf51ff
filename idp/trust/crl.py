# SPDX-License-Identifier: Apache-2.0
"""Reading a revocation list (RFC 5280 §5, §6.3): all is as it should be, or it is not used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtensionOID

from idp.trust.certificate import NOT_READ, Certificate, Kind, addresses_of, uris
from idp.trust.serials import pack
from idp.trust.strength import HASHES

# Clocks differ a little.
AHEAD = 300
LONGEST_NUMBER = 1 << 160
# `critical TRUE` in DER: as often as the list's own extensions say so, or an entry has one, too.
CRITICAL = b"\x01\x01\xff"
KNOWN = frozenset(
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_NUMBER,
        ExtensionOID.DELTA_CRL_INDICATOR,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
    }
)


class Scope(Enum):
    """Whose certificates a list tells of."""

    ALL = "all"
    PEOPLE = "user"
    AUTHORITIES = "ca"


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list that may be believed; `base` is the number that changes are told since."""

    number: int
    base: int | None
    issued_at: int
    next_at: int
    points: tuple[str, ...]
    scope: Scope
    revoked: bytes
    released: bytes = b""
    # Where changes to it are told.
    fresher: tuple[str, ...] = ()


class Unusable(Exception):
    """Why a list is not used; becomes a value at the door."""


def read_list(body: bytes, issuers: Sequence[Certificate], now: int) -> RevocationList | str:
    """A list that one of these certificates of the same key has issued, or why it is not used."""
    try:
        return _read(x509.load_der_x509_crl(body), body, issuers, now)
    except Unusable as why:
        return str(why)
    except NOT_READ:
        return "it is not a revocation list as it should be"


def _read(
    found: x509.CertificateRevocationList, body: bytes, issuers: Sequence[Certificate], now: int
) -> RevocationList:
    _check_issuer(found, issuers)
    issued_at, next_at = _times(found, now)
    extensions = found.extensions
    for one in extensions:
        if one.critical and one.oid not in KNOWN:
            raise Unusable(f"it demands what is not known here: {one.oid.dotted_string}")
    points, scope = _place(_get(extensions, x509.IssuingDistributionPoint))
    number, base = _get(extensions, x509.CRLNumber), _get(extensions, x509.DeltaCRLIndicator)
    expected = sum(one.critical for one in extensions)
    if body.count(CRITICAL) > expected:
        _check_entries(found)
    revoked, released = _entries(found, changes=base is not None)
    fresher = _get(extensions, x509.FreshestCRL)
    return RevocationList(
        number=_number(number.crl_number if number else 0),
        base=_number(base.crl_number) if base else None,
        issued_at=issued_at,
        next_at=next_at,
        points=points,
        scope=scope,
        revoked=revoked,
        released=released,
        fresher=addresses_of(fresher),
    )


def _get(extensions: x509.Extensions, kind: type[Kind]) -> Kind | None:
    try:
        value: Kind = extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    return value


def _check_issuer(found: x509.CertificateRevocationList, issuers: Sequence[Certificate]) -> None:
    """XC-012: its issuer's name, and its issuer's key."""
    named = [one for one in issuers if one.subject == found.issuer]
    if not named:
        raise Unusable("another authority has issued it")
    if not isinstance(found.signature_hash_algorithm, HASHES):
        raise Unusable("its signature is weak")
    for one in named:
        usage = one.get(x509.KeyUsage)
        if usage is not None and not usage.crl_sign:
            continue
        try:
            if found.is_signature_valid(one.parsed.public_key()):  # type: ignore[arg-type]
                return
        except (*NOT_READ, InvalidSignature, UnsupportedAlgorithm):
            continue
    raise Unusable("its signature is not its authority's")


def _times(found: x509.CertificateRevocationList, now: int) -> tuple[int, int]:
    issued_at, next_at = _seconds(found.last_update_utc), _seconds(found.next_update_utc)
    if issued_at > now + AHEAD:
        raise Unusable("it is of the future")
    # RFC 5280 §5.1.2.5: always there; without it nobody knows how long a list is good.
    if next_at <= now:
        raise Unusable("its time is over")
    return issued_at, next_at


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0


def _place(
    point: x509.IssuingDistributionPoint | None,
) -> tuple[tuple[str, ...], Scope]:
    if point is None:
        return (), Scope.ALL
    if point.indirect_crl:
        raise Unusable("it is an indirect one")
    if point.only_some_reasons or point.only_contains_attribute_certs or point.relative_name:
        raise Unusable("it tells of a part only")
    points = tuple(uris(point.full_name or ()))
    if point.full_name and not points:
        raise Unusable("its place has no address")
    if point.only_contains_user_certs:
        return points, Scope.PEOPLE
    return points, Scope.AUTHORITIES if point.only_contains_ca_certs else Scope.ALL


def _number(value: int) -> int:
    if not 0 <= value < LONGEST_NUMBER:
        raise Unusable("its number is out of bounds")
    return value


def _check_entries(found: Iterable[x509.RevokedCertificate]) -> None:
    """RFC 5280 §5.3: a critical extension of one entry that is not known spoils the whole list.

    `certificateIssuer`, which only indirect lists have, is one.
    """
    for entry in found:
        if any(one.critical for one in entry.extensions):
            raise Unusable("an entry demands what is not known here")


def _entries(found: Iterable[x509.RevokedCertificate], *, changes: bool) -> tuple[bytes, bytes]:
    if not changes:
        # Why does not matter, and takes six times as long to read.
        return pack(one.serial_number for one in found), b""
    revoked: list[int] = []
    released: list[int] = []
    for one in found:
        reason = _get(one.extensions, x509.CRLReason)
        again = reason is not None and reason.reason is x509.ReasonFlags.remove_from_crl
        (released if again else revoked).append(one.serial_number)
    return pack(revoked), pack(released)
