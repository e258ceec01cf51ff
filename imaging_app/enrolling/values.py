# SPDX-License-Identifier: Apache-2.0
"""What is asked of the identity provider about a patient, and what it answers."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A patient who gave their consent, as the provider's desk takes them down."""

    last_name: str
    first_name: str
    birth_date: str
    birth_name: str = ""
    email: str = ""
    phone: str = ""
    ins: str = field(default="", repr=False)
    # A namesake of somebody who has an account: the desk has checked.
    another: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Who a file says that somebody is: an account of other names is not theirs."""

    birth_date: str
    names: tuple[str, ...]
    first_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """An account: by what logins here name it, and the identifier that its letter bears."""

    subject: str
    identifier: str
    id: str = ""
    known: bool = False


class Trouble(StrEnum):
    """Why there is none."""

    # It does not answer, or not as it should: later.
    AWAY = "away"
    # This portal, or its desk, may not.
    NOT_ALLOWED = "not-allowed"
    # Somebody has an account: by the same identity, by the same names.
    IDENTITY = "identity"
    NAMES = "names"
    # The address or the number is somebody else's.
    ADDRESS = "address"
    # What was told can't be kept.
    UNFIT = "unfit"
    # Nobody has this identifier, this birth date and these names.
    NO_MATCH = "no-match"
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True)
class Refused:
    """It, and which fields are wrong."""

    trouble: Trouble
    fields: tuple[str, ...] = ()


class Accounts(Protocol):
    """What the desk asks for."""

    def make(self, establishment: str, new: NewAccount, once: str) -> Account | Refused:
        """An account for somebody who has none; `once`: by which the same asking is known."""

    def find(self, establishment: str, identifier: str, known: Known) -> Account | Refused:
        """That of somebody who shows who they are; the consent is noted there, too."""
