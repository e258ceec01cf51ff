# SPDX-License-Identifier: Apache-2.0
"""This server as an application of one provider: requests, answers, and metadata of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.asserted import Asked, Asserted, Unfit
from idp.saml.keys import SamlKeys
from idp.saml.names import ENTITY, PERSISTENT, POST, SAMLP, VERSION, ds, md, saml, samlp
from idp.saml.signatures import bare
from idp.saml.upstream.answer import Expected, read_answer
from idp.saml.upstream.described import Described
from idp.saml.wire import REQUEST, Unreadable, decode, write_query
from idp.saml.writing import element, moment, written

# Clocks of two servers.
LEEWAY = 120


@dataclass(frozen=True, slots=True)
class Ourselves:
    """What this server is to one provider: a name of its own for each, so that what one says to us
    is never taken for what another did.
    """

    entity_id: str
    # Where answers are posted.
    acs: str


class SamlSpeaker:
    """Speaks to one provider."""

    def __init__(
        self,
        them: Described,
        us: Ourselves,
        keys: SamlKeys,
        now: Callable[[], int],
        origins: tuple[str, ...] = (),
    ) -> None:
        self._them = them
        self._us = us
        self._keys = keys
        self._now = now
        # Where browsers are sent on from its login address.
        self._origins = origins

    @property
    def sites(self) -> tuple[str, ...]:
        """Where browsers are sent: all of them, or those that hold forms to it stop on the way."""
        parts = urlsplit(self._them.login)
        return tuple(dict.fromkeys((f"{parts.scheme}://{parts.netloc}", *self._origins)))

    def way(self, asked: Asked, relay: str, *, force: bool) -> str | Unfit:
        """SAML Profiles §4.1.4.1, by Redirect and signed, whether they ask for it or not."""
        if self._is_over():
            return Unfit("metadata: validUntil is past")
        made = element(
            samlp("AuthnRequest"),
            {
                "ID": asked.request,
                "Version": VERSION,
                "IssueInstant": moment(asked.at),
                "Destination": self._them.login,
                "ForceAuthn": "true" if force else None,
                "AssertionConsumerServiceURL": self._us.acs,
                "ProtocolBinding": POST,
            },
            element(saml("Issuer"), {"Format": ENTITY}, text=self._us.entity_id),
            element(samlp("NameIDPolicy"), {"Format": PERSISTENT, "AllowCreate": "true"}),
        )
        query = write_query(REQUEST, written(made), relay, self._keys.current())
        login = self._them.login
        return f"{login}{'&' if '?' in login else '?'}{query}"

    def read(self, posted: str, asked: Asked) -> Asserted | Unfit:
        """What they answer."""
        if not asked.request:
            return Unfit("to nothing that was asked")
        if self._is_over():
            return Unfit("metadata: validUntil is past")
        document = decode(posted)
        if isinstance(document, Unreadable):
            return Unfit(f"response: {document.value}")
        expected = Expected(
            issuer=self._them.entity_id,
            certificates=self._them.certificates,
            audience=self._us.entity_id,
            acs=self._us.acs,
            request=asked.request,
            now=self._now(),
            leeway=LEEWAY,
            since=asked.since,
        )
        return read_answer(document, expected)

    def _is_over(self) -> bool:
        until = self._them.valid_until
        return until is not None and until <= self._now()


def own_metadata(us: Ourselves, keys: SamlKeys) -> bytes:
    """What their administrator registers (SAML Metadata §2.4.4)."""
    certificates = (element(ds("X509Certificate"), text=bare(one)) for one in keys.published())
    described = (
        element(
            md("KeyDescriptor"),
            {"use": "signing"},
            element(ds("KeyInfo"), {}, element(ds("X509Data"), {}, one)),
        )
        for one in certificates
    )
    role = element(
        md("SPSSODescriptor"),
        {
            "AuthnRequestsSigned": "true",
            "WantAssertionsSigned": "true",
            "protocolSupportEnumeration": SAMLP,
        },
        *described,
        element(
            md("AssertionConsumerService"),
            {"Binding": POST, "Location": us.acs, "index": "0", "isDefault": "true"},
        ),
    )
    return written(element(md("EntityDescriptor"), {"entityID": us.entity_id}, role))
