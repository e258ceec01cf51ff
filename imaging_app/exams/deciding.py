# SPDX-License-Identifier: Apache-2.0
"""What becomes of a file that was set aside: tried again once its cause is mended, or dropped."""

from imaging_app.db import Database, take_turn
from imaging_app.exams.aside import TAKEN, Aside
from imaging_app.exams.ingest import Ingest
from imaging_app.exams.values import Fate, Origin, Outcome
from imaging_app.store.embedded import blocks_of
from imaging_app.store.port import Store

DROPPED = "dropped"


class Decisions:
    """The verbs; whoever calls has asked whether they may."""

    def __init__(self, database: Database, store: Store, ingest: Ingest, aside: Aside) -> None:
        self._database = database
        self._store = store
        self._ingest = ingest
        self._aside = aside

    def again(self, one: str, establishment: str, by: str) -> Outcome | None:
        """Try it again, by the same rules; None where there is no such file."""
        with self._database.read() as tx:
            found = self._aside.one(tx, one, establishment)
        path = self._store.aside(found.digest) if found else None
        if found is None or path is None:
            return None
        outcome = self._ingest.take(blocks_of(path), Origin(establishment, by, found.name))
        if outcome.fate in {Fate.KEPT, Fate.KNOWN}:
            self._decide(one, establishment, TAKEN, by)
        return outcome

    def drop(self, one: str, establishment: str, by: str) -> bool:
        """Forget its bytes; that it was here stays written down."""
        return self._decide(one, establishment, DROPPED, by)

    def _decide(self, one: str, establishment: str, state: str, by: str) -> bool:
        with self._database.write() as tx:
            digest = self._aside.decide(tx, one, establishment, state, by)
        if digest is None:
            return False
        self.forget(digest)
        return True

    def forget(self, digest: str) -> None:
        """Drop bytes that nobody decides about any more, in the turn of what is set aside."""
        with self._database.write() as tx:
            take_turn(tx, "exams")
            if not self._aside.is_wanted(tx, digest):
                self._store.drop_aside(digest)
