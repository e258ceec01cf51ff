# SPDX-License-Identifier: Apache-2.0
"""Metadata of providers, for whoever adds one or fetches it again: read, or one word why not."""

from collections.abc import Callable, Collection
from typing import Final

from cryptography import x509

from connectors.ports import Http
from idp.administration.rules.provider_metadata import Certificate, Metadata
from idp.outgoing.target import Stop, parse_target
from idp.providers.spoken import ByBrowser
from idp.saml.signatures import Unverified, bare, read_certificate
from idp.saml.upstream.described import Described, Undescribed, origin_of, read_described

KINDS: Final = {"Accept": "application/samlmetadata+xml, application/xml;q=0.9, */*;q=0.1"}
OK: Final = 200
WORDS: Final = {
    Undescribed.NO_PROVIDER: "no-provider",
    Undescribed.NO_NAME: "unreadable",
    Undescribed.NO_KEY: "no-key",
    Undescribed.NO_LOGIN: "no-login",
    Undescribed.OVER: "over",
    Undescribed.UNSIGNED: "unsigned",
}
UNPROVED: Final = frozenset(one.value for one in Unverified)


class ProviderMetadata:
    """Reads it."""

    def __init__(
        self, new_way: Callable[[], Http], allow: Collection[str], now: Callable[[], int]
    ) -> None:
        self._new_way = new_way
        # Hosts that the operator has named, inside of a network or without TLS.
        self._allow = frozenset(allow)
        self._now = now

    def found_at(self, address: str, signer: str = "") -> Metadata | str:
        """What is said at an address (BR-015: by the one guarded way)."""
        try:
            parse_target(address, self._allow)
        except Stop:
            return "address"
        # A way of its own each time: no earlier trial keeps this one from being made.
        answer = self._new_way().fetch("GET", address, KINDS)
        if answer is None or answer.status != OK:
            return "unreachable"
        return self._read(answer.body, signer, address)

    def said_by(self, document: bytes, signer: str = "") -> Metadata | str:
        """What a document says."""
        return self._read(document, signer, "")

    def unfit(self, spoken: ByBrowser) -> tuple[str, ...]:
        """What can't be gone by."""
        checks = {
            "login": bool(origin_of(spoken.login, self._allow)),
            "certificates": all(map(read_certificate, spoken.certificates)),
            "address": not spoken.signer or read_certificate(spoken.signer) is not None,
        }
        return tuple(name for name, holds in checks.items() if not holds)

    def _read(self, document: bytes, signer: str, address: str) -> Metadata | str:
        named = read_certificate(signer) if signer else None
        if signer and named is None:
            return "unproved"
        pinned = () if named is None else (named,)
        found = read_described(document, self._now(), pinned, self._allow)
        if isinstance(found, Described):
            return _told(found, address)
        if isinstance(found, Undescribed):
            return WORDS[found]
        return "unproved" if found in UNPROVED else "unreadable"


def _told(found: Described, address: str) -> Metadata:
    return Metadata(
        entity=found.entity_id,
        login=found.login,
        certificates=tuple(map(_certificate, dict.fromkeys(found.certificates))),
        signer=None if found.signer is None else _certificate(found.signer),
        valid_until=found.valid_until,
        ask_again=found.ask_again,
        address=address,
    )


def _certificate(one: x509.Certificate) -> Certificate:
    return Certificate(
        bare(one),
        one.subject.rfc4514_string(),
        int(one.not_valid_before_utc.timestamp()),
        int(one.not_valid_after_utc.timestamp()),
    )
