# SPDX-License-Identifier: Apache-2.0
"""SQLite's one writer, shared fairly: those who wait for it are made durable together.

With synchronous=FULL a commit costs a flush of the disk, more than all the rest of a request. So
a transaction that ends while others wait is left open for them to join, each in a savepoint of
its own; the last one commits for all, and nobody answers before that commit has returned. One
connection does all the writing: its cache of pages stays valid, since nobody else changes them.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from idp.errors import Unavailable
from idp.prepared import PreparedConnection

MOST_TOGETHER = 32
PATIENCE = 30.0


class Batch:
    """Transactions that are committed together."""

    __slots__ = ("closed", "event", "fault", "joined", "kept")

    def __init__(self) -> None:
        self.joined = 0
        self.kept = 0
        self.closed = False
        self.fault: Exception | None = None
        # Only made where somebody leaves the commit to another.
        self.event: threading.Event | None = None

    def close(self, fault: Exception | None = None) -> None:
        """It is committed, or has come to nothing."""
        self.fault = fault
        self.closed = True
        if self.event is not None:
            self.event.set()

    def wait(self) -> None:
        """Until it is durable; a batch that came to nothing did so for all."""
        if not self.closed and (self.event is None or not self.event.wait(PATIENCE)):
            raise Unavailable("database: the commit did not come")
        if self.fault is not None:
            raise Unavailable("database: the commit failed") from self.fault


class GroupCommit:
    """The writer and the batch it stands in."""

    def __init__(self, connect: Callable[[], PreparedConnection]) -> None:
        self._connect = connect
        self._connection: PreparedConnection | None = None
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        self._batch: Batch | None = None

    @contextmanager
    def transaction(self) -> Iterator[PreparedConnection]:
        """A transaction of one's own; durable when the block has been left."""
        self._take_turn()
        batch = None
        try:
            connection = self._open()
            batch = self._join(connection)
            alone = batch.joined == 1
            try:
                yield connection
                if not alone:
                    connection.say("RELEASE one")
            except BaseException:
                self._undo(connection, batch, alone=alone)
                raise
            batch.kept += 1
        except DBAPIError as fault:
            self._lose_if_ended(batch, fault)
            raise
        finally:
            try:
                # Also the batch that this one could not join: those in it wait for a commit.
                left = self._batch if batch is None else batch
                if left is not None and not left.closed:
                    self._leave(left)
            finally:
                self._turn.release()
        batch.wait()

    def _take_turn(self) -> None:
        with self._counting:
            self._waiting += 1
        try:
            self._turn.acquire()
        finally:
            with self._counting:
                self._waiting -= 1

    def _open(self) -> PreparedConnection:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _join(self, connection: PreparedConnection) -> Batch:
        if self._batch is None:
            connection.say("BEGIN IMMEDIATE")
            self._batch = Batch()
        else:
            connection.say("SAVEPOINT one")
        self._batch.joined += 1
        return self._batch

    def _undo(self, connection: PreparedConnection, batch: Batch, *, alone: bool) -> None:
        """Take back one's own part, and the whole where it can't be told apart."""
        try:
            if alone:
                self._end(batch, "ROLLBACK")
            else:
                connection.say("ROLLBACK TO one")
                connection.say("RELEASE one")
        except Exception as fault:  # noqa: BLE001 - the batch must never stay open
            self._lose(batch, fault)

    def _leave(self, batch: Batch) -> None:
        """Commit, unless somebody waits who will."""
        if batch.kept and self._waiting and batch.joined < MOST_TOGETHER:
            batch.event = batch.event or threading.Event()
            return
        try:
            self._end(batch, "COMMIT" if batch.kept else "ROLLBACK")
        except Exception as fault:  # noqa: BLE001 - the batch must never stay open
            self._lose(batch, fault)

    def _end(self, batch: Batch, word: str) -> None:
        if self._connection is not None:
            self._connection.say(word)
        self._batch = None
        batch.close()

    def _lose_if_ended(self, batch: Batch | None, fault: DBAPIError) -> None:
        """Some faults (disk full, input or output) make SQLite give up the whole transaction."""
        driver = self._connection.connection.dbapi_connection if self._connection else None
        if batch is not None and not batch.closed and not getattr(driver, "in_transaction", False):
            self._lose(batch, fault)

    def _lose(self, batch: Batch, fault: Exception) -> None:
        """The batch came to nothing; its connection must not serve again."""
        self._batch = None
        self.forget()
        batch.close(fault)

    def forget(self) -> None:
        """Drop the connection; what it had not committed is gone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def close(self) -> None:
        """Close the connection, after the transaction in progress."""
        with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()
