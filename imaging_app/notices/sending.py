# SPDX-License-Identifier: Apache-2.0
"""Sending: one notice after the other, by one sender each; what fails is tried later, then no more.

A notice is leased before its mail leaves, and is done once the server has taken it. Whoever dies in
between leaves it to the next, with the same Message-ID.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from imaging_app.clock import HOUR, MINUTE
from imaging_app.db import Database, Tx, Unanswered
from imaging_app.notices.outbox import Notice, Outbox, To
from imaging_app.notices.smtp import Failed, Letter
from imaging_app.notices.words import letter_of

# One, two, four minutes … six hours: about two days, then the operator is asked.
MOST_TRIES = 16
LONGEST_WAIT = 6 * HOUR
PAUSE = 30
NO_ADDRESS = "no-address"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever is written to: where, nothing for nowhere, and in which language."""

    address: str
    language: str


Readers = Callable[[Tx, To, str], Reader]


class Carrier(Protocol):
    """Whoever carries a mail."""

    def send(self, letter: Letter) -> Failed | None:
        """Carry it; why not, where it did not leave."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What it stands on."""

    database: Database
    outbox: Outbox
    reader_of: Readers
    post: Carrier
    link: str

    def send_due(self) -> int:
        """All that is due; how many mails left."""
        sent = 0
        while (notice := self._take()) is not None:
            sent += self._send(notice)
        return sent

    def _take(self) -> Notice | None:
        # One at a time: a lease is for one mail, however slow its server is.
        with self.database.write() as tx:
            return next(iter(self.outbox.take(tx, 1)), None)

    def _send(self, notice: Notice) -> bool:
        with self.database.read() as tx:
            reader = self.reader_of(tx, notice.to, notice.to_id)
        nowhere = Failed(NO_ADDRESS, final=True)
        failed = self._carry(notice, reader) if reader.address else nowhere
        with self.database.write() as tx:
            if failed is None:
                return self.outbox.done(tx, notice.id)
            if failed.final or notice.tries >= MOST_TRIES:
                self.outbox.give_up(tx, notice.id, failed.why)
            else:
                self.outbox.later(tx, notice.id, wait_after(notice.tries), failed.why)
        if reader.address:
            log.warning("notice %s, try %d: %s", notice.id, notice.tries, failed.why)
        return False

    def _carry(self, notice: Notice, reader: Reader) -> Failed | None:
        subject, text = letter_of(notice.to, notice.what, self.link, reader.language)
        return self.post.send(Letter(notice.id, reader.address, subject, text, notice.made_at))


def wait_after(tries: int) -> int:
    """For how long, after so many tries."""
    return min(MINUTE << min(tries - 1, 20), LONGEST_WAIT)


def start_thread(sending: Sending, stop: threading.Event, pause: float = PAUSE) -> threading.Thread:
    """Send what is due, again and again, beside the pages."""

    def run() -> None:
        while not stop.is_set():
            try:
                sending.send_due()
            except Unanswered as fault:
                log.warning("notices wait: the database: %s", type(fault).__name__)
            except Exception:
                # Whatever one notice did, the next ones are not left behind.
                log.exception("notices wait")
            finally:
                sending.database.forget()
            stop.wait(pause)

    thread = threading.Thread(target=run, name="notices", daemon=True)
    thread.start()
    return thread
