# SPDX-License-Identifier: Apache-2.0
"""One verified assertion: who it is about, how they proved it, and that it is meant for us, now."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from relying_parties.kit.outcome import Reason, Refused
from relying_parties.kit.saml import names
from relying_parties.kit.saml.attributes import Coded, Values, read_attributes
from relying_parties.kit.saml.levels import level_of_class
from relying_parties.kit.saml.names import saml
from relying_parties.kit.saml.xml import Element, is_identifier, only, read_moment, text

LONGEST_NAME = 1024
# SAML Core §2.5.1: a condition that is not understood makes the assertion worth nothing.
UNDERSTOOD = frozenset({saml("AudienceRestriction"), saml("OneTimeUse"), saml("ProxyRestriction")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the answer to one request must be."""

    issuer: str
    audience: str
    acs: str
    request: str
    now: int
    leeway: int
    level: int
    # The proof must not be older than this moment.
    since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is believed."""

    id: str
    # Past the last moment at which it would still be accepted.
    remember_until: int
    subject: str
    named: dict[str, str]
    sid: str | None
    context: str
    at: int
    ends: int | None
    attributes: Mapping[str, Values]


def read_assertion(assertion: Element, expected: Expected) -> Told | Refused:
    """All of it; `assertion` is what a signature was found to be over."""
    found = _fault(assertion, expected)
    if isinstance(found, str):
        return Refused(Reason.ANSWER_REFUSED, f"assertion: {found}")
    name, statement, until = found
    login = _login(statement, expected)
    attributes = read_attributes(assertion)
    if isinstance(login, str) or isinstance(attributes, str):
        detail = login if isinstance(login, str) else attributes
        return Refused(Reason.ANSWER_REFUSED, f"assertion: {detail}")
    context, at, ends = login
    if level_of_class(context) < expected.level:
        # SAML Core §3.3.2.2.1: it was asked for; here it is compared with what came.
        return Refused(Reason.LEVEL_NOT_REACHED, f"AuthnContextClassRef {context!r:.120}")
    return Told(
        id=str(assertion.get("ID")),
        remember_until=until + 2 * expected.leeway,
        subject=text(name) or "",
        named={key: name.get(key, "") for key in _QUALIFIERS if name.get(key)},
        sid=statement.get("SessionIndex") or None,
        context=context,
        at=at,
        ends=ends,
        attributes=attributes,
    )


_QUALIFIERS = ("Format", "NameQualifier", "SPNameQualifier")


def _fault(assertion: Element, expected: Expected) -> tuple[Element, Element, int] | str:
    """The name, the statement of login, and until when it is good; or what is wrong."""
    if assertion.get("Version") != names.VERSION or not is_identifier(assertion.get("ID")):
        return "Version or ID"
    issuer = only(assertion, saml("Issuer"))
    if issuer is None or text(issuer) != expected.issuer:
        return "Issuer"
    if issuer.get("Format", names.ENTITY) != names.ENTITY:
        return "Issuer"
    issued = read_moment(assertion.get("IssueInstant"))
    if issued is None or issued > expected.now + expected.leeway:
        return "IssueInstant"
    subject = only(assertion, saml("Subject"))
    name = None if subject is None else only(subject, saml("NameID"))
    if subject is None or name is None or not 0 < len(text(name) or "") <= LONGEST_NAME:
        return "NameID"
    if name.get("SPNameQualifier", expected.audience) != expected.audience:
        return "SPNameQualifier"
    until = max((_confirmed_until(one, expected) for one in subject), default=0)
    if not until:
        return "no SubjectConfirmation that holds"
    fault = _condition_fault(assertion, expected)
    if fault is not None:
        return fault
    statement = only(assertion, saml("AuthnStatement"))
    return "AuthnStatement" if statement is None else (name, statement, until)


def _confirmed_until(confirmation: Element, expected: Expected) -> int:
    """SAML Profiles §4.1.4.3: to its bearer, at our address, for our request; 0 where not."""
    if confirmation.get("Method") != names.BEARER or confirmation.tag != _CONFIRMATION:
        return 0
    data = only(confirmation, saml("SubjectConfirmationData"))
    if data is None or data.get("Recipient") != expected.acs:
        return 0
    # §4.1.4.2: it must not say from when on.
    if data.get("InResponseTo") != expected.request or data.get("NotBefore") is not None:
        return 0
    until = read_moment(data.get("NotOnOrAfter"))
    return until if until is not None and expected.now < until + expected.leeway else 0


_CONFIRMATION = saml("SubjectConfirmation")


def _condition_fault(assertion: Element, expected: Expected) -> str | None:
    conditions = only(assertion, saml("Conditions"))
    if conditions is None or any(one.tag not in UNDERSTOOD for one in conditions):
        return "Conditions"
    since, until = conditions.get("NotBefore"), conditions.get("NotOnOrAfter")
    if since is not None and (read_moment(since) or _NEVER) > expected.now + expected.leeway:
        return "NotBefore"
    if until is not None and (read_moment(until) or 0) + expected.leeway <= expected.now:
        return "NotOnOrAfter"
    restrictions = conditions.findall(saml("AudienceRestriction"))
    # SAML Core §2.5.1.4: each of them must name us; without one it is for nobody in particular.
    named = ([text(one) for one in each.findall(_AUDIENCE)] for each in restrictions)
    if not restrictions or not all(expected.audience in audiences for audiences in named):
        return "Audience"
    return None


_AUDIENCE = saml("Audience")
_NEVER = 1 << 62


def _login(statement: Element, expected: Expected) -> tuple[str, int, int | None] | str:
    """The class, the moment, and when the session must end."""
    context = only(statement, saml("AuthnContext"), saml("AuthnContextClassRef"))
    at = read_moment(statement.get("AuthnInstant"))
    if context is None or not text(context):
        return "AuthnContextClassRef"
    if at is None or at > expected.now + expected.leeway:
        return "AuthnInstant"
    if expected.since is not None and at < expected.since - expected.leeway:
        return "AuthnInstant: an older proof than was asked"
    if len(statement.get("SessionIndex", "")) > LONGEST_NAME:
        return "SessionIndex"
    said = statement.get("SessionNotOnOrAfter")
    ends = read_moment(said)
    if said is not None and (ends is None or ends <= expected.now):
        return "SessionNotOnOrAfter"
    return text(context) or "", at, ends


def claims_of(told: Told, names_of: Mapping[str, str]) -> dict[str, Any]:
    """Attributes by the names of claims; one value alone, several as a list."""
    claims: dict[str, Any] = {}
    for name, values in told.attributes.items():
        if name in names_of and values:
            said = [asdict(one) if isinstance(one, Coded) else one for one in values]
            claims[names_of[name]] = said[0] if len(said) == 1 else said
    return claims
