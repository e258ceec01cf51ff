# SPDX-License-Identifier: Apache-2.0
"""Tokens that are worth nothing: how many of an address the login server is asked about.

Many programs stand behind one address of a hospital. So only tokens that nobody has seen good are
counted, and only those that turn out bad stay counted. A token that was good here lately is always
asked about. One that comes while others of its address were bad waits, and is asked about when it
comes again after as long as it was told: whoever tries a new one each time gains nothing by that.
"""

import hashlib
import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from imaging_app.clock import HOUR, MINUTE
from relying_parties.kit.bearer import Bearers
from relying_parties.kit.store import Session

# Bad ones of an address in a minute; as many that come again.
MOST: Final = 60
# Seconds after which to come again, and for how long that is remembered.
WAIT, PATIENT = 10, 5 * MINUTE
# For how long a good one is.
GOOD: Final = HOUR
MOST_KEPT: Final = 10_000
# So much of an address is one line's (RFC 6177).
NETWORK: Final = 64


@dataclass(slots=True)
class Kept:
    """When something was, by its name; the oldest go first."""

    lasts: int
    _at: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def put(self, name: str, now: int) -> None:
        """It was now."""
        self._at[name] = now
        self._at.move_to_end(name)
        while len(self._at) > MOST_KEPT:
            self._at.popitem(last=False)

    def since(self, name: str, now: int) -> int | None:
        """For how many seconds; None where it is not known, or too long ago."""
        at = self._at.get(name)
        return now - at if at is not None and at <= now < at + self.lasts else None

    def drop(self, name: str) -> None:
        """It is over."""
        self._at.pop(name, None)


@dataclass(slots=True)
class Counts:
    """How often within a minute, of each address."""

    _of: OrderedDict[str, tuple[int, int]] = field(default_factory=OrderedDict)

    def take(self, address: str, now: int) -> bool:
        """Whether one more may be; then it is counted."""
        began, count = self._of.get(address, (now, 0))
        if not began <= now < began + MINUTE:
            began, count = now, 0
        if count >= MOST:
            return False
        self._of[address] = began, count + 1
        self._of.move_to_end(address)
        while len(self._of) > MOST_KEPT:
            self._of.popitem(last=False)
        return True

    def give_back(self, address: str) -> None:
        """It was none that counts."""
        began, count = self._of.get(address, (0, 0))
        if count:
            self._of[address] = began, count - 1


class TooMany(Exception):
    """This one is not asked about now."""


class Knocking:
    """Asks about tokens; safe for many threads."""

    def __init__(self, bearers: Bearers, now: Callable[[], int]) -> None:
        self._bearers = bearers
        self._now = now
        self._lock = threading.Lock()
        self._good, self._waits = Kept(GOOD), Kept(PATIENT)
        self._new, self._again = Counts(), Counts()

    def of(self, token: str, address: str) -> Session | None:
        """Who it stands for; TooMany where it has to wait."""
        if self._bearers.is_believed(token):
            return self._bearers.of(token)
        name = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        with self._counted(name, network_of(address)) as give_back:
            session = self._bearers.of(token)
            if session is not None:
                give_back()
                with self._lock:
                    self._good.put(name, self._now())
            else:
                with self._lock:
                    self._good.drop(name)
        return session

    @contextmanager
    def _counted(self, name: str, address: str) -> Iterator[Callable[[], None]]:
        """Before it is asked: of many at once none is missed."""
        counts = self._turn(name, address)

        def give_back() -> None:
            if counts is not None:
                with self._lock:
                    counts.give_back(address)

        try:
            yield give_back
        except BaseException:
            # That the login server is away says nothing of the token.
            give_back()
            raise

    def _turn(self, name: str, address: str) -> Counts | None:
        now = self._now()
        with self._lock:
            if self._good.since(name, now) is not None:
                return None
            waits = self._waits.since(name, now)
            if waits is not None and waits >= WAIT and self._again.take(address, now):
                self._waits.drop(name)
                return self._again
            if self._new.take(address, now):
                return self._new
            if waits is None:
                self._waits.put(name, now)
        raise TooMany


def network_of(address: str) -> str:
    """What is counted together: of IPv6, where one line has no end of addresses, its network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, NETWORK), strict=False))
