# SPDX-License-Identifier: Apache-2.0
"""The keys as a process holds them: loaded once, looked at again every half minute.

Nothing here is done per request but two dictionary look-ups: importing an RSA key costs 70 ms.
Who signs is decided by the clock, so a planned rotation needs no reload; a revocation reaches
every process within `refresh` seconds, or at once where `reload` is called after the commit.
"""

import threading
from operator import itemgetter
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from idp.clock import Clock
from idp.db import Database
from idp.errors import Unavailable
from idp.keys import statements
from idp.keys.algorithms import OPENS, Key
from idp.keys.schedule import KeyTimes, State
from idp.keys.service import SigningKeys
from idp.keys.view import PublicKey, Signer, View, build_view, dated_view

STALE_AFTER = 300.0
"""Seconds after which keys that could not be looked at again are no longer trusted."""


class KeyStore:
    """The provider's signing keys, ready to use; shared by the threads of a process."""

    def __init__(
        self, db: Database, service: SigningKeys, *, clock: Clock, refresh: float = 30.0
    ) -> None:
        self._db = db
        self._service = service
        self._clock = clock
        self._refresh = refresh
        self._lock = threading.Lock()
        self._view: View | None = None
        self._due = 0.0
        self._seen = 0.0
        self._log: Any = structlog.get_logger("idp.keys")

    def signer(self, algorithm: str) -> Signer:
        """The key that signs with this algorithm now."""
        view, now = self._current(), self._clock.now()
        for key in reversed(view.times):
            if key.algorithm == algorithm and key.state(now) is State.ACTIVE:
                signer = view.signers.get(key.kid)
                if signer is not None:
                    return signer
        raise Unavailable(f"no key signs with {algorithm}")

    def signers(self, algorithm: str) -> tuple[tuple[Signer, KeyTimes], ...]:
        """Those that sign with this algorithm now or will, the one that signs now first."""
        view, now = self._current(), self._clock.now()
        found = []
        for key in reversed(view.times):
            if key.algorithm == algorithm and key.kid in view.signers:
                state = key.state(now)
                if state in {State.ACTIVE, State.PENDING}:
                    found.append((state is State.PENDING, view.signers[key.kid], key))
        found.sort(key=itemgetter(0))
        return tuple((signer, times) for _, signer, times in found)

    def public(self, kid: str) -> PublicKey | None:
        """The published key of this kid, by exact match."""
        return self._current().publics.get(kid)

    def opener(self, kid: str) -> Key | None:
        """The key that opens what was encrypted to this kid, by exact match."""
        view = self._current()
        found = view.signers.get(kid) if kid in view.publics else None
        return found.key if found is not None and found.algorithm == OPENS else None

    def jwks_bytes(self) -> tuple[bytes, str]:
        """The JWKS document and its entity tag, ready to be sent."""
        view = self._current()
        return view.jwks, view.etag

    def reload(self) -> None:
        """Look at the database now: call it after the commit of a rotation or a revocation."""
        with self._lock:
            self._load()

    def _current(self) -> View:
        view = self._view
        if view is not None and self._clock.monotonic() < self._due:
            return view
        # One thread looks; the others go on with what they have, except at the very first time.
        if self._lock.acquire(blocking=view is None):
            try:
                if self._view is None or self._clock.monotonic() >= self._due:
                    self._look()
            finally:
                self._lock.release()
        view = self._view
        if view is None or self._clock.monotonic() - self._seen > STALE_AFTER:
            raise Unavailable("signing keys")
        return view

    def _look(self) -> None:
        try:
            self._load()
        except (SQLAlchemyError, Unavailable) as fault:
            self._due = self._clock.monotonic() + min(self._refresh, 1.0)
            self._log.error("keys.refresh_failed", error=type(fault).__name__)

    def _load(self) -> None:
        # A connection of its own: the thread's may stand in a transaction that is rolled back.
        with self._connect() as connection:
            version = int(connection.execute(statements.VERSION).scalar_one())
            if self._view is None or version != self._view.version:
                rows = connection.execute(statements.ROWS).mappings().all()
                self._view = build_view(
                    self._service.ring, self._clock.now(), version, rows, self._view
                )
            else:
                self._view = dated_view(self._view, self._clock.now())
        self._seen = self._clock.monotonic()
        self._due = self._seen + self._refresh

    def _connect(self) -> Connection:
        try:
            return self._db.engine.connect()
        except DBAPIError as fault:
            raise Unavailable("database") from fault
