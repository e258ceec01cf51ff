# SPDX-License-Identifier: Apache-2.0
"""What a connector may ask of its host. Each port is as narrow as its one consumer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class PasswordStore(Protocol):
    """Identifiers and their passwords, seen from outside."""

    def find(self, identifier: str) -> str | None:
        """The subject behind an identifier or e-mail address as typed, or None."""

    def matches(self, subject: str | None, password: str) -> bool:
        """Whether this is the subject's password. Costs the same for a subject that is None."""


class Challenges(Protocol):
    """Values to be signed: for one purpose, for a while. Nothing is written to make one."""

    def issue(self, binding: str) -> bytes:
        """A value that nobody can foretell, bound to where it is going to be used."""

    def is_ours(self, binding: str, challenge: bytes) -> bool:
        """Whether it was issued for this very use, and not too long ago."""


@dataclass(frozen=True, slots=True)
class Site:
    """The provider as browsers know it: from the configuration, never from a request."""

    host: str
    # Scheme, host and port of its pages.
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as an account holds it."""

    id: str
    subject: str
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What an authenticator told of the passkey that it has just made."""

    # What it answered to: one answer is taken once.
    challenge: bytes = field(repr=False)
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    counter: int
    transports: tuple[str, ...]
    model: str
    backed_up: bool


class PasskeyStore(Protocol):
    """The passkeys of all accounts."""

    def handle(self, subject: str) -> bytes:
        """What an authenticator knows an account by: it tells nobody who that is."""

    def of(self, subject: str) -> Sequence[Passkey]:
        """The passkeys of an account."""

    def find(self, credential: bytes) -> Passkey | None:
        """The passkey of this name, as its authenticator calls it."""

    def use(self, passkey: Passkey, challenge: bytes, counter: int, *, backed_up: bool) -> bool:
        """Take note of a use, once for each challenge; False where it must not count."""
