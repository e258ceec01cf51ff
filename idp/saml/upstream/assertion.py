# SPDX-License-Identifier: Apache-2.0
"""One verified assertion: whom it is about, how they proved it, that it is meant for us, now."""

from dataclasses import dataclass

from connectors.asserted import LONGEST_VALUE, Asserted, Unfit
from idp.saml import names
from idp.saml.names import saml
from idp.saml.writing import read_moment
from idp.saml.xml import Element, is_identifier, text

MOST_VALUES = 200
# SAML Core §2.5.1: a condition that is not understood makes the assertion worth nothing.
UNDERSTOOD = frozenset({saml("AudienceRestriction"), saml("OneTimeUse"), saml("ProxyRestriction")})
CONFIRMATION = saml("SubjectConfirmation")
NEVER = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Whose it must be, for whom, to what, and when."""

    issuer: str
    audience: str
    acs: str
    request: str
    now: int
    leeway: int
    since: int


@dataclass(frozen=True, slots=True)
class _Login:
    context: str
    at: int
    session: str
    ends: int


def read_assertion(assertion: Element, meant: Meant) -> Asserted | Unfit:
    """All of it; `assertion` is what a signature was found to be over."""
    fault = _heading_fault(assertion, meant) or _condition_fault(assertion, meant)
    if fault is not None:
        return Unfit(f"assertion: {fault}")
    subject = assertion.find(saml("Subject"))
    name = None if subject is None else _name(subject, meant)
    if subject is None or name is None:
        return Unfit("assertion: NameID")
    if not any(_confirms(one, meant) for one in subject.findall(CONFIRMATION)):
        return Unfit("assertion: no SubjectConfirmation that holds")
    login, attributes = _login(assertion, meant), _attributes(assertion)
    if isinstance(login, str) or isinstance(attributes, str):
        return Unfit(f"assertion: {login if isinstance(login, str) else attributes}")
    return Asserted(
        subject=text(name) or "",
        format=name.get("Format", names.UNSPECIFIED),
        qualifier=name.get("NameQualifier", ""),
        context=login.context,
        at=login.at,
        session=login.session,
        ends=login.ends,
        attributes=attributes,
    )


def _heading_fault(assertion: Element, meant: Meant) -> str | None:
    if assertion.get("Version") != names.VERSION or not is_identifier(assertion.get("ID")):
        return "Version or ID"
    issuers = assertion.findall(saml("Issuer"))
    if len(issuers) != 1 or text(issuers[0]) != meant.issuer:
        return "Issuer"
    if issuers[0].get("Format", names.ENTITY) != names.ENTITY:
        return "Issuer"
    issued = read_moment(assertion.get("IssueInstant"))
    return "IssueInstant" if issued is None or issued > meant.now + meant.leeway else None


def _name(subject: Element, meant: Meant) -> Element | None:
    found = subject.findall(saml("NameID"))
    if len(found) != 1 or not _is_name(text(found[0]) or ""):
        return None
    if found[0].get("Format") == names.TRANSIENT:
        # SAML Core §8.3.8: made for one login, it says nothing of who comes the next time.
        return None
    return found[0] if found[0].get("SPNameQualifier", meant.audience) == meant.audience else None


def _is_name(said: str) -> bool:
    """BR-010: what looks like nothing, or like another name, is nobody's."""
    return 0 < len(said) <= LONGEST_VALUE and said.isprintable() and said == said.strip()


def _confirms(confirmation: Element, meant: Meant) -> bool:
    """SAML Profiles §4.1.4.3: to its bearer, at our address, for our request."""
    data = confirmation.find(saml("SubjectConfirmationData"))
    if confirmation.get("Method") != names.BEARER or data is None:
        return False
    if data.get("Recipient") != meant.acs or data.get("InResponseTo") != meant.request:
        return False
    until = read_moment(data.get("NotOnOrAfter"))
    # §4.1.4.2: it must not say from when on.
    return data.get("NotBefore") is None and until is not None and meant.now < until + meant.leeway


def _condition_fault(assertion: Element, meant: Meant) -> str | None:
    found = assertion.findall(saml("Conditions"))
    if len(found) != 1 or any(one.tag not in UNDERSTOOD for one in found[0]):
        return "Conditions"
    conditions = found[0]
    since, until = conditions.get("NotBefore"), conditions.get("NotOnOrAfter")
    if since is not None and (read_moment(since) or NEVER) > meant.now + meant.leeway:
        return "NotBefore"
    if until is not None and (read_moment(until) or 0) + meant.leeway <= meant.now:
        return "NotOnOrAfter"
    restrictions = conditions.findall(saml("AudienceRestriction"))
    # SAML Core §2.5.1.4: each of them must name us; without one it is for nobody in particular.
    named = ([text(one) for one in each.findall(saml("Audience"))] for each in restrictions)
    if not restrictions or not all(meant.audience in audiences for audiences in named):
        return "Audience"
    return None


def _login(assertion: Element, meant: Meant) -> _Login | str:
    """The class, the moment, and the session there."""
    statements = assertion.findall(saml("AuthnStatement"))
    if len(statements) != 1:
        return "AuthnStatement"
    statement = statements[0]
    context = statement.find(f"{saml('AuthnContext')}/{saml('AuthnContextClassRef')}")
    at = read_moment(statement.get("AuthnInstant"))
    if at is None or at > meant.now + meant.leeway:
        return "AuthnInstant"
    if at < meant.since - meant.leeway:
        return "AuthnInstant: an older proof than was asked"
    said = statement.get("SessionNotOnOrAfter")
    ends = 0 if said is None else read_moment(said) or 0
    if said is not None and ends <= meant.now:
        return "SessionNotOnOrAfter"
    named, session = (text(context) or "").strip(), statement.get("SessionIndex", "")
    if max(len(named), len(session)) > LONGEST_VALUE:
        return "too long a word"
    return _Login(named, at, session, ends)


def _attributes(assertion: Element) -> dict[str, tuple[str, ...]] | str:
    """Each name once; what is no text is passed over, and what is too long or too many.

    Whatever they send beside what was asked for, a picture or all groups, is no reason to turn
    people away.
    """
    found: dict[str, tuple[str, ...]] = {}
    for one in assertion.findall(f"{saml('AttributeStatement')}/{saml('Attribute')}"):
        name = one.get("Name", "")
        # SM-074: of two of one name, it would matter which is read.
        if not name or name in found:
            return "an attribute twice, or without a name"
        told = (text(value) for value in one.findall(saml("AttributeValue")))
        found[name] = tuple(value for value in told if value is not None)
    # All of an attribute or nothing: of what remained of it, one value would look like the one.
    fits = [
        (name, values)
        for name, values in found.items()
        if all(len(one) <= LONGEST_VALUE for one in (name, *values))
    ]
    kept: dict[str, tuple[str, ...]] = {}
    room = MOST_VALUES
    # Those of one value first: only they are read.
    for name, values in sorted(fits, key=lambda one: len(one[1])):
        room -= max(len(values), 1)
        if room < 0:
            break
        kept[name] = values
    return {name: values for name, values in found.items() if name in kept}
