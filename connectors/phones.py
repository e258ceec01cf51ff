# SPDX-License-Identifier: Apache-2.0
"""Requests that lie on somebody's phone: what a means asks of its host, and the host of the means.

A person waits for minutes, and no thread waits with them: a page only reads how it stands, and the
host asks the other side at its own pace, whichever process is alive.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, runtime_checkable

from connectors.base import Refused, Verified


class Standing(Enum):
    """How a request stands, as far as its page may tell."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    NOT_REACHED = "not-reached"
    NOT_BELIEVED = "not-believed"
    # A newer one of the same person took its place.
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """The request last made in an attempt."""

    standing: Standing
    # To be compared on the phone.
    number: str
    # Seconds for which it can still be answered.
    left: int


class PhoneDesk(Protocol):
    """Requests on phones, as the host keeps them."""

    def spelling(self, typed: str) -> str | None:
        """The national identifier behind what somebody typed; None where it is none."""

    def known_by(self, account: str) -> str | None:
        """The national identifier of somebody who is known already."""

    def last(self, attempt: str) -> PhoneCall | None:
        """The request of this attempt; None where none was made, or it is over and done with."""

    def call(
        self,
        attempt: str,
        national_id: str,
        account: str | None,
        application: str | None,
        address: str,
    ) -> bool:
        """Have a request put on a phone, in place of the one before; False: there are too many.

        `account` is whoever has proved who they are already; of a number that was typed, None.
        """

    def take(self, attempt: str) -> str | None:
        """What was heard of an accepted request, once."""

    def drop(self, attempt: str) -> None:
        """The person does not wait any more."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A request lies on the phone."""

    handle: str = field(repr=False)
    # Seconds between two questions about it, at least; and for which it lies there.
    interval: int
    life: int


@dataclass(frozen=True, slots=True)
class Silent:
    """No word of it yet."""

    # CIBA Core §11: we came too early, or nobody could be asked; from now on more rarely.
    slower: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """It was accepted. What is to be judged when the browser comes back for it."""

    text: str = field(repr=False)


@runtime_checkable
class Rings(Protocol):
    """A means answered on a phone. Each verb may ask elsewhere: never in a transaction."""

    def ring(self, national_id: str, number: str) -> Rung | Refused:
        """Put a request on their phone."""

    def hear(self, handle: str, national_id: str, since: int) -> Silent | Heard | Refused:
        """What became of it; `since`: the moment at which it was made.

        Refused as unknown: they know of no such request, or of none any more.
        """

    def proof(self, heard: Heard) -> Verified:
        """What somebody has proved by it, for a host that keeps it for no browser."""
