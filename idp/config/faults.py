# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a configuration, in sentences an operator can act upon."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.errors import Breakdown

SHOWN = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong setting: its name, where its value comes from, what is wrong and expected."""

    setting: str
    source: str
    text: str

    def __str__(self) -> str:
        origin = f" ({self.source})" if self.source else ""
        return f"{self.setting}{origin}: {self.text}"


class ConfigFaults(Breakdown):
    """The configuration can't be used; holds every fault found, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def quote(value: object) -> str:
    """A value as a fault shows it: on one line, escaped, short."""
    try:
        shown = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    except ValueError:  # an integer too long to be written
        shown = type(value).__name__
    return shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"
