# SPDX-License-Identifier: Apache-2.0
"""What some means can do and others cannot: one small interface for each ability."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from connectors.base import Refused
from connectors.ports import NewPasskey


@runtime_checkable
class Personal(Protocol):
    """A means that a person must have set up before they can use it."""

    def lacks(self, account: str) -> str | None:
        """What this person still lacks to use it: a word for the page; None where they can."""


@runtime_checkable
class MakesPasskeys(Protocol):
    """A means whose proof an authenticator makes, at the browser's request, and keeps."""

    def invite(self, binding: str, subject: str, name: str, shown: str) -> Mapping[str, Any]:
        """What the browser is asked to make, for somebody known by these names."""

    def judge(self, binding: str, answer: str) -> NewPasskey | Refused:
        """What came of it."""
