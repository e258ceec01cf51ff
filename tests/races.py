# SPDX-License-Identifier: Apache-2.0
"""The same thing by several at one moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

One = TypeVar("One")
Done = TypeVar("Done")


def at_once(act: Callable[[One], Done], those: Sequence[One]) -> list[Done]:
    """Everybody begins when all are ready; what each of them got, in their order."""
    gate = threading.Barrier(len(those))

    def go(one: One) -> Done:
        gate.wait(30)
        return act(one)

    with ThreadPoolExecutor(len(those)) as pool:
        return list(pool.map(go, those))
