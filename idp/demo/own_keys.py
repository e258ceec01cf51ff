# SPDX-License-Identifier: Apache-2.0
"""Keys of the demo's applications that speak SAML: each makes its own once, and keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from idp.cli.ring import replace_private

BITS = 2048
# The certificate is an envelope for the key: its dates say nothing about it.
VALID = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class OwnKey:
    """Where an application's key and certificate are."""

    key: Path
    certificate: Path


def own_key(secrets: Path, application: str) -> OwnKey:
    """Those of an application, made where there are none yet."""
    found = OwnKey(secrets / f"{application}.key", secrets / f"{application}.pem")
    if not (found.key.is_file() and found.certificate.is_file()):
        _make(found, application)
    return found


def registered(document: Mapping[str, Any], secrets: Path) -> Mapping[str, Any]:
    """A registration with the application's own certificate in it."""
    if document["protocol"] != "saml":
        return document
    pem = own_key(secrets, document["key"]).certificate.read_text("ascii")
    known = {"signing_certificates": [pem], "encryption_certificates": [pem]}
    return {**document, "saml": {**document["saml"], **known}}


def _make(wanted: OwnKey, application: str) -> None:
    private = rsa.generate_private_key(65537, BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, application)])
    since = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + VALID)
        .sign(private, SHA256())
    )
    written = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    replace_private(wanted.key, written.decode())
    replace_private(wanted.certificate, certificate.public_bytes(Encoding.PEM).decode())
