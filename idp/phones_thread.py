# SPDX-License-Identifier: Apache-2.0
"""Asks, every other moment, about the phones that people wait for."""

from idp.login.phone_calls import PhoneCalls
from idp.repeating import Repeating

EVERY = 1.0


class PhonesThread(Repeating):
    """Without it everybody who waits waits in vain."""

    def __init__(self, calls: PhoneCalls) -> None:
        super().__init__("phones", every=EVERY)
        self._calls = calls

    def do(self) -> None:
        """All that is due, until the process ends."""
        self._calls.go_on(self.is_stopping)

    def stop(self) -> None:
        """End after the questions under way."""
        super().stop()
        self._calls.close()
