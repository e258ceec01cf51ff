# SPDX-License-Identifier: Apache-2.0
"""What we say of somebody, to one application: an assertion in a response, both signed.

From typed values alone; who may be spoken of, and what is released, was decided before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.clock import Entropy
from idp.saml import names
from idp.saml.encryption import NotEncrypted, Recipient, encrypt
from idp.saml.names import BASIC, BEARER, VERSION, saml, samlp
from idp.saml.signatures import SigningKey, sign
from idp.saml.writing import element, identifier, moment, written
from idp.saml.xml import Element

# Profiles §4.1.4.2: no longer than a browser needs on its way.
LIFE = 300
# Clocks of two machines differ a little.
DRIFT = 60


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom it is about, as this application knows them (SAML Core §2.2.2)."""

    value: str
    format: str
    # Whose name it is, and for whom: of a persistent one (§8.3.7).
    qualifier: str | None = None
    for_whom: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute that is released; a value is text, or an element where a profile has one."""

    name: str
    values: Sequence[str | Element]
    name_format: str = BASIC
    friendly_name: str | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """How and when they proved themselves (SAML Core §2.7.2)."""

    at: int
    context: str
    session_index: str
    # Up to when the application may keep its own session.
    session_ends_at: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """All that one assertion says."""

    issuer: str
    # The application's entityID, and the address that the browser brings it to.
    audience: str
    recipient: str
    # The request that it answers; None where nobody asked.
    in_response_to: str | None
    subject: Subject
    login: Login
    attributes: Sequence[Attribute] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """How a request ended: the first level, the second, and a sentence for whoever integrates."""

    code: str
    detail: str | None = None
    message: str | None = None


DONE = Status(names.SUCCESS)


@dataclass(frozen=True, slots=True)
class Issued:
    """A response as it travels, and the identifiers in it."""

    id: str
    assertion_id: str
    document: bytes


def respond(
    statement: Statement,
    key: SigningKey,
    entropy: Entropy,
    now: int,
    recipient: Recipient | None = None,
) -> Issued | NotEncrypted:
    """A response that says who somebody is; encrypted where there is a recipient's key."""
    said = _assertion(statement, entropy, now)
    sign(said, key)
    inside = said
    if recipient is not None:
        # Never in clear instead: whoever asked for secrecy gets nothing.
        sealed = encrypt(said, recipient, entropy)
        if isinstance(sealed, NotEncrypted):
            return sealed
        inside = sealed
    assertion_id = str(said.get("ID"))
    made = _response(
        statement.issuer, statement.recipient, statement.in_response_to, DONE, entropy, now
    )
    made.append(inside)
    sign(made, key)
    return Issued(str(made.get("ID")), assertion_id, written(made))


def refuse(
    issuer: str,
    destination: str,
    in_response_to: str | None,
    status: Status,
    key: SigningKey,
    entropy: Entropy,
    now: int,
) -> Issued:
    """A response that says how it ended, and nothing about anybody."""
    made = _response(issuer, destination, in_response_to, status, entropy, now)
    sign(made, key)
    return Issued(str(made.get("ID")), "", written(made))


def status_element(status: Status) -> Element:
    """How a request ended, as every kind of response says it (SAML Core §3.2.2)."""
    second = [element(samlp("StatusCode"), {"Value": status.detail})] if status.detail else []
    made = element(
        samlp("Status"), {}, element(samlp("StatusCode"), {"Value": status.code}, *second)
    )
    if status.message:
        made.append(element(samlp("StatusMessage"), text=status.message))
    return made


def _response(
    issuer: str,
    destination: str,
    in_response_to: str | None,
    status: Status,
    entropy: Entropy,
    now: int,
) -> Element:
    """SAML Core §3.3.3."""
    heading = {
        "ID": identifier(entropy),
        "Version": VERSION,
        "IssueInstant": moment(now),
        "Destination": destination,
        "InResponseTo": in_response_to,
    }
    named = element(saml("Issuer"), text=issuer)
    return element(samlp("Response"), heading, named, status_element(status))


def _assertion(statement: Statement, entropy: Entropy, now: int) -> Element:
    """SAML Core §2.3.3, with what Profiles §4.1.4.2 asks for in a browser's login."""
    heading = {"ID": identifier(entropy), "Version": VERSION, "IssueInstant": moment(now)}
    made = element(
        saml("Assertion"),
        heading,
        element(saml("Issuer"), text=statement.issuer),
        _subject(statement, now),
        _conditions(statement.audience, now),
        _authentication(statement.login),
    )
    if statement.attributes:
        released = (_attribute(one) for one in statement.attributes)
        made.append(element(saml("AttributeStatement"), {}, *released))
    return made


def _subject(statement: Statement, now: int) -> Element:
    who = statement.subject
    named = {
        "Format": who.format,
        "NameQualifier": who.qualifier,
        "SPNameQualifier": who.for_whom,
    }
    # Whoever bears it, there and now: Recipient and the request keep it from being used elsewhere.
    bound = {
        "Recipient": statement.recipient,
        "NotOnOrAfter": moment(now + LIFE),
        "InResponseTo": statement.in_response_to,
    }
    confirmation = element(
        saml("SubjectConfirmation"),
        {"Method": BEARER},
        element(saml("SubjectConfirmationData"), bound),
    )
    return element(
        saml("Subject"), {}, element(saml("NameID"), named, text=who.value), confirmation
    )


def _conditions(audience: str, now: int) -> Element:
    restriction = element(saml("AudienceRestriction"), {}, element(saml("Audience"), text=audience))
    span = {"NotBefore": moment(now - DRIFT), "NotOnOrAfter": moment(now + LIFE)}
    return element(saml("Conditions"), span, restriction)


def _authentication(login: Login) -> Element:
    ends = None if login.session_ends_at is None else moment(login.session_ends_at)
    when = {
        "AuthnInstant": moment(login.at),
        "SessionIndex": login.session_index,
        "SessionNotOnOrAfter": ends,
    }
    reached = element(
        saml("AuthnContext"), {}, element(saml("AuthnContextClassRef"), text=login.context)
    )
    return element(saml("AuthnStatement"), when, reached)


def _attribute(attribute: Attribute) -> Element:
    named = {
        "Name": attribute.name,
        "NameFormat": attribute.name_format,
        "FriendlyName": attribute.friendly_name,
    }
    # Without xsi:type: a prefix inside of a value is lost where only what is signed is read.
    values = (
        element(saml("AttributeValue"), text=value)
        if isinstance(value, str)
        else element(saml("AttributeValue"), {}, value)
        for value in attribute.values
    )
    return element(saml("Attribute"), named, *values)
