# SPDX-License-Identifier: Apache-2.0
"""What the verbs of the queue are asked for, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp.accounts.values import Account
from idp.administration.requests.matches import Matches
from idp.directory.agreement import Point
from idp.directory.values import Practitioner
from idp.registration.values import Happening, Request, Stage


class Way(StrEnum):
    """How somebody who is approved gets in for the first time."""

    # A link by which they choose a password; nobody ever knows another one (CR-045).
    LINK = "link"
    # A temporary password by e-mail, replaced at the first login.
    PASSWORD = "password"


class CardBound(StrEnum):
    """What became of the card that was shown."""

    NONE = "none"
    BOUND = "bound"
    # It was theirs already.
    THERE = "there"
    EXPIRED = "expired"
    REVOKED = "revoked"
    # Its authority is believed no more.
    UNBELIEVED = "unbelieved"
    # It is bound to another account, or speaks of another person.
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Unfit:
    """What was asked can't be: why, as a word; and which texts are meant, where some are."""

    why: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary password, hashed outside of any transaction."""

    plain: str = field(repr=False)
    hashed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Approval:
    """What an administrator decides beside yes."""

    communities: tuple[str, ...] = ()
    way: Way = Way.LINK
    # Similar people were looked at, and are others.
    not_the_same: bool = False


@dataclass(frozen=True, slots=True)
class Approved:
    """There is an account now, or it was there: what was given to it."""

    account: Account
    request: Request
    card: CardBound
    communities: tuple[str, ...] = ()
    # None where the account was there already.
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """No account was made: these may be the same person, and somebody must look first."""

    matches: Matches


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything that whoever decides looks at."""

    request: Request
    history: tuple[Happening, ...]
    matches: Matches
    # What a register says of the number; None where it knows nobody, or there is none.
    practitioner: Practitioner | None
    agreement: tuple[Point, ...]
    # Names behind the ids of the history and of whoever it is assigned to.
    names: Mapping[str, str]
    # Of the communities wished for that exist.
    communities: Mapping[str, str]
    # Of these, what whoever looks may put people into.
    grantable: Mapping[str, str]
    # Of those that open the applications asked for, the ones that nobody asked for by themselves.
    needed: Mapping[str, str]
    # The name of the establishment; empty for the region.
    establishment: str
    may_decide: bool
    # Until when a refusal can be taken back; None where there is nothing to take back.
    reopen_until: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    request: Request
    assigned_name: str
    establishment: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of the queue."""

    rows: tuple[Row, ...] = ()
    # Empty at the end.
    next: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are, of each stage."""

    by_stage: Mapping[Stage, int]
