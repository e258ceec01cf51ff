# SPDX-License-Identifier: Apache-2.0
"""Looks every other second for cards of which nothing is heard any more."""

import threading

from idp.login.absence import Absence
from idp.logs import get

log = get("presence")
EVERY = 2.0


class AbsenceThread:
    """Runs until stopped; a failure is logged, never fatal."""

    def __init__(self, absence: Absence, patience: int) -> None:
        self._absence = absence
        # A server that was down has heard nobody: agents first get the time to speak.
        self._patience = patience
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="absence", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, soon."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        if self._stopping.wait(self._patience):
            return
        while not self._stopping.wait(EVERY):
            try:
                self._absence.look()
            except Exception as fault:  # noqa: BLE001
                # Whatever it was: without this thread absent cards would keep their sessions.
                log.warning("cards not looked for", why=type(fault).__name__)
