# SPDX-License-Identifier: Apache-2.0
"""The password connector: one form, one check."""

from typing import ClassVar

from connectors.base import (
    Answer,
    Ask,
    Attempt,
    Evidence,
    Level,
    Reason,
    Refused,
    Verified,
    VerifiedIdentity,
)
from connectors.ports import PasswordStore

LONGEST_IDENTIFIER = 256


class PasswordConnector:
    """Asks for identifier and password on one page."""

    kind: ClassVar[str] = "password"
    methods: ClassVar[tuple[str, ...]] = ("pwd",)
    level: ClassVar[Level] = Level.PASSWORD
    after: ClassVar[str | None] = None

    def __init__(self, store: PasswordStore, longest_password: int = 4096) -> None:
        self._store = store
        self._longest = longest_password

    def begin(self, attempt: Attempt) -> Answer:
        """Show the form."""
        return Ask()

    def claimed(self, attempt: Attempt, evidence: Evidence) -> str | None:
        """Whose identifier was typed; a second factor never takes it from the form."""
        if attempt.account is not None:
            return attempt.account
        identifier = evidence.form.get("identifier", "")
        if not 0 < len(identifier) <= LONGEST_IDENTIFIER or not is_text(identifier):
            return None
        return self._store.find(identifier)

    def resume(self, attempt: Attempt, evidence: Evidence) -> Answer:
        """Check the password; an unknown identifier costs as much as a known one."""
        password = evidence.form.get("password", "")
        # CR-033: a megabyte of password is refused before any hashing.
        if not password or not is_text(password) or len(password.encode()) > self._longest:
            return Refused(Reason.MALFORMED)
        subject = self.claimed(attempt, evidence)
        mark = self._store.match(subject, password)
        if subject is None:
            return Refused(Reason.UNKNOWN)
        if mark is None:
            return Refused(Reason.WRONG)
        return Verified(VerifiedIdentity(subject), mark=mark)


def is_text(value: str) -> bool:
    """Whether a value holds whole characters only, as every form of a browser does."""
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
