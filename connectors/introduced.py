# SPDX-License-Identifier: Apache-2.0
"""Whoever comes from a provider that was added, whatever it speaks (BR-010, BR-013)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.base import Level
from connectors.capabilities import Introduction, Peer
from connectors.national_ids import is_national_id

LONGEST: Final = 256
# As links keep them.
LONGEST_NAME: Final = 255
# Whose word it is; no card's, which say so themselves.
FAMILY: Final = "provider"
# RFC 8176 §2: by what they proved it there is not ours to say.
UNTOLD: Final = ("user",)
SEVERAL: Final = (*UNTOLD, "mfa")


@dataclass(frozen=True, slots=True)
class Read:
    """A person, and what their login was worth."""

    who: Introduction = field(repr=False)
    level: Level
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the provider calls the details of a person; empty: it does not tell, or is not asked."""

    # Only where it is trusted to tell it: an account is found by it.
    national_id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""


class Introducing:
    """One provider, as an administrator set it up."""

    def __init__(
        self, provider: str, version: int, names: Names, levels: Mapping[str, Level]
    ) -> None:
        self._provider = provider
        self._version = version
        self._names = names
        self._levels = dict(levels)

    @property
    def highest(self) -> Level:
        """The most that any of its words is worth."""
        return max(self._levels.values(), default=Level.PASSWORD)

    def read(
        self, issuer: str, subject: Any, reached: Any, value_of: Callable[[str], Any]
    ) -> Read | str:
        """Somebody by their name there, or the name of what can't be read.

        `reached`: its word for the login; `value_of`: what it tells under a name.
        """
        # BR-010: what looks like nothing, or can't be kept as it came, is nobody's name.
        if not isinstance(subject, str) or not _is_name(subject):
            return "subject"
        names = self._names

        def told(name: str) -> str:
            return _line(value_of(name)) if name else ""

        national_id = told(names.national_id)
        level = self._worth(reached)
        who = Introduction(
            national_id=national_id if is_national_id(national_id) else "",
            family=FAMILY,
            first_name=told(names.first_name),
            last_name=told(names.last_name),
            peer=Peer(self._provider, self._version, issuer, subject, told(names.email)),
        )
        return Read(who, level, SEVERAL if level > Level.PASSWORD else UNTOLD)

    def _worth(self, reached: Any) -> Level:
        """BR-013: by the table, and the lowest for whatever is not in it."""
        known = self._levels.get(reached) if isinstance(reached, str) else None
        return known or Level.PASSWORD


def _is_name(subject: str) -> bool:
    return bool(subject.strip()) and subject.isprintable() and len(subject) <= LONGEST_NAME


def _line(value: Any) -> str:
    """What is one line of text; nothing for any other."""
    if not isinstance(value, str):
        return ""
    plain = " ".join(value.split())
    return plain if len(plain) <= LONGEST and plain.isprintable() else ""
