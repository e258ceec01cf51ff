# SPDX-License-Identifier: Apache-2.0
"""Threads that send: made when there is something to do, gone after a while without."""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from idp.db import Database

# Each keeps a connection of the database while it lives.
IDLE_SECONDS = 10.0

Job = Callable[[], None]


class Hands:
    """Does each job in a thread; jobs answer for their own faults."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # One for each thread that waits for a job.
        self._idle = threading.Semaphore(0)
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def do(self, job: Job) -> None:
        """Begin it at once, in a thread that waits or in a new one."""
        if not self._idle.acquire(blocking=False):
            thread = threading.Thread(target=self._run, name="message", daemon=True)
            with self._lock:
                self._threads.add(thread)
            thread.start()
        self._jobs.put(job)

    def stop(self, timeout: float) -> None:
        """Wait for what is being done, no longer than so many seconds."""
        until = time.monotonic() + timeout
        with self._lock:
            threads = list(self._threads)
        for _thread in threads:
            self._jobs.put(None)
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0))

    def _run(self) -> None:
        try:
            while (job := self._next()) is not None:
                job()
                self._idle.release()
        finally:
            self._database.forget()
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _next(self) -> Job | None:
        while True:
            try:
                return self._jobs.get(timeout=IDLE_SECONDS)
            except Empty:
                # Nobody counts on this thread; where somebody does, a job is on its way.
                if self._idle.acquire(blocking=False):
                    return None
