# SPDX-License-Identifier: Apache-2.0
"""Two nodes over one database: which of them is asked is said by whoever asks."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.races import at_once
from tests.reliability.nursery import Life, Nursery, Wire
from tests.world import World

COUNT = 2
Done = TypeVar("Done")


@dataclass
class Nodes:
    """Stands in the place of the provider in this process, and asks one node or the other."""

    url: str
    world: World
    nursery: Nursery
    lives: list[Life] = field(default_factory=list)
    _asked: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self.lives = [self.nursery.bear(self.url) for _ in range(COUNT)]
        self.world.provider.web.wsgi_app = self  # type: ignore[method-assign]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """One request, to the node that this thread is at."""
        return Wire(self.lives[getattr(self._asked, "node", 0)])(environ, start_response)

    @contextmanager
    def at(self, node: int) -> Iterator[None]:
        """What this thread asks meanwhile is asked there."""
        before = getattr(self._asked, "node", 0)
        self._asked.node = node
        try:
            yield
        finally:
            self._asked.node = before

    def kill(self, node: int) -> None:
        """It is gone, with all that it held in memory."""
        self.lives[node].end()

    def restart(self, *nodes: int) -> None:
        """Killed where they live still, and others in their place."""
        for one in nodes:
            if not self.lives[one].is_gone():
                self.kill(one)
            self.lives[one] = self.nursery.bear(self.url)

    def everywhere(self, act: Callable[[], Done], each: int = 3) -> list[Done]:
        """The same by so many at each node, all at one moment."""

        def there(node: int) -> Done:
            with self.at(node):
                return act()

        asked: Sequence[int] = [node for node in range(COUNT) for _ in range(each)]
        return at_once(there, asked)

    def close(self) -> None:
        """End those that live."""
        for one in self.lives:
            if not one.is_gone():
                one.end()
