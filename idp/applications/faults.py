# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a registration, as values: where, what, and the facts.

Each reader of registrations names its own kinds. The command line and the API tell them in plain
English; pages put them in the words of whoever reads, at the very field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class What(Enum):
    """A kind of fault: its name stays, its value is the sentence that the facts are put into."""

    @property
    def key(self) -> str:
        """By which pages find their own words."""
        return self.name.lower().replace("_", "-")


class Unfit(What):
    """What may be wrong with any registration."""

    UNKNOWN = "unknown"
    UNSPOKEN = "{value} is not one that this server speaks ({known})"
    TEXT = "text is expected"
    SWITCH = "true or false is expected"
    TABLE = "a table is expected"
    TEXTS = "a list of texts is expected"
    TABLES = "a list of tables is expected"
    MISSING = "is missing"
    ONE_OF = "one of {known} is expected"
    NOT_KNOWN = "{value!r} is not known here"
    WEB_ADDRESS = "an http or https address is expected"
    HTTPS_ADDRESS = "an https address is expected"
    KEY = "between 1 and 128 printable ASCII characters are expected"
    KEY_LETTERS = "letters, digits, dots, hyphens and underscores are expected"
    KEY_TAKEN = "there is one of this name already"
    KEY_FIXED = "it can't be changed"
    NAME_TAKEN = "another application has it already"
    LEVEL = "1, 2 or 3 is expected"
    SECONDS = "a number of seconds is expected"
    TOO_MANY = "{most} at most are expected"
    TOO_LONG = "{most} characters at most are expected"
    NAMED_TWICE = "one is named twice"
    SEVERAL_HOSTS = "must be named where {where} have several hosts"
    ALWAYS_ASKED = "people who administer are always asked"
    TWO_FACTORS = "people who administer prove themselves by two factors"
    PASSED_ON = "{value!r} can be passed on by another site's page: not for a local provider"
    PROFILE_SPOKEN = "this profile is none of the protocol's"
    OPENS_MORE = "{value!r} opens more than you may give"
    GRANTED_ALONE = "is granted by a super-administrator alone"


@dataclass(frozen=True, slots=True)
class Fault:
    """One of them. `row`: which of a list, counted from 0, or by which name of a table."""

    place: str
    what: What
    row: int | str | None = None
    # Which member of that row.
    part: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The setting, as a file names it."""
        return f"{self.place}.{self.row}" if isinstance(self.row, str) else self.place

    @property
    def why(self) -> str:
        """In plain English."""
        row = f"number {self.row + 1}: " if isinstance(self.row, int) else ""
        part = f"{self.part}: " if self.part else ""
        return row + part + str(self.what.value).format(**self.facts)

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


def fault(
    place: str, what: What, /, *, row: int | str | None = None, part: str = "", **facts: object
) -> Fault:
    """One fault, with the facts that its sentence holds."""
    return Fault(place, what, row, part, {name: str(value) for name, value in facts.items()})
