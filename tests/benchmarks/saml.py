# SPDX-License-Identifier: Apache-2.0
"""Logins by SAML as load: requests signed beforehand, and every answer read to the letter.

What reads them is the applications' own kit: it knows nothing of who wrote them.
"""

import secrets
import time
import urllib.request
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from relying_parties.kit.outcome import Refused
from relying_parties.kit.saml.answer import ByWhom, read_answer
from relying_parties.kit.saml.assertion import Expected, Told
from relying_parties.kit.saml.described import Described, read_described
from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.saml.signatures import OwnKey
from relying_parties.kit.saml.wire import REQUEST, write_query
from tests.pki import key as rsa_key
from tests.saml_kit import POST, SAML, SAMLP, certificate, pem, saml_application

KEY = "saml application"
MAIL = "urn:oid:0.9.2342.19200300.100.1.3"
ATTRIBUTES = ("email", "identifier", "first_name", "last_name")
MESSAGE = (
    f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" ID="{{id}}" Version="2.0" IssueInstant="{{now}}"'
    f' Destination="{{to}}" AssertionConsumerServiceURL="{{acs}}" ProtocolBinding="{POST}">'
    f'<saml:Issuer xmlns:saml="{SAML}">{{issuer}}</saml:Issuer></samlp:AuthnRequest>'
)
Row = Mapping[str, str]


@dataclass(frozen=True)
class Party:
    """An application, as it is registered at one provider."""

    key: str
    # Where the provider's metadata lie.
    metadata: str = "/saml/metadata"
    sealed: bool = False
    # The attribute that tells who it is, and the domain of everybody's address.
    mail: str = MAIL
    domain: str = "chu.example"
    level: int = 1

    keeps = ("user", "id", "answer")

    @property
    def entity_id(self) -> str:
        return f"https://{self.key}.example/metadata"

    @property
    def acs(self) -> str:
        return f"https://{self.key}.example/acs"

    def document(self) -> dict[str, Any]:
        """Its registration here."""
        settings = {
            "acs": [{"url": self.acs}],
            "attributes": [{"source": one} for one in ATTRIBUTES],
            "encrypted_assertions": self.sealed,
            "encryption_certificates": [pem(KEY)] if self.sealed else [],
        }
        return saml_application(self.key, saml=settings)

    def fresh(self, base: str, users: Sequence[Row], count: int) -> list[dict[str, str]]:
        """Requests that nobody has made yet, from each of these people in turn."""
        where, own = provider_at(base, self.metadata)[1].login, own_key()
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        rows = []
        for number in range(count):
            user, request = users[number % len(users)], f"_{secrets.token_hex(16)}"
            message = MESSAGE.format(
                id=request, now=now, to=where, acs=self.acs, issuer=self.entity_id
            )
            query = write_query(REQUEST, message.encode(), None, own)
            asked = {"address": f"{where}?{query}", "id": request}
            rows.append({"user": user["user"], "cookies": user["cookies"]} | asked)
        return rows

    def fault(self, base: str, kept: Sequence[Sequence[str]]) -> str | None:
        """What is wrong with the first answer that is not what this application would take."""
        issuer, described = provider_at(base, self.metadata)
        by = ByWhom(self._settings(issuer, base), described.certificates)
        seen = set()
        for user, request, answer in kept:
            expected = Expected(
                issuer=issuer,
                audience=self.entity_id,
                acs=self.acs,
                request=request,
                now=int(time.time()),
                leeway=60,
                level=self.level,
            )
            told = self.read(b64decode(answer), by, expected)
            if isinstance(told, Refused):
                return told.detail
            if told.attributes.get(self.mail) != (f"{user}@{self.domain}",):
                return f"asked by {user}, answered about {told.attributes}"
            seen.add(told.id)
        return None if len(seen) == len(kept) else "an assertion was given twice"

    def read(self, document: bytes, by: ByWhom, expected: Expected) -> Told | Refused:
        """What an answer says of somebody."""
        return read_answer(document, by, expected)

    def _settings(self, issuer: str, base: str) -> SamlProvider:
        return SamlProvider(
            issuer=issuer,
            metadata=base + self.metadata,
            entity_id=self.entity_id,
            acs_url=self.acs,
            logged_out_url=f"https://{self.key}.example/",
            key=own_key(),
            encrypted=self.sealed,
        )


@cache
def own_key() -> OwnKey:
    """What every application here signs and decrypts by."""
    return OwnKey(rsa_key(KEY), certificate(KEY))


@cache
def provider_at(base: str, path: str) -> tuple[str, Described]:
    """Name, keys and address of a provider, from its metadata."""
    with urllib.request.urlopen(base + path, timeout=30) as answer:
        root = etree.fromstring(answer.read())
    issuer = root.get("entityID", "")
    return issuer, read_described(root, issuer)


SIGNED = Party("saml")
SEALED = Party("saml-sealed", sealed=True)
