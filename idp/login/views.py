# SPDX-License-Identifier: Apache-2.0
"""One fact about each means, read at the moment it is asked for: means come and go."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from connectors.base import Connector

T = TypeVar("T")


class View(Mapping[str, T], Generic[T]):
    """What is read of those means that have it."""

    def __init__(
        self, connectors: Mapping[str, Connector], read: Callable[[Connector], T | None]
    ) -> None:
        self._connectors = connectors
        self._read = read

    def __getitem__(self, kind: str) -> T:
        found = self._read(self._connectors[kind])
        if found is None:
            raise KeyError(kind)
        return found

    def __contains__(self, kind: object) -> bool:
        # Not by reading it: one that has just closed can still be read, and is none of them.
        return kind in self._connectors and self._read(self._connectors[str(kind)]) is not None

    def __iter__(self) -> Iterator[str]:
        return (kind for kind in self._connectors if kind in self)

    def __len__(self) -> int:
        return sum(1 for _kind in self)
