# SPDX-License-Identifier: Apache-2.0
"""The messages leaving, in the background of a process: one who looks, a few hands who send."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

from idp.db import Database
from idp.logs import get
from idp.messages.delivery import Delivery
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
        self._pool: ThreadPoolExecutor | None = None
        self._busy: dict[str, set[Future[None]]] = {name: set() for name in delivery.senders}

    def start(self) -> None:
        """Begin; a second call does nothing."""
        if self._thread is None:
            self._stopping.clear()
            self._pool = ThreadPoolExecutor(HANDS * max(len(self._busy), 1), "message")
            self._thread = threading.Thread(target=self._run, name="messages", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Claim nothing more, and wait for what is being sent."""
        self._stopping.set()
        self._post.wake()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None
        if self._pool is not None:
            wait([one for busy in self._busy.values() for one in busy], timeout)
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

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
        busy = self._busy[channel]
        busy -= {one for one in busy if one.done()}
        # Never more than can be begun at once: a lease runs while one waits.
        free = HANDS - len(busy)
        if free <= 0 or self._pool is None or self._stopping.is_set():
            return
        for taken in self._delivery.claim(channel, free):
            call = self._pool.submit(self._deliver, taken)
            busy.add(call)
            call.add_done_callback(lambda _call: self._post.wake())

    def _deliver(self, taken: Taken) -> None:
        try:
            self._delivery.deliver(taken)
        except Exception as fault:  # noqa: BLE001 - its lease runs, and the next pass notes it
            log.warning("outcome not noted", message=taken.id, error=type(fault).__name__)
