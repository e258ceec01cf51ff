# SPDX-License-Identifier: Apache-2.0
"""The keys of sources: registered as a set or a certificate, or fetched from where they say."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError

from connectors.launches import LaunchSource
from connectors.openid.fetching import get_object
from connectors.openid.keys import FAMILIES, TYPES, Keys, PublicKey, read_keys
from connectors.openid.upstream import Failed, Fault
from connectors.ports import Http
from connectors.strict_json import read_object

LONGEST_SET = 64 * 1024
PRIVATE = {"d", "k", "p", "q", "dp", "dq", "qi", "oth"}
RSA_BITS = (2048, 8192)


class SourceKeys:
    """Finds a key; safe to share between threads."""

    def __init__(
        self,
        way_to: Callable[[], Http],
        monotonic: Callable[[], float],
        now: Callable[[], int],
    ) -> None:
        self._way_to = way_to
        self._monotonic = monotonic
        self._now = now
        self._lock = threading.Lock()
        self._fetched: dict[str, tuple[tuple[str, str], Keys]] = {}

    def find(self, source: LaunchSource, name: str) -> PublicKey | Failed | None:
        """The key of this name; a certificate has no need of one."""
        if source.certificate:
            return read_certificate(source.certificate, source.algorithm, self._now())
        if source.keys:
            known = known_keys(source.keys, source.algorithm)
            return known if isinstance(known, Failed) else known.get(name)
        return self._keys_of(source).find(name) if name else None

    def _keys_of(self, source: LaunchSource) -> Keys:
        """Those of its address, remembered: strangers' tokens make us ask no more (BR-018)."""
        wanted = (source.keys_address, source.algorithm)
        with self._lock:
            found = self._fetched.get(source.key)
            if found is None or found[0] != wanted:
                # What was fetched from elsewhere, before it was changed, verifies nothing more.
                http = self._way_to()
                keys = Keys(lambda: get_object(http, wanted[0]), source.algorithm, self._monotonic)
                found = self._fetched[source.key] = (wanted, keys)
            return found[1]


def known_keys(text: str, algorithm: str) -> Mapping[str, PublicKey] | Failed:
    """The keys of a registered set."""
    found = read_object(text, LONGEST_SET)
    return Failed(Fault.NOT_BELIEVED, "keys") if found is None else read_keys(found, algorithm)


def read_certificate(pem: str, algorithm: str, now: int) -> PublicKey | None:
    """The key of a certificate, as long as that one is valid; None for one of another family."""
    family, curve = FAMILIES[algorithm]
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        public = certificate.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        key = TYPES[family].import_key(public)
        found = key.as_dict(private=False)
        size = getattr(certificate.public_key(), "key_size", 0)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    moment = datetime.fromtimestamp(now, UTC)
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        return None
    if curve is not None and found.get("crv") != curve:
        return None
    return None if curve is None and not RSA_BITS[0] <= size <= RSA_BITS[1] else key


def holds_keys(source: LaunchSource, now: int) -> bool:
    """Whether what is registered of it can verify anything; and whether it is all public."""
    if source.certificate:
        return read_certificate(source.certificate, source.algorithm, now) is not None
    document = read_object(source.keys, LONGEST_SET) or {}
    listed = document.get("keys")
    keys = listed if isinstance(listed, list) else []
    if any(not isinstance(one, dict) or PRIVATE & one.keys() for one in keys):
        return False
    known = read_keys(document, source.algorithm)
    return not isinstance(known, Failed) and bool(known)
