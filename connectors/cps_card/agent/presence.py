# SPDX-License-Identifier: Apache-2.0
"""Tells servers that the card of a login is still there, and at once that it is not."""

import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.cps_card.agent.cards import Cards
from connectors.cps_card.statement import Heartbeat, presence_bytes, write_heartbeat
from connectors.strict_json import to_text

LOG = logging.getLogger("sceau-agent")

# The page still has to bring the answer to the server: until then nobody there knows the key.
FIRST_AFTER, RETRY, UNKNOWN_FOR = 1.0, 2.0, 120.0
REMOVED_FOR = 60.0
# A server that cannot be reached for this long has ended the session by its own rule.
SILENT_FOR = 900.0
USUAL = 10.0
MOST = 16


@dataclass(frozen=True, slots=True)
class Heard:
    """What a server answered: 200 and when it wants to hear again, or another status."""

    status: int
    next: float = USUAL


# Brings the text to this issuer's presence page; None when it cannot be reached.
Post = Callable[[str, str], Heard | None]


class Presence:
    """All cards that are watched: one thread for each login, ended by the server."""

    def __init__(
        self, cards: Cards, post: Post, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cards = cards
        self._post = post
        self._clock = clock
        self._lock = Lock()
        self._watches: list[Watch] = []
        cards.watch(self._changed)

    def prepare(self) -> "Promise":
        """A fresh key for one login."""
        return Promise(self, Ed25519PrivateKey.generate())

    def begin(self, private: Ed25519PrivateKey, issuer: str, card: str) -> None:
        """From now on this server hears of this card."""
        watch = Watch(self._cards, self._post, self._clock, private, issuer, card)
        with self._lock:
            self._watches = [each for each in self._watches if each.is_alive()]
            while len(self._watches) >= MOST:
                self._watches.pop(0).stop()
            self._watches.append(watch)
        watch.start()

    def _changed(self) -> None:
        with self._lock:
            for each in self._watches:
                each.look()

    def count(self) -> int:
        """How many logins are watched now."""
        with self._lock:
            return sum(each.is_alive() for each in self._watches)

    def close(self) -> None:
        """Stops in silence: whether the session goes on is the server's to decide."""
        with self._lock:
            watches, self._watches = self._watches, []
        for each in watches:
            each.stop()
        for each in watches:
            each.join(2.0)


@dataclass(frozen=True, slots=True)
class Promise:
    """A key that a card is about to sign."""

    presence: Presence
    private: Ed25519PrivateKey

    @property
    def key(self) -> str:
        return to_text(self.private.public_key().public_bytes_raw())

    def begin(self, issuer: str, card: str) -> None:
        self.presence.begin(self.private, issuer, card)


class Watch(Thread):
    """One login: heartbeats while the card is in, a last word when it is not."""

    def __init__(
        self,
        cards: Cards,
        post: Post,
        clock: Callable[[], float],
        private: Ed25519PrivateKey,
        issuer: str,
        card: str,
    ) -> None:
        super().__init__(name="presence", daemon=True)
        self._cards = cards
        self._post = post
        self._clock = clock
        self._private = private
        self._key = to_text(private.public_key().public_bytes_raw())
        self._issuer = issuer
        self._card = card
        self._sequence = 0
        self._known = False
        self._wake = Event()
        self._over = False
        self._until = clock() + UNKNOWN_FOR

    def look(self) -> None:
        """Something was put in or taken out."""
        self._wake.set()

    def stop(self) -> None:
        self._over = True
        self._wake.set()

    def run(self) -> None:
        pause = FIRST_AFTER
        # Once gone it stays gone: a card that is put back logs in again.
        while not self._over and self._stays(pause):
            pause = self._beat("present")
        if not self._over:
            LOG.info("removed issuer=%s", self._issuer)
            self._until = self._clock() + REMOVED_FOR
        while not self._over:
            self._wake.clear()
            self._wake.wait(self._beat("removed"))

    def _stays(self, seconds: float) -> bool:
        """Whether the card stays in for so long, or until something else happens."""
        end = self._clock() + seconds
        while not self._over and self._cards.holds(self._card):
            left = end - self._clock()
            if left <= 0:
                return True
            self._wake.wait(left)
            self._wake.clear()
        return False

    def _beat(self, state: str) -> float:
        """Says it once; the seconds until the next time."""
        self._sequence += 1
        said = presence_bytes(self._issuer, self._key, self._sequence, state)
        beat = Heartbeat(self._key, self._sequence, state, self._private.sign(said))
        heard = self._post(self._issuer, write_heartbeat(beat))
        if heard and heard.status == 200:
            self._known = True
            if state == "removed":
                self._over = True
                return 0.0
            self._until = self._clock() + SILENT_FOR
            return heard.next
        status = heard.status if heard else 0
        # 404: the key is not known, or not yet. 410: it was, and the session is over.
        over = status == 410 or (status == 404 and self._known)
        if over or self._clock() >= self._until:
            LOG.info("watch ended issuer=%s", self._issuer)
            self._over = True
            return 0.0
        return RETRY


def read_next(body: bytes) -> float:
    """When the server wants to hear again."""
    try:
        found = json.loads(body)["next"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return USUAL
    # NaN is neither more nor less than anything.
    if type(found) not in {int, float} or not math.isfinite(found):
        return USUAL
    return min(max(float(found), 1.0), 60.0)
