# SPDX-License-Identifier: Apache-2.0
"""Short-lived signed values that a page carries to the next step of our own."""

from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

LIFE = 900


class Tickets:
    """Signs and reads tickets; each has one purpose and one browser."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, purpose: str, browser: str, value: dict[str, Any]) -> str:
        """A ticket for this browser."""
        return str(self._signer(purpose, browser).dumps(value))

    def read(self, purpose: str, browser: str, ticket: str) -> dict[str, Any] | None:
        """The ticket's value, or None where it isn't ours, this browser's, or fresh."""
        try:
            value = self._signer(purpose, browser).loads(ticket, max_age=LIFE)
        except BadData:
            return None
        return value if isinstance(value, dict) else None

    def _signer(self, purpose: str, browser: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key, salt=f"{purpose}|{browser}")
