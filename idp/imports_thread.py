# SPDX-License-Identifier: Apache-2.0
"""Goes on with imports of people that were begun in the console."""

from idp.administration.imports.work import ImportWork
from idp.repeating import Repeating

EVERY = 2.0


class ImportsThread(Repeating):
    """Looks for them every other second."""

    def __init__(self, work: ImportWork) -> None:
        super().__init__("imports", every=EVERY)
        self._work = work

    def do(self) -> None:
        """All that waits, until the process ends."""
        self._work.go_on(self.is_stopping)

    def stop(self) -> None:
        """End after the batch under way."""
        super().stop()
        self._work.close()
