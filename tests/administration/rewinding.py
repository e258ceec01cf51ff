# SPDX-License-Identifier: Apache-2.0
"""A world on a file of SQLite that can be put back: what one call did, the next does not meet."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.world import World, open_world


class Rewound:
    """The world, and how it was."""

    def __init__(self, world: World, file: Path) -> None:
        self.world = world
        self._file = file
        self._threads: set[threading.Thread] = set()
        self._kept = file.with_suffix(".kept")

    @classmethod
    @contextmanager
    def open(cls, template: Path, folder: Path, **changes: str) -> Iterator[Self]:
        """A world of its own in a folder."""
        file = folder / "sceau.sqlite3"
        shutil.copyfile(template, file)
        file.chmod(0o600)
        world = open_world(f"sqlite:///{file}", **changes)
        yield cls(world, file)
        world.provider.close()

    def keep(self) -> None:
        """This is how it was."""
        self._threads = set(threading.enumerate())
        self.world.core.database.close()
        shutil.copyfile(self._file, self._kept)

    def back(self) -> None:
        """As if nothing had been done since."""
        core = self.world.core
        # What was begun in the background has its file until it ends.
        for one in set(threading.enumerate()) - self._threads:
            one.join(30)
        core.database.close()
        for suffix in ("-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self._kept, self._file)
        core.applications._parsed.clear()
        core.keys.reload()
