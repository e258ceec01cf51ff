# SPDX-License-Identifier: Apache-2.0
"""What the connector asks of whoever writes and reads the messages, and of whoever reads people."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

from connectors.base import Level
from connectors.introduced import Read

LONGEST_VALUE: Final = 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its identifier, when it was made, and since when a proof counts; 0: whenever."""

    request: str
    at: int
    since: int


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a message can't be written, or nothing of one is believed; for the audit alone."""

    why: str


@dataclass(frozen=True, slots=True)
class Asserted:
    """What an answer says, every word of it signed; or that they `stopped` there."""

    # Empty where they stopped.
    subject: str = field(default="", repr=False)
    # The kind of name, and for whom it was made: one name of one kind is one person.
    format: str = ""
    qualifier: str = ""
    context: str = ""
    # When they proved themselves there.
    at: int = 0
    session: str = ""
    # When their session there is over; 0: they do not say.
    ends: int = 0
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    stopped: bool = False

    def dump(self) -> dict[str, Any]:
        """To be put aside."""
        return asdict(self)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Asserted":
        """As it was put aside."""
        attributes = {name: tuple(values) for name, values in kept["attributes"].items()}
        return cls(**{**kept, "attributes": attributes})


class Speaker(Protocol):
    """Writes and reads messages of one provider. Each verb answers a value, never a breakdown."""

    @property
    def sites(self) -> tuple[str, ...]:
        """The origins that browsers are sent to."""

    def way(self, asked: Asked, relay: str, *, force: bool) -> str | Unfit:
        """Where the browser goes with a request; forced: whoever is there proves it anew."""

    def read(self, posted: str, asked: Asked) -> Asserted | Unfit:
        """What a posted answer to this request says, after every check."""


class Reader(Protocol):
    """How one provider's people are read."""

    @property
    def highest(self) -> Level:
        """The most that a login there is worth."""

    @property
    def untold(self) -> tuple[str, ...]:
        """The methods of a login: SAML tells a class, and rarely by what."""

    def read(self, asserted: Asserted) -> Read | str:
        """The person, or the name of what can't be read."""
