# SPDX-License-Identifier: Apache-2.0
"""The messages leaving, in the background of a process: one who looks, a few hands who send."""

import threading
from functools import partial

from idp.db import Database
from idp.logs import get
from idp.messages.delivery import Delivery
from idp.messages.hands import Hands
from idp.messages.noting import Taken
from idp.messages.post import Post

# For each channel: a slow provider must not hold up another one's messages.
HANDS = 4
MAX_PAUSE = 30.0
log = get("messages")


class MessagesThread:
    """Runs a delivery until stopped; a failure is logged, never fatal."""

    def __init__(
        self, database: Database, delivery: Delivery, post: Post, pause: float = 1.0
    ) -> None:
        self._database = database
        self._delivery = delivery
        self._post = post
        self._pause = pause
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._hands = Hands(database)
        self._busy = dict.fromkeys(delivery.senders, 0)
        self._counting = threading.Lock()

    def start(self) -> None:
        """Begin; a second call does nothing."""
        if self._thread is None:
            self._stopping.clear()
            self._hands = Hands(self._database)
            self._thread = threading.Thread(target=self._run, name="messages", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Claim nothing more, and wait for what is being sent."""
        self._stopping.set()
        self._post.wake()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None
        self._hands.stop(timeout)

    def _run(self) -> None:
        pause = self._pause
        try:
            while not self._stopping.is_set():
                failed = not self._pass()
                pause = min(pause * 2, MAX_PAUSE) if failed else self._pause
                if failed:
                    self._stopping.wait(pause)
                else:
                    self._post.wait(pause)
        finally:
            self._database.forget()

    def _pass(self) -> bool:
        try:
            self._delivery.note_late()
            if self._delivery.is_due():
                self._delivery.drop_worthless()
                for channel in self._busy:
                    self._hand_out(channel)
        except Exception as fault:  # noqa: BLE001
            # Whatever it was, the messages wait in the database.
            log.warning("messages not looked at", error=type(fault).__name__)
            return False
        return True

    def _hand_out(self, channel: str) -> None:
        # Never more than can be begun at once: a lease runs while one waits.
        free = HANDS - self._busy[channel]
        if free <= 0 or self._stopping.is_set():
            return
        for taken in self._delivery.claim(channel, free):
            self._count(channel, 1)
            self._hands.do(partial(self._deliver, taken))

    def _count(self, channel: str, step: int) -> None:
        with self._counting:
            self._busy[channel] += step

    def _deliver(self, taken: Taken) -> None:
        try:
            self._delivery.deliver(taken)
        except Exception as fault:  # noqa: BLE001 - its lease runs, and the next pass notes it
            log.warning("outcome not noted", message=taken.id, error=type(fault).__name__)
        finally:
            self._count(taken.channel, -1)
            self._post.wake()
