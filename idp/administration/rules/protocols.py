# SPDX-License-Identifier: Apache-2.0
"""What the administration asks of each protocol that applications speak: filled in by its edge."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, BinaryIO, Protocol

from idp.accounts.activities import Activity
from idp.accounts.values import Account
from idp.applications import faults as registered
from idp.applications.values import Application
from idp.grants.admission import Admission


@dataclass(frozen=True, slots=True)
class Imported:
    """A registration made from what an application says of itself."""

    document: Mapping[str, Any]
    # Members that were not taken over.
    left: tuple[str, ...] = ()
    faults: tuple[str, ...] = field(default=())


class Complaint(StrEnum):
    """What an application, or whoever runs it, would complain about."""

    # This person can't be named as it was registered: the login is answered by a refusal.
    NO_SUBJECT = "no-subject"
    # Names nobody knows again.
    OTHER_EACH_TIME = "other-each-time"
    # Registered, and not known of this person.
    NOT_KNOWN = "not-known"
    # Nothing is told beside who it is.
    NO_DETAILS = "no-details"
    # What national services are told could not be made of them.
    NOT_VOUCHED = "not-vouched"
    # It has nothing yet to prove itself by.
    NO_SECRET = "no-secret"
    # Tokens go through the browser.
    IN_FRONT = "in-front"
    # Its requests are not signed, or by what is old.
    WEAK_REQUESTS = "weak-requests"
    # What is encrypted for it is encrypted by a certificate whose time is over.
    CERTIFICATE_OVER = "certificate-over"


@dataclass(frozen=True, slots=True)
class Complained:
    """One of them, and what it is about."""

    what: Complaint
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that an application is told: its name there, and how it is written."""

    name: str
    value: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What an application would be told of somebody; nothing is issued."""

    # Section by section, each under a word of its own.
    places: Mapping[str, tuple[Detail, ...]]
    # The whole as it would travel, without what would make it worth something to anybody.
    document: str = ""
    complaints: tuple[Complained, ...] = ()


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate that an application registered, as people compare one."""

    # Empty where it cannot be read.
    subject: str
    ends_at: int
    # SHA-256, in hexadecimal digits, in pairs.
    fingerprint: str


class Fault(Enum):
    """Why a description that is fetched again and again is not taken over."""

    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    # Signed by another key than the one that was named, or changed since.
    UNPROVED = "unproved"
    # Its time is over, or it names no end.
    OVER = "over"
    ENDLESS = "endless"
    # It ends before the one that we have: an older one, played back.
    OLDER = "older"
    OTHER_NAME = "other-name"
    # A federation describes it twice: which of them is meant is nobody's guess.
    TWICE = "twice"
    # It describes no application any more.
    NO_APPLICATION = "no-application"
    # It would have less proved, or less encrypted, than before.
    WEAKER = "weaker"
    # The registration that it would make has faults.
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class Described:
    """What an application's own description says, proved by the key that was named."""

    # By which the application introduces itself.
    name: str
    settings: Mapping[str, Any]
    # That it is proved by, as it is kept; and what people compare of it.
    certificate: str
    fingerprint: str
    digest: str
    valid_until: int
    # How soon it wishes to be asked for again, in seconds; 0 where it says nothing.
    ask_again: int = 0
    # What it says and nobody here takes over.
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a description changes in the settings."""

    member: str
    # added, removed or set.
    how: str
    value: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The settings with what a description says taken over."""

    settings: Mapping[str, Any]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One application of those described together; or why it can't be one here."""

    name: str
    title: str
    imported: Imported
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Members:
    """What was chosen of those described together, and how many there are."""

    chosen: tuple[Member, ...]
    total: int
    rejected: tuple[Member, ...]


class Describes(Protocol):
    """A protocol whose applications sign descriptions of themselves."""

    def pinned(self, text: str) -> str | None:
        """A certificate, or the SHA-256 fingerprint of one, as it is kept; None: it is neither."""

    def proved(
        self, source: BinaryIO, pinned: str, names: Collection[str]
    ) -> Mapping[str, Described | Fault] | Fault:
        """What is said of these names, if it is signed by what was named and still holds.

        By one application of itself, or by a federation of many.
        """

    def members(
        self, source: BinaryIO, pinned: str, chosen: Callable[[str, str], bool]
    ) -> Members | Fault:
        """The applications described there, by name and title; of those chosen, what is said."""

    def taken(
        self, settings: Mapping[str, Any], before: Mapping[str, Any] | None, now: Described
    ) -> Taken | Fault:
        """The settings of an application with what changed since `before` taken over.

        What was decided here stays; without `before`, all that a description may say is taken.
        """


class Speaks(Protocol):
    """One protocol."""

    def faults(self, application: Application) -> list[registered.Fault]:
        """What is wrong with an application's settings, for the one who registers it."""

    def scopes(self, application: Application) -> tuple[str, ...]:
        """What its tokens may be given for."""

    def subject(self, application: Application, account_id: str) -> str:
        """By what its tokens name an account; nothing where it is given none."""

    def for_people(self, application: Application) -> bool:
        """Whether people enter it, beside what it does in its own name."""

    def by_secret(self, application: Application) -> bool:
        """Whether it proves itself by a secret."""

    def vouched_for(self, application: Application) -> bool:
        """Whether it is given what others believe on this installation's word."""

    def imported(self, document: str) -> Imported:
        """What an application's own description makes of a registration."""

    def tellable(self) -> Mapping[str, str]:
        """What it may be told of a person, by the registration's word; and its usual name there."""

    def certified(self, text: str) -> Certified | None:
        """A certificate as it is registered; None where it is none that can be used."""

    def connecting(self, application: Application) -> tuple[Detail, ...]:
        """What whoever connects it types there: addresses and names of ours, nothing secret."""

    def registered(self, application: Application) -> Mapping[str, tuple[Detail, ...]]:
        """What it is told of anybody: each name there, what of the person it is, how written."""

    def told(
        self,
        application: Application,
        account: Account,
        admission: Admission | None,
        activities: Sequence[Activity] = (),
    ) -> Told:
        """What the application would be told of somebody who enters so; nothing is issued.

        Without an admission: what it is told of this person at any login, in each of these
        activities, where it is told of one.
        """
