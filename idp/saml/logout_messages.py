# SPDX-License-Identifier: Apache-2.0
"""Logout on the wire: the request and its answer, read from verified elements, and written."""

from dataclasses import dataclass

from idp.saml.assertion import Status, status_element
from idp.saml.assertion import Subject as Name
from idp.saml.names import PARTIAL_LOGOUT, SUCCESS, VERSION, saml, samlp
from idp.saml.requests import Subject, read_name
from idp.saml.writing import element, moment, read_moment
from idp.saml.xml import Element, text

REQUEST = samlp("LogoutRequest")
RESPONSE = samlp("LogoutResponse")
# For how long a request of ours is of use: as long as a browser, or a retry, may take.
LIFE = 300
USER = "urn:oasis:names:tc:SAML:2.0:logout:user"
MOST_INDEXES = 50


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """What an application asks (SAML Core §3.7.1)."""

    id: str
    version: str
    issued_at: int | None
    destination: str
    # Nothing where it does not say; a moment that can't be read is past.
    ends_at: int | None
    subject: Subject | None
    # Nothing: all sessions of the subject.
    indexes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogoutResponse:
    """What an application answers (SAML Core §3.7.2)."""

    id: str
    version: str
    issued_at: int | None
    destination: str
    in_response_to: str
    done: bool


def read_request(made: Element) -> LogoutRequest:
    """The request of an element that the schema allows."""
    name = made.find(saml("NameID"))
    until = made.get("NotOnOrAfter")
    indexes = [(text(one) or "").strip() for one in made.findall(samlp("SessionIndex"))]
    return LogoutRequest(
        id=made.get("ID", ""),
        version=made.get("Version", ""),
        issued_at=read_moment(made.get("IssueInstant")),
        destination=made.get("Destination", ""),
        ends_at=None if until is None else read_moment(until) or 0,
        subject=None if name is None else read_name(name),
        indexes=tuple(indexes[:MOST_INDEXES]),
    )


def read_response(made: Element) -> LogoutResponse:
    """The answer of an element that the schema allows."""
    codes = [one.get("Value", "") for one in made.iter(samlp("StatusCode"))]
    return LogoutResponse(
        id=made.get("ID", ""),
        version=made.get("Version", ""),
        issued_at=read_moment(made.get("IssueInstant")),
        destination=made.get("Destination", ""),
        in_response_to=made.get("InResponseTo", ""),
        # What it could do in part only is not done.
        done=codes[:1] == [SUCCESS] and PARTIAL_LOGOUT not in codes,
    )


def write_request(
    identifier: str, issuer: str, destination: str, name: Name, index: str, now: int
) -> Element:
    """A request of ours; not signed yet."""
    named = {
        "Format": name.format,
        "NameQualifier": name.qualifier,
        "SPNameQualifier": name.for_whom,
    }
    heading = {
        "ID": identifier,
        "Version": VERSION,
        "IssueInstant": moment(now),
        "Destination": destination,
        "NotOnOrAfter": moment(now + LIFE),
        "Reason": USER,
    }
    return element(
        REQUEST,
        heading,
        element(saml("Issuer"), text=issuer),
        element(saml("NameID"), named, text=name.value),
        element(samlp("SessionIndex"), text=index),
    )


def write_response(
    identifier: str, issuer: str, destination: str, in_response_to: str, status: Status, now: int
) -> Element:
    """An answer of ours; not signed yet. Back on the connection that asked: no destination."""
    heading = {
        "ID": identifier,
        "Version": VERSION,
        "IssueInstant": moment(now),
        "Destination": destination or None,
        "InResponseTo": in_response_to,
    }
    return element(RESPONSE, heading, element(saml("Issuer"), text=issuer), status_element(status))
