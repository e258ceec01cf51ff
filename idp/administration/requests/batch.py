# SPDX-License-Identifier: Apache-2.0
"""The same decision on several requests: each in a transaction of its own, each its own outcome.

Cut short, those that are done stay done; begun again, they answer that they were.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from idp.db import Database, Tx

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Picked:
    """One request, as it was seen."""

    request: str
    seen: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it."""

    picked: Picked
    outcome: Any


def picked_from(texts: Iterable[str]) -> list[Picked]:
    """Of `id.version`, as the rows of a list say; what is none is left out, what repeats too."""
    found: dict[str, Picked] = {}
    for text in texts:
        name, _dot, version = text.rpartition(".")
        if name and len(name) <= 22 and version.isascii() and version.isdigit():
            found.setdefault(name, Picked(name, int(version[:9])))
        if len(found) == MOST:
            break
    return list(found.values())


def each(
    database: Database, picked: Iterable[Picked], act: Callable[[Tx, Picked], Any]
) -> list[Done]:
    """Do it to each of them."""
    done = []
    for one in picked:
        with database.write() as tx:
            done.append(Done(one, act(tx, one)))
    return done
