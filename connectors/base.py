# SPDX-License-Identifier: Apache-2.0
"""The whole interface of a means: an attempt begins, evidence comes back, an answer is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, Protocol


class Level(IntEnum):
    """The assurance a login reached; mapped to the protocols' words at the edges only."""

    PASSWORD = 1
    TWO_FACTORS = 2
    CARD = 3


class Reason(Enum):
    """Why somebody was not let in. A page shows one sentence for WRONG and UNKNOWN."""

    WRONG = "wrong"
    UNKNOWN = "unknown"
    LOCKED = "locked"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    MALFORMED = "malformed"
    # Of certificates: each has a next step of its own.
    NO_CERTIFICATE = "no-certificate"
    WRONG_CARD = "wrong-card"
    NOT_PERSONAL = "not-personal"
    TEST_CARD = "test-card"
    UNKNOWN_AUTHORITY = "unknown-authority"
    NOT_YET_VALID = "not-yet-valid"
    RAN_OUT = "ran-out"
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocation-unknown"
    WEAK = "weak"
    # Of people whom somebody else vouches for: told only once they have proved who they are.
    NO_ACCOUNT = "no-account"
    ACCOUNT_CLOSED = "account-closed"
    OTHER_PERSON = "other-person"
    CONFLICT = "conflict"
    # The application wants to know when the card leaves its reader.
    NOT_WATCHED = "not-watched"
    # Of providers that are asked elsewhere.
    NOT_REACHED = "not-reached"
    NOT_BELIEVED = "not-believed"
    # Closed here, or changed, since the browser left.
    CLOSED = "closed"
    # They have logged out there since.
    LEFT = "left"
    # Nobody here is known by the name that they have there.
    NOT_LINKED = "not-linked"
    # It is not for people like this account's.
    NOT_FOR_THEM = "not-for-them"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one means."""

    id: str
    # Known for a second factor, or after the identifier was asked.
    account: str | None
    callback_url: str
    # What the proof is for, where what is signed says so: a login, or a registration.
    purpose: str = field(default="login", kw_only=True)
    # The key of the application that the login leads to; None for the portal.
    application: str | None = field(default=None, kw_only=True)
    # What this connector put aside earlier; JSON, kept on the server.
    state: Mapping[str, Any] = field(default_factory=dict)
    # A proof given elsewhere may be so many seconds old; 0: it must be given now. None: any age.
    max_age: int | None = field(default=None, kw_only=True)
    # A right answer opens nothing now: it only tells its owner when to come back. What they have
    # few of is not used up by it.
    in_vain: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What came back, free of any web framework. Its repr shows no value."""

    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    # Only ever set by the trusted TLS front.
    client_certificate: str | None = field(default=None, repr=False)
    # The visitor's, after trusted proxies: what is sent on somebody's wish is counted by it.
    address: str = field(default="", repr=False)
    # This person has proved as much as this means gives in this browser before.
    known_browser: bool = False


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """Never an account: a subject in the connector's own namespace."""

    subject: str
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Ask:
    """Show the means' page; `values` fill it, `state` is kept for the next step.

    It is no verdict: nothing is counted for or against the person.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser elsewhere; it comes back to the attempt's address."""

    url: str
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to show yet: the person acts on another device."""

    values: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verified:
    """The person proved who they are."""

    identity: VerifiedIdentity
    # How, where that differs from what the connector names for all its answers.
    methods: tuple[str, ...] = ()
    # Of what it was proved with, where that may be replaced before the proof is kept.
    mark: str = ""
    # What it is worth, where others tell; never more than what the connector names.
    level: Level | None = None
    # When, where others tell.
    at: int | None = None
    # The applications that it opens, where it is no proof for any other, nor for pages of ours.
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """They did not."""

    reason: Reason
    # What exactly was wrong, in words for the audit; never shown to the person.
    detail: str = ""
    # It is not the visitor's doing: whoever was asked answered wrong, and nobody is counted for it.
    theirs: bool = False


Answer = Ask | Redirect | Wait | Verified | Refused


class Connector(Protocol):
    """One means. `claimed` names whom the evidence speaks of, so that the host can count first."""

    @property
    def kind(self) -> str:
        """The name of the means."""

    @property
    def methods(self) -> tuple[str, ...]:
        """RFC 8176 authentication method references."""

    @property
    def level(self) -> Level:
        """What it is worth; the most that it can be worth, where others tell."""

    @property
    def after(self) -> str | None:
        """The means that must have been proved before this one; None where it stands alone."""

    def begin(self, attempt: Attempt) -> Answer:
        """What the person must see now, given what was put aside; asked each time it is shown."""

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """The subject this evidence claims, unverified; None where it names nobody."""

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Next step: judge the evidence. The only place a `Verified` may come from, but for what
        a phone says that no browser waits for (`connectors.phones.Rings`).
        """
