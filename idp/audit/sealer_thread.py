# SPDX-License-Identifier: Apache-2.0
"""The sealer in the background of a process: seals, follows with the anchor, goes on."""

import threading
from typing import Any

import structlog

from idp.audit.anchor import Anchor
from idp.audit.seal import Sealer
from idp.db import Database

MAX_PAUSE = 30.0


class SealerThread:
    """Runs a sealer every `interval` seconds until stopped; a failure is logged, never fatal."""

    def __init__(
        self, db: Database, sealer: Sealer, interval: float = 1.0, anchor: Anchor | None = None
    ) -> None:
        self._db = db
        self._sealer = sealer
        self._interval = interval
        self._anchor = anchor
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._log: Any = structlog.get_logger("idp.audit")

    def start(self) -> None:
        """Begin; a second call does nothing."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="audit-sealer", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Seal what is left and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    def _run(self) -> None:
        pause = self._interval
        try:
            while not self._stopping.wait(pause):
                failed = not self._pass()
                pause = min(pause * 2, MAX_PAUSE) if failed else self._interval
            self._pass()
        finally:
            self._db.forget()

    def _pass(self) -> bool:
        try:
            while self._sealer.run_once(self._db):
                pass
            if self._anchor is not None:
                self._anchor.follow(self._db)
        except Exception as fault:  # noqa: BLE001
            # Whatever it was, the rows wait in the database: the next pass seals them.
            self._log.error("audit.seal_failed", error=type(fault).__name__)
            return False
        return True
