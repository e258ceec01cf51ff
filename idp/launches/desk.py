# SPDX-License-Identifier: Apache-2.0
"""What the means of launches asks of its host (`connectors.ports.LaunchDesk`)."""

from connectors.launches import LaunchSource, Taken
from idp.db import Database
from idp.launches import sources
from idp.launches.waiting import Launches


class SourceDesk:
    """Sources and launches, each asked in a transaction of its own."""

    def __init__(self, database: Database, launches: Launches) -> None:
        self._database = database
        self._launches = launches

    def source(self, issuer: str) -> LaunchSource | None:
        """The program of this name, closed ones included."""
        with self._database.read() as tx:
            found = sources.named(tx, issuer)
        return sources.as_means(found) if found else None

    def source_by_key(self, key: str) -> LaunchSource | None:
        """The same, by the key that it has here."""
        with self._database.read() as tx:
            found = sources.load(tx, key)
        return sources.as_means(found) if found else None

    def take(self, launch: str, journey: str) -> Taken | None:
        """Take one that leads to this journey."""
        with self._database.write() as tx:
            taken = self._launches.take(tx, launch, journey)
        if taken is None:
            return None
        return Taken(taken.launch, taken.source.level, taken.source.applications)
