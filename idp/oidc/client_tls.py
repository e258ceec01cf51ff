# SPDX-License-Identifier: Apache-2.0
"""Clients known by the certificate of their connection (RFC 8705): how they are registered, and
whether the one that was shown is theirs.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from connectors.ports import Trusted
from idp.applications.faults import What
from idp.http.client_certificates import Reader
from idp.http.services import Core
from idp.http.wire import Call
from idp.oidc.reading import Reading
from idp.trust.certificate import Certificate, read
from idp.trust.strength import has_strong_key

BY_AUTHORITY: Final = "tls_client_auth"
SELF_SIGNED: Final = "self_signed_tls_client_auth"
TLS_METHODS: Final = (BY_AUTHORITY, SELF_SIGNED)
# Of those that RFC 4514 has no word for, the usual ones.
WORDS: Final = {
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}
LONGEST_NAME: Final = 1024


class Unshowable(What):
    """What may be wrong with what is registered of a certificate."""

    NAME_ONE = "tls_client_auth needs exactly one name of its certificate"
    NAME_UNFIT = "this is no such name"


def _subject(value: str) -> x509.Name:
    return x509.Name.from_rfc4514_string(value, dict(WORDS))


def _text(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("no name")
    return value


def _meant(name: str, value: object) -> object:
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        raise ValueError("no name")
    return NAMES[name](value)


# RFC 8705 §2.1.2: what each of them may be compared with.
NAMES: Final[Mapping[str, Callable[[str], object]]] = MappingProxyType(
    {
        "tls_client_auth_subject_dn": _subject,
        "tls_client_auth_san_dns": lambda value: _text(value).lower(),
        "tls_client_auth_san_uri": _text,
        "tls_client_auth_san_ip": ip_address,
        "tls_client_auth_san_email": _text,
    }
)
TLS_SETTINGS: Final = frozenset(NAMES)


@dataclass(frozen=True, slots=True)
class CertificateName:
    """The one name by which a client's certificate is known under its authority."""

    kind: str = ""
    value: object = None

    @classmethod
    def read(cls, reading: Reading, method: str) -> "CertificateName":
        """From the settings: one where the client is known so, and never two."""
        given = {name: reading.settings[name] for name in NAMES if reading.settings.get(name)}
        if len(given) > 1 or (not given and method == BY_AUTHORITY):
            reading.note("token_endpoint_auth_method", Unshowable.NAME_ONE)
        for name, value in given.items():
            try:
                return cls(name, _meant(name, value))
            except ValueError:
                reading.note(name, Unshowable.NAME_UNFIT)
        return cls()

    def is_in(self, certificate: Certificate) -> bool:
        """Whether the certificate bears it, whole and as it is written."""
        if self.kind == "tls_client_auth_subject_dn":
            return bool(certificate.subject == self.value)
        others = certificate.get(x509.SubjectAlternativeName)
        return others is not None and self.value in _others(others, self.kind)


def _others(names: x509.SubjectAlternativeName, kind: str) -> list[Any]:
    match kind:
        case "tls_client_auth_san_dns":
            return [one.lower() for one in names.get_values_for_type(x509.DNSName)]
        case "tls_client_auth_san_uri":
            return list(names.get_values_for_type(x509.UniformResourceIdentifier))
        case "tls_client_auth_san_ip":
            return list(names.get_values_for_type(x509.IPAddress))
        case "tls_client_auth_san_email":
            return list(names.get_values_for_type(x509.RFC822Name))
    return []


class ClientCertificates:
    """The certificate that came with a request, where this address asks for one.

    Elsewhere nothing is read: a header that says it holds one is nobody's word (OA-059).
    """

    def __init__(self, core: Core, reader: Reader | None) -> None:
        self._core = core
        self._reader = reader

    def shown(self, call: Call) -> bytes | None:
        """Its bytes, of which nothing is believed yet."""
        found = self._reader(call) if self._reader else None
        return found if isinstance(found, bytes) else None

    def thumbprint(self, call: Call) -> str:
        """RFC 8705 §3.1; nothing where none was shown."""
        shown = self.shown(call)
        return urlsafe_b64encode(sha256(shown).digest()).rstrip(b"=").decode() if shown else ""

    def stands(self, shown: bytes, name: CertificateName, client: str) -> bool:
        """RFC 8705 §2.1: under an authority of applications, and of this very name."""
        certificate = read(shown)
        if certificate is None or not name.is_in(certificate):
            return False
        return isinstance(self._core.trust.judge_application(shown, client), Trusted)

    def is_among(self, shown: bytes, registered: frozenset[bytes]) -> bool:
        """RFC 8705 §2.2: byte for byte a registered one, within its time."""
        certificate = read(shown)
        if certificate is None or shown not in registered:
            return False
        now = self._core.clock.now()
        return certificate.valid_from <= now <= certificate.valid_until and has_strong_key(
            certificate
        )
