# SPDX-License-Identifier: Apache-2.0
"""The post office as pages see it: wake it after a click, ask whether a channel works."""

import threading
import time

from idp.clock import Clock
from idp.config import Settings
from idp.db import Database
from idp.messages import breaker

# After a nudge the outbox is looked at so often, for so long: the transaction that wrote the
# message may not have ended yet.
LIVELY_PAUSE = 0.05
LIVELY_FOR = 2.0


class Post:
    """Shared by those who write messages and the thread that sends them."""

    def __init__(self, database: Database, clock: Clock, channels: frozenset[str]) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._woken = threading.Event()
        self._lively_until = 0.0

    def nudge(self) -> None:
        """Something was written, or is about to be: look soon. Writing a message does it."""
        self._lively_until = time.monotonic() + LIVELY_FOR
        self._woken.set()

    def is_up(self, channel: str) -> bool:
        """Whether a message on this channel would leave now, so far as anybody knows.

        False where nothing is set up to send it, and while its provider is left alone after
        failures. Asked of the database: every process knows of every other's failures.
        """
        if channel not in self._channels:
            return False
        with self._database.read() as tx:
            return not breaker.health(tx, channel).is_down(self._clock.now())

    def wait(self, pause: float) -> None:
        """Until somebody nudges, or the pause is over."""
        lively = time.monotonic() < self._lively_until
        if self._woken.wait(min(pause, LIVELY_PAUSE) if lively else pause):
            self._woken.clear()

    def wake(self) -> None:
        """End a wait at once."""
        self._woken.set()


def desk_of(settings: Settings) -> str:
    """The folder of the demo's desk where it stands in for a provider, or nothing."""
    return settings.demo.desk if settings.demo.enabled else ""


def channels_of(settings: Settings) -> frozenset[str]:
    """The channels on which something can be sent."""
    desk = bool(desk_of(settings))
    email = bool(settings.smtp.host) or desk
    sms = settings.sms.provider != "none" or desk
    always = dict.fromkeys(("logout", "task", "webhook", "ping", "signal"), True)
    chosen = {**always, "email": email, "sms": sms}
    return frozenset(name for name, there in chosen.items() if there)
