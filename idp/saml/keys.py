# SPDX-License-Identifier: Apache-2.0
"""The signing keys as this protocol shows them: each in a certificate that it signed itself.

The certificate is an envelope and vouches for nothing. It is made of what the key's row says and
nothing else, so that every process, today and after a restart, publishes the same bytes.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from idp.errors import Unavailable
from idp.keys.schedule import KeyTimes
from idp.keys.store import KeyStore
from idp.keys.view import Signer
from idp.saml.signatures import SigningKey

ALGORITHM = "RS256"
VALID = timedelta(days=3653)
LONGEST_COMMON_NAME = 64


class SamlKeys:
    """Keys of this server's answers."""

    def __init__(self, store: KeyStore, issuer: str) -> None:
        self._store = store
        host = urlsplit(issuer).hostname or "sceau"
        self._name = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, host[:LONGEST_COMMON_NAME])]
        )
        self._made: dict[str, SigningKey] = {}

    def current(self) -> SigningKey:
        """The one that signs now."""
        return self._of(*self._all()[0])

    def published(self) -> tuple[x509.Certificate, ...]:
        """Those that sign or will: in roll-over, applications learn the next one ahead."""
        return tuple(self._of(signer, times).certificate for signer, times in self._all())

    def _all(self) -> tuple[tuple[Signer, KeyTimes], ...]:
        found = self._store.signers(ALGORITHM)
        if not found:
            raise Unavailable(f"no key signs with {ALGORITHM}")
        return found

    def _of(self, signer: Signer, times: KeyTimes) -> SigningKey:
        made = self._made.get(signer.kid)
        if made is None:
            made = SigningKey(signer.raw, self._certificate(signer, times))
            self._made[signer.kid] = made
        return made

    def _certificate(self, signer: Signer, times: KeyTimes) -> x509.Certificate:
        key = signer.key.private_key
        if not isinstance(key, rsa.RSAPrivateKey):
            raise Unavailable(f"the key {signer.kid} can't sign assertions")
        since = datetime.fromtimestamp(times.created_at, UTC)
        # RFC 5280 §4.1.2.2: positive, and of 20 bytes at most.
        serial = int.from_bytes(sha256(signer.kid.encode()).digest()[:16]) | 1
        builder = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(since)
            .not_valid_after(since + VALID)
        )
        # The padding of PKCS #1 v1.5 has no chance in it: the same key makes the same bytes.
        return builder.sign(key, SHA256())
