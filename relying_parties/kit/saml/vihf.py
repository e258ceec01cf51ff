# SPDX-License-Identifier: Apache-2.0
"""A VIHF that came along with a login: passed on as it stands, and read by whoever wishes to.

It is for services that believe the structure whose certificate signs it. Here it was believed for
the login that it came with; what is read shows that nobody touched it since, and what it says.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from relying_parties.kit.saml.attributes import Values, read_attributes
from relying_parties.kit.saml.names import X509_SUBJECT, ds, saml
from relying_parties.kit.saml.signatures import Unverified, read_certificate, verify
from relying_parties.kit.saml.xml import Element, Malformed, only, parse, read_moment, text

ASSERTION: Final = saml("Assertion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vihf:
    """What one says."""

    # The distinguished name of the certificate that signs, and whom it is about.
    issuer: str
    person: str
    # How they proved themselves, and what more is said of that.
    context: str
    declaration: str
    until: int
    attributes: Mapping[str, Values]


def read_vihf(claim: object) -> Vihf | None:
    """The claim `vihf` of a session, read; None where there is none, or it was touched."""
    try:
        document = b64decode(claim, validate=True) if isinstance(claim, str) else b""
    except ValueError:
        return None
    root = parse(document, ASSERTION)
    if isinstance(root, Malformed):
        return None
    certificate = read_certificate(text(only(root, *_CERTIFICATE)) or "")
    said = verify(root, ASSERTION, [certificate]) if certificate else None
    return None if said is None or isinstance(said, Unverified) else _read(said)


_CERTIFICATE = tuple(ds(one) for one in ("Signature", "KeyInfo", "X509Data", "X509Certificate"))


def _read(said: Element) -> Vihf | None:
    issuer = only(said, saml("Issuer"))
    statement = only(said, saml("AuthnStatement"), saml("AuthnContext"))
    conditions, attributes = only(said, saml("Conditions")), read_attributes(said)
    until = None if conditions is None else read_moment(conditions.get("NotOnOrAfter"))
    if issuer is None or issuer.get("Format") != X509_SUBJECT or statement is None:
        return None
    if until is None or isinstance(attributes, str):
        return None
    return Vihf(
        issuer=text(issuer) or "",
        person=text(only(said, saml("Subject"), saml("NameID"))) or "",
        context=text(only(statement, saml("AuthnContextClassRef"))) or "",
        declaration=text(only(statement, saml("AuthnContextDecl"))) or "",
        until=until,
        attributes=attributes,
    )
