# SPDX-License-Identifier: Apache-2.0
"""Reads the extracts that somebody asked for, goes on with those that were cut off, and drops what
is no longer served.
"""

from pathlib import Path

from idp.directory import generations
from idp.directory.dropping import Dropping
from idp.directory.generations import KINDS
from idp.directory.importer import Ways
from idp.directory.shelf import Shelf
from idp.http.services import Core
from idp.repeating import Repeating

EVERY = 5.0


class DirectoryThread(Repeating):
    """One in each serving process; they take turns by the row of what is read."""

    def __init__(self, core: Core) -> None:
        super().__init__("directory", every=EVERY)
        self._core = core
        self._dropping = Dropping(core.database)
        named = core.settings.directory
        self._shelf = Shelf(Path(named.uploads), named.max_bytes) if named.uploads else None

    def do(self) -> None:
        """All that waits."""
        core = self._core
        with core.database.read() as tx:
            waiting = generations.waiting(tx, core.clock.now())
        for one in waiting:
            core.importer.run(one.id, None, Ways(stop=self.is_stopping))
            if self.is_stopping():
                return
        self._dropping.go_on(self.is_stopping)
        self._tidy()

    def _tidy(self) -> None:
        if self._shelf is None:
            return
        with self._core.database.read() as tx:
            wanted = [one.path for kind in KINDS for one in generations.under_way(tx, kind)]
        self._shelf.tidy(wanted, self._core.clock.now())
