# SPDX-License-Identifier: Apache-2.0
"""What a login by another provider would do, for whoever tries it: nothing of it is done."""

from dataclasses import dataclass

from connectors.base import Level, Reason


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Whose account it would open, at which level; or why none."""

    account: str
    level: Level
    reason: Reason | None = None
    # Where there is none yet: whether an application that makes accounts may make this one.
    could_be_made: bool = False
