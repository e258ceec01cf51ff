# SPDX-License-Identifier: Apache-2.0
"""A request to log in as one immutable value, read from an element that was verified."""

from dataclasses import dataclass

from idp.saml.levels import Comparison
from idp.saml.names import UNSPECIFIED, saml, samlp
from idp.saml.writing import read_moment
from idp.saml.xml import Element, text

REQUEST = samlp("AuthnRequest")
SWITCHES = {"true": True, "1": True, "false": False, "0": False}
MOST_CLASSES = 20
LONGEST_NAME_ID = 1024


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the application expects."""

    format: str
    value: str
    # Whose name it is, and towards whom; nothing where it does not say.
    qualifier: str
    sp_qualifier: str


@dataclass(frozen=True, slots=True)
class AuthnRequest:
    """What was asked, in the protocol's own words."""

    id: str
    version: str
    issued_at: int | None
    destination: str
    acs_url: str | None
    acs_index: str | None
    binding: str | None
    force: bool
    passive: bool
    subject_format: str
    sp_qualifier: str
    subject: Subject | None
    # A subject that is not a plain name: encrypted, or with more to it.
    other_subject: bool
    comparison: Comparison
    # Nothing where the request leaves it to us.
    classes: tuple[str, ...] | None


def issuer_of(element: Element) -> str:
    """Whose request it says it is."""
    return (text(element.find(saml("Issuer"))) or "").strip()


def read_request(element: Element) -> AuthnRequest:
    """The request of an element that the schema allows."""
    policy = element.find(samlp("NameIDPolicy"))
    context = element.find(samlp("RequestedAuthnContext"))
    subject = element.find(saml("Subject"))
    named = _named(subject)
    return AuthnRequest(
        id=element.get("ID", ""),
        version=element.get("Version", ""),
        issued_at=read_moment(element.get("IssueInstant")),
        destination=element.get("Destination", ""),
        acs_url=element.get("AssertionConsumerServiceURL"),
        acs_index=element.get("AssertionConsumerServiceIndex"),
        binding=element.get("ProtocolBinding"),
        force=SWITCHES.get(element.get("ForceAuthn", "").strip(), False),
        passive=SWITCHES.get(element.get("IsPassive", "").strip(), False),
        subject_format=UNSPECIFIED if policy is None else policy.get("Format", UNSPECIFIED),
        sp_qualifier="" if policy is None else policy.get("SPNameQualifier", ""),
        subject=named,
        other_subject=subject is not None and named is None,
        comparison=Comparison.EXACT
        if context is None
        else Comparison(context.get("Comparison", "exact")),
        classes=None if context is None else _classes(context),
    )


def _named(subject: Element | None) -> Subject | None:
    """The one name of a subject; Profiles §4.1.4.1 forbids to confirm it in a request."""
    if subject is None or [child.tag for child in subject] != [saml("NameID")]:
        return None
    return read_name(subject[0])


def read_name(name: Element) -> Subject | None:
    """A NameID; None where it names nobody."""
    value = (text(name) or "").strip()
    if not value or len(value) > LONGEST_NAME_ID:
        return None
    return Subject(
        name.get("Format", UNSPECIFIED),
        value,
        name.get("NameQualifier", ""),
        name.get("SPNameQualifier", ""),
    )


def _classes(context: Element) -> tuple[str, ...]:
    """Declarations, which we know none of, count as classes that nobody knows."""
    return tuple((text(child) or "").strip() for child in context[:MOST_CLASSES])
