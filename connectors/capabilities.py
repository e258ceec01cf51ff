# SPDX-License-Identifier: Apache-2.0
"""What some means can do and others cannot: one small interface for each ability."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Personal(Protocol):
    """A means that a person must have set up before they can use it."""

    def lacks(self, account: str) -> str | None:
        """What this person still lacks to use it: a word for the page; None where they can."""
