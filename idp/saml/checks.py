# SPDX-License-Identifier: Apache-2.0
"""What a request must be. One rule, one small function; they are asked in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from idp.saml.application import Address, SamlApplication
from idp.saml.assertion import Status
from idp.saml.levels import Asked, Unmeetable, asked
from idp.saml.names import (
    INVALID_NAMEID_POLICY,
    NO_AUTHN_CONTEXT,
    REQUEST_DENIED,
    REQUESTER,
    RESPONDER,
    TRANSIENT,
    UNKNOWN_PRINCIPAL,
    UNSPECIFIED,
    VERSION,
)
from idp.saml.receive import Received, Untrusted
from idp.saml.requests import AuthnRequest

LEEWAY = 300
DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a request arrived."""

    # The address of this door.
    address: str
    # Our own entity identifier.
    entity_id: str
    now: int


class Heading(Protocol):
    """What is at the head of each message."""

    @property
    def version(self) -> str: ...
    @property
    def issued_at(self) -> int | None: ...
    @property
    def destination(self) -> str: ...


class Arrived(Protocol):
    """A request of whatever kind."""

    @property
    def application(self) -> SamlApplication: ...
    @property
    def request(self) -> Heading: ...


Doubt = Callable[[Arrived, Place], Untrusted | None]
Check = Callable[[Received, Place], Status | None]


def check_version(received: Arrived, _place: Place) -> Untrusted | None:
    """SAML Core §4.1.1."""
    if received.request.version != VERSION:
        return _doubted(received, f"Version must be {VERSION}")
    return None


def check_destination(received: Arrived, place: Place) -> Untrusted | None:
    """SAML Bindings §3.4.5.2, §3.5.5.2 (SM-032): what is for another door is not for this one."""
    destination = received.request.destination
    if destination and destination != place.address:
        return _doubted(received, f"Destination is not {place.address}")
    if not destination and received.application.signed_requests:
        return _doubted(received, "a signed request must bear a Destination")
    return None


def check_moment(received: Arrived, place: Place) -> Untrusted | None:
    """SM-032: neither old nor from the future."""
    issued_at = received.request.issued_at
    if issued_at is None:
        return _doubted(received, "IssueInstant is no moment in UTC")
    if abs(place.now - issued_at) > LEEWAY:
        return Untrusted(
            "journey-expired",
            f"IssueInstant is more than {LEEWAY} seconds off",
            application=received.application,
        )
    return None


DOUBTS: tuple[Doubt, ...] = (check_version, check_destination, check_moment)


def first_doubt(received: Arrived, place: Place) -> Untrusted | None:
    """The first rule that makes the request nobody's."""
    return next((found for doubt in DOUBTS if (found := doubt(received, place))), None)


def choose_acs(application: SamlApplication, request: AuthnRequest) -> Address | None:
    """SAML Core §3.4.1: a registered address, by itself, by its index, or the default (SM-030)."""
    if request.acs_index is not None:
        # SM-031: mutually exclusive with the address and the binding.
        if request.acs_url is not None or request.binding is not None:
            return None
        index = request.acs_index.strip()
        if not index or not set(index) <= DIGITS or len(index) > 5:
            return None
        return next((one for one in application.acs if one.index == int(index)), None)
    if request.acs_url is not None:
        fitting = [one for one in application.acs if one.url == request.acs_url]
    else:
        fitting = [application.default_acs, *application.acs]
    if request.binding is not None:
        fitting = [one for one in fitting if one.binding == request.binding]
    return fitting[0] if fitting else None


def check_subject_format(received: Received, _place: Place) -> Status | None:
    """SAML Core §3.4.1.1 (SM-036): the registered format, towards this application alone."""
    wanted, given = received.request.subject_format, received.application.subject_format
    if wanted not in {UNSPECIFIED, given}:
        return Status(REQUESTER, INVALID_NAMEID_POLICY, "this format of NameID is not registered")
    if received.request.sp_qualifier not in {"", received.application.entity_id}:
        return Status(REQUESTER, INVALID_NAMEID_POLICY, "SPNameQualifier is another application's")
    return None


def check_subject(received: Received, place: Place) -> Status | None:
    """SAML Core §3.4.1: a plain name that we could have given this application."""
    if received.request.other_subject:
        return Status(REQUESTER, REQUEST_DENIED, "a Subject must be one NameID, and no more")
    subject = received.request.subject
    if subject is None:
        return None
    if subject.sp_qualifier not in {"", received.application.entity_id}:
        return Status(REQUESTER, REQUEST_DENIED, "SPNameQualifier is another application's")
    if subject.qualifier not in {"", place.entity_id}:
        return Status(REQUESTER, REQUEST_DENIED, "NameQualifier is another provider's")
    if subject_format(received) == TRANSIENT:
        return Status(RESPONDER, UNKNOWN_PRINCIPAL, "a transient name names nobody any more")
    if subject_format(received) != received.application.subject_format:
        # Whoever is given a name of their own could else try out whose it is, address by address.
        return Status(REQUESTER, REQUEST_DENIED, "this format of NameID is not registered")
    return None


def check_context(received: Received, _place: Place) -> Status | None:
    """SAML Core §3.3.2.2.1 (SM-035)."""
    if isinstance(asked_of(received), Unmeetable):
        return Status(REQUESTER, NO_AUTHN_CONTEXT, "nothing here is of the classes that were asked")
    return None


CHECKS: tuple[Check, ...] = (check_subject_format, check_subject, check_context)


def first_fault(received: Received, place: Place) -> Status | None:
    """The first rule that the application is told of."""
    return next((found for check in CHECKS if (found := check(received, place))), None)


def asked_of(received: Received) -> Asked | Unmeetable:
    """The level that a request comes to."""
    request = received.request
    if request.classes is None:
        return Asked()
    minimum = received.application.application.policy.level
    return asked(request.comparison, request.classes, minimum)


def subject_format(received: Received) -> str:
    """The format of the name that a request gives; the registered one where it does not say."""
    subject = received.request.subject
    if subject is None or subject.format == UNSPECIFIED:
        return received.application.subject_format
    return subject.format


def _doubted(received: Arrived, hint: str) -> Untrusted:
    return Untrusted("application-misconfigured", hint, application=received.application)
