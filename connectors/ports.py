# SPDX-License-Identifier: Apache-2.0
"""What a connector may ask of its host. Each port is as narrow as its one consumer."""

from typing import Protocol


class PasswordStore(Protocol):
    """Identifiers and their passwords, seen from outside."""

    def find(self, identifier: str) -> str | None:
        """The subject behind an identifier or e-mail address as typed, or None."""

    def matches(self, subject: str | None, password: str) -> bool:
        """Whether this is the subject's password. Costs the same for a subject that is None."""
