# SPDX-License-Identifier: Apache-2.0
"""What is asked of whoever reads metadata of providers that speak SAML: filled in by its edge."""

from base64 import b64decode
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from idp.providers.spoken import ByBrowser


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of theirs, as people compare it, and as it is kept (base64)."""

    kept: str
    subject: str
    since: int
    until: int

    @property
    def fingerprint(self) -> str:
        """SHA-256, in small letters."""
        return fingerprint_of(self.kept)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What it says of itself; nothing of it is relied upon yet."""

    # Who it says that it is.
    entity: str
    # Where browsers go.
    login: str
    # Those that its answers are verified by.
    certificates: tuple[Certificate, ...]
    # Whose signature is on it, and holds; None where there is none.
    signer: Certificate | None
    valid_until: int | None
    # How soon it wishes to be asked for again, in seconds; 0 where it says nothing.
    ask_again: int
    # Where it was found; empty where it was at hand.
    address: str = ""

    @property
    def may_be_followed(self) -> bool:
        """Whether it can be fetched again by itself: what never ends could be played back."""
        return bool(self.address and self.signer and self.valid_until)


class ReadsMetadata(Protocol):
    """The one who does. A fault is one word, for a sentence of the page. Outside of transactions.

    The words: `address`, `unreachable`, `unreadable`, `no-provider`, `no-key`, `no-login`, `over`,
    `unsigned`, `unproved`.
    """

    def found_at(self, address: str, signer: str = "") -> Metadata | str:
        """What is said at an address; by a signer that was named, and by nobody else."""

    def said_by(self, document: bytes, signer: str = "") -> Metadata | str:
        """The same, of a document at hand."""

    def unfit(self, spoken: ByBrowser) -> tuple[str, ...]:
        """The fields that can't be gone by: what no browser is sent to, what is no certificate."""


def with_what_was_noted(before: ByBrowser, after: ByBrowser) -> ByBrowser:
    """What was looked at some time ago, with what was noted since of the same followed metadata.

    Such notes leave the version as it is: nobody would find that they are written over.
    """
    if not before.address or (before.address, before.signer) != (after.address, after.signer):
        return after
    return replace(
        after,
        valid_until=max(before.valid_until or 0, after.valid_until or 0) or None,
        good_at=before.good_at,
        due_at=before.due_at,
        fault=before.fault,
    )


def fingerprint_of(kept: str) -> str:
    """SHA-256 of a certificate in base64; nothing of what is none."""
    try:
        return sha256(b64decode(kept, validate=True)).hexdigest()
    except ValueError:
        return ""
