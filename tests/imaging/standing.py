# SPDX-License-Identifier: Apache-2.0
"""A clock that stands still."""

# 24 November 2026, 10:00 in Paris.
START = 1_795_510_800


class StandingTime:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def pass_by(self, seconds: int) -> None:
        """Let time pass."""
        self.at += seconds
