# SPDX-License-Identifier: Apache-2.0
"""Request objects that lie at an address (OIDC Core §6.2): registered ones alone are fetched."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from threading import BoundedSemaphore, Lock
from typing import Final

from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.keys import compact
from idp.oidc.client import Client
from idp.oidc.errors import OAuthError
from idp.oidc.request_object import LONGEST, RequestObjects, Signed
from idp.outgoing import Fetched

# RFC 9101 §5.2: no longer than that.
LONGEST_ADDRESS: Final = 512
HASH: Final = re.compile(r"[A-Za-z0-9_-]{43}")
FETCH_EVERY: Final = 10
# Where nothing is held that could be given meanwhile.
RETRY_EVERY: Final = 2
# Between two looks as a matter of course, so many hashes may each have it fetched: anybody can make
# some up.
MOST_AGAIN: Final = 8
# How long a copy is good while its site does not answer.
KEPT: Final = 600
MOST_KEPT: Final = 256
# Requests that wait for one being fetched hold a thread each.
MOST_WAITING: Final = 8
LONGEST_WAIT: Final = 10.0
SERVER_FAULT: Final = 500


@dataclass(slots=True)
class Copy:
    """What is known of an address."""

    fetching: Lock = field(default_factory=Lock)
    body: bytes | None = None
    # When it came, and when the address was last asked for it as a matter of course.
    came_at: float = 0.0
    asked_at: float | None = None
    # The hashes for which it was asked since.
    again: set[str] = field(default_factory=set)

    def held(self, now: float) -> bytes | None:
        """What may still be given."""
        return self.body if now - self.came_at < KEPT else None

    def fits(self, wanted: str, now: float) -> bool:
        """Whether something is held, and is what its hash says where there is one."""
        held = self.held(now)
        return held is not None and (not wanted or hash_of(held) == wanted)


class RequestUris:
    """Fetches them, each address at most once in a while."""

    def __init__(self, core: Core, objects: RequestObjects) -> None:
        self._core = core
        self._objects = objects
        self._copies: dict[str, Copy] = {}
        self._finding = Lock()
        self._waiting = BoundedSemaphore(MOST_WAITING)

    def read(self, client: Client, uri: str, outer: Parameters) -> Signed | OAuthError:
        """The request that lies there; nobody is asked for an address that is not registered."""
        registered = client.asking.request_uris
        if not registered:
            # OA-090: the answer is the same for any address, and as fast.
            return OAuthError("request_uri_not_supported", "request_uri is not supported")
        address, _, fragment = uri.partition("#")
        if len(uri) > LONGEST_ADDRESS or not {uri, address} & set(registered):
            return OAuthError("invalid_request_uri", "request_uri is not one that is registered")
        wanted = fragment if HASH.fullmatch(fragment) else ""
        held = self._fetch(address, wanted)
        if held is None:
            return OAuthError("invalid_request_uri", "request_uri could not be fetched")
        if wanted and hash_of(held) != wanted:
            return OAuthError("invalid_request_uri", "what lies there is not what its hash says")
        token = held.strip().decode("ascii", "replace")
        return self._objects.read(client, token, outer, fetched=True)

    def _fetch(self, address: str, wanted: str) -> bytes | None:
        """What lies there; whoever can be given what is held does not wait for it."""
        clock = self._core.clock
        copy = self._copy(address)
        if not self._is_due(copy, wanted):
            return copy.held(clock.monotonic())
        mine = copy.fetching.acquire(blocking=False)
        if not mine and not copy.fits(wanted, clock.monotonic()):
            mine = self._waited(copy)
        if mine:
            try:
                # Another may have fetched it since.
                if self._is_due(copy, wanted):
                    self._ask(copy, address, wanted)
            finally:
                copy.fetching.release()
        return copy.held(clock.monotonic())

    def _copy(self, address: str) -> Copy:
        with self._finding:
            if address not in self._copies and len(self._copies) >= MOST_KEPT:
                self._copies.clear()
            return self._copies.setdefault(address, Copy())

    def _is_due(self, copy: Copy, wanted: str) -> bool:
        """By its age; or its site may have put there just now what the hash says."""
        now = self._core.clock.monotonic()
        every = RETRY_EVERY if copy.held(now) is None else FETCH_EVERY
        if copy.asked_at is None or now - copy.asked_at >= every:
            return True
        if copy.held(now) is None or copy.fits(wanted, now):
            return False
        return wanted not in copy.again and len(copy.again) < MOST_AGAIN

    def _waited(self, copy: Copy) -> bool:
        """Until whoever fetches has done so: a slow or broken address holds few, not all."""
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return copy.fetching.acquire(timeout=LONGEST_WAIT)
        finally:
            self._waiting.release()

    def _ask(self, copy: Copy, address: str, wanted: str) -> None:
        early = not self._is_due(copy, "")
        fetched = self._core.fetcher.fetch("GET", address)
        now = self._core.clock.monotonic()
        # Whatever its site says counts; where it says nothing, what came last is good for a while.
        if isinstance(fetched, Fetched) and fetched.status < SERVER_FAULT:
            copy.body, copy.came_at = _body_of(fetched), now
        # What was fetched early for the sake of a hash does not put off the next one.
        if not early:
            copy.asked_at = now
            copy.again.clear()
        if wanted:
            copy.again.add(wanted)


def hash_of(body: bytes) -> str:
    """As a fragment says it."""
    return compact.encode(sha256(body).digest())


def _body_of(fetched: Fetched) -> bytes | None:
    fits = fetched.status == 200 and len(fetched.body) <= LONGEST
    return fetched.body if fits else None
