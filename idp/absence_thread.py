# SPDX-License-Identifier: Apache-2.0
"""Looks every other second for cards of which nothing is heard any more."""

from idp.login.absence import Absence
from idp.repeating import Repeating

EVERY = 2.0


class AbsenceThread(Repeating):
    """Gives them up, and what hangs on them."""

    def __init__(self, absence: Absence, patience: int) -> None:
        # A server that was down has heard nobody: agents first get the time to speak.
        super().__init__("presence", every=EVERY, first=patience)
        self._absence = absence

    def do(self) -> None:
        """Those unheard by now."""
        self._absence.look()
