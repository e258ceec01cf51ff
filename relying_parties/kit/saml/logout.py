# SPDX-License-Identifier: Apache-2.0
"""What the provider says of a logout: its request, and its answer to ours (SAML Profiles §4.4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography import x509

from relying_parties.kit.logout_token import LogoutNotice
from relying_parties.kit.saml import names
from relying_parties.kit.saml.names import ds, saml, samlp, soap
from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.saml.signatures import Unverified, verify
from relying_parties.kit.saml.wire import Query
from relying_parties.kit.saml.xml import (
    Element,
    Malformed,
    is_identifier,
    only,
    parse,
    read_moment,
    text,
)
from relying_parties.kit.settings import Limits
from relying_parties.kit.tokens import Unacceptable

REQUEST = samlp("LogoutRequest")
RESPONSE = samlp("LogoutResponse")
ENVELOPE = soap("Envelope")
MOST_SESSIONS = 50
LONGEST_NAME = 1024
Certificates = Sequence[x509.Certificate]


@dataclass(frozen=True, slots=True)
class Asked:
    """A believed request for logout."""

    id: str
    notice: LogoutNotice


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what comes to one of our addresses."""

    provider: SamlProvider
    limits: Limits
    now: Callable[[], int]

    def from_redirect(self, query: Query, certificates: Certificates) -> Asked | Unacceptable:
        """A request by Redirect: its signature stands in the query (Bindings §3.4.4.1)."""
        root = _redirected(query, REQUEST, certificates)
        if isinstance(root, Unacceptable):
            return root
        return self._request(root, self.provider.logout_url)

    def from_soap(self, body: bytes, certificates: Certificates) -> Asked | Unacceptable:
        """A request by SOAP: signed in itself."""
        envelope = parse(body, ENVELOPE)
        if isinstance(envelope, Malformed):
            return Unacceptable(envelope.value)
        request = only(envelope, soap("Body"), REQUEST)
        if request is None:
            return Unacceptable("no LogoutRequest")
        signed = verify(request, REQUEST, certificates)
        if isinstance(signed, Unverified):
            # SM-060: unsigned, or signed by somebody else.
            return Unacceptable(signed.value)
        return self._request(signed, self.provider.soap_url)

    def answer(self, query: Query, certificates: Certificates, answered: str) -> str | Unacceptable:
        """The status that our own logout ended with."""
        root = _redirected(query, RESPONSE, certificates)
        if isinstance(root, Unacceptable):
            return root
        fault = self._fault(root, self.provider.logout_url)
        if fault is not None:
            return fault
        if root.get("InResponseTo") != answered:
            return Unacceptable("InResponseTo")
        code = only(root, samlp("Status"), samlp("StatusCode"))
        if code is None:
            return Unacceptable("no status")
        second = only(code, samlp("StatusCode"))
        partial = second is not None and second.get("Value") == names.PARTIAL_LOGOUT
        return names.PARTIAL_LOGOUT if partial else code.get("Value", "")

    def _request(self, root: Element, address: str) -> Asked | Unacceptable:
        fault = self._fault(root, address)
        if fault is not None:
            return fault
        now, leeway = self.now(), self.limits.clock_leeway
        ends = root.get("NotOnOrAfter")
        if ends is not None and (read_moment(ends) or 0) + leeway <= now:
            return Unacceptable("NotOnOrAfter")
        name = only(root, saml("NameID"))
        sessions = [text(one) or "" for one in root.findall(samlp("SessionIndex"))]
        if name is None or not 0 < len(text(name) or "") <= LONGEST_NAME:
            return Unacceptable("NameID")
        named = all(0 < len(one) <= LONGEST_NAME for one in sessions)
        if len(sessions) > MOST_SESSIONS or not named:
            return Unacceptable("SessionIndex")
        identifier = root.get("ID", "")
        notice = LogoutNotice(
            issuer=self.provider.issuer,
            sids=tuple(sessions),
            subject=text(name),
            jti=identifier,
            remember_until=now + self.limits.token_age + 3 * leeway,
        )
        return Asked(identifier, notice)

    def _fault(self, root: Element, address: str) -> Unacceptable | None:
        """What both kinds have in common (SAML Core §3.2)."""
        if root.get("Version") != names.VERSION or not is_identifier(root.get("ID")):
            return Unacceptable("Version or ID")
        issuer = only(root, saml("Issuer"))
        if issuer is None or text(issuer) != self.provider.issuer:
            return Unacceptable("Issuer")
        if root.get("Destination", address) != address:
            return Unacceptable("Destination")
        issued, leeway = read_moment(root.get("IssueInstant")), self.limits.clock_leeway
        age = None if issued is None else self.now() - issued
        if age is None or not -leeway <= age <= self.limits.token_age + leeway:
            return Unacceptable("IssueInstant")
        return None


def _redirected(query: Query, tag: str, certificates: Certificates) -> Element | Unacceptable:
    root = parse(query.message, tag)
    if isinstance(root, Malformed):
        return Unacceptable(root.value)
    if root.find(ds("Signature")) is not None:
        return Unacceptable("a signature inside of a Redirect")
    if query.signed_by(certificates) is not True:
        return Unacceptable("not signed by the provider")
    if root.get("Destination") is None:
        # Bindings §3.4.5.2: signed, it says where it was sent.
        return Unacceptable("Destination")
    return root
