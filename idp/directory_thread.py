# SPDX-License-Identifier: Apache-2.0
"""Reads the extracts that somebody asked for, goes on with those that were cut off, and drops what
is no longer served.
"""

from idp.directory import generations
from idp.directory.dropping import Dropping
from idp.directory.importer import Ways
from idp.http.services import Core
from idp.repeating import Repeating

EVERY = 5.0


class DirectoryThread(Repeating):
    """One in each serving process; they take turns by the row of what is read."""

    def __init__(self, core: Core) -> None:
        super().__init__("directory", every=EVERY)
        self._core = core
        self._dropping = Dropping(core.database)

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
