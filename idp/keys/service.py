# SPDX-License-Identifier: Apache-2.0
"""The life of signing keys: made, published ahead, signing, kept for the last token, gone.

`publish_lead` must exceed what applications cache of the JWKS (its max-age) by more than the
refresh of a `KeyStore`; `keep_after` must exceed the life of the longest token we sign.
"""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from idp.clock import Clock
from idp.crypto import KeyRing
from idp.db import Tx
from idp.keys import statements, vault
from idp.keys.algorithms import named
from idp.keys.schedule import KeyTimes, State

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Revocation:
    """What a revocation did: whether the key was there, and which key signs now."""

    done: bool
    successor: str | None = None


class SigningKeys:
    """Verbs over the signing keys; each takes the transaction it acts in."""

    def __init__(
        self,
        clock: Clock,
        ring: KeyRing,
        *,
        publish_lead: int = HOUR,
        keep_after: int = DAY,
        rotate_after: int = 90 * DAY,
    ) -> None:
        self.clock = clock
        self.ring = ring
        self._lead = publish_lead
        self._keep = keep_after
        self._rotate_after = rotate_after

    def hold(self, tx: Tx) -> None:
        """Nobody else changes the keys until the transaction ends: what is read stays so."""
        statements.lock(tx)

    def ensure(self, tx: Tx, algorithm: str) -> str:
        """The kid that signs with this algorithm; the first key is active at once."""
        statements.lock(tx)
        return self._ensure(tx, algorithm)

    def rotate(self, tx: Tx, algorithm: str) -> str:
        """Publish the next key; it signs after the lead. A rotation under way is left as is."""
        statements.lock(tx)
        now = self.clock.now()
        keys = self._keys(tx, algorithm)
        pending = _in_state(keys, State.PENDING, now)
        active = _in_state(keys, State.ACTIVE, now)
        if pending:
            return pending[-1].kid
        if not active:
            return self._create(tx, algorithm, now)
        starts = now + self._lead
        kid = self._create(tx, algorithm, starts)
        for key in active:
            self._end(tx, key.kid, starts, starts + self._keep)
        return kid

    def rotate_due(self, tx: Tx) -> tuple[str, ...]:
        """Rotate what has signed long enough, and wipe private keys that sign no more."""
        statements.lock(tx)
        now = self.clock.now()
        values = {"at": now, "v": statements.next_version(tx)}
        tx.execute(statements.WIPE, values)
        made = []
        by_algorithm = attrgetter("algorithm")
        keys = sorted(statements.read_times(tx), key=by_algorithm)
        for algorithm, group in groupby(keys, by_algorithm):
            live = tuple(group)
            active = _in_state(live, State.ACTIVE, now)
            due = active and active[-1].active_from <= now - self._rotate_after
            if due and not _in_state(live, State.PENDING, now):
                made.append(self.rotate(tx, algorithm))
        return tuple(made)

    def revoke(self, tx: Tx, kid: str) -> Revocation:
        """Emergency: unpublished and destroyed at once, the next key takes over at once."""
        statements.lock(tx)
        now = self.clock.now()
        found = [key for key in statements.read_times(tx) if key.kid == kid]
        values = {"key": kid, "at": now, "v": statements.next_version(tx)}
        if not found or tx.execute(statements.REVOKE, values).rowcount != 1:
            return Revocation(done=False)
        algorithm = found[0].algorithm
        successor = self._ensure(tx, algorithm)
        if not _in_state(self._keys(tx, algorithm), State.PENDING, now):
            # The key that was to take over is gone or has taken over: no end is planned any more.
            self._end(tx, successor, None, None)
        return Revocation(done=True, successor=successor)

    def list(self, tx: Tx) -> tuple[KeyTimes, ...]:
        """Every key ever made, oldest first; ask each for its state."""
        return statements.read_times(tx)

    def reseal(self, tx: Tx, ring: KeyRing, limit: int = 100) -> int:
        """Seal up to `limit` columns again with the ring's active key; 0 when none is left.

        Each call is a step that may be the last: what is done stays done, and a ring that holds
        both keys reads both.
        """
        statements.lock(tx)
        done = 0
        for row in tx.execute(statements.ROWS).mappings().all():
            for column in vault.COLUMNS:
                sealed = row[column]
                if done < limit and sealed and ring.needs_reseal(sealed):
                    after = vault.reseal(ring, row["kid"], column, sealed)
                    values = {"key": row["kid"], "before": sealed, "after": after}
                    done += tx.execute(statements.RESEAL[column], values).rowcount
        return done

    def _ensure(self, tx: Tx, algorithm: str) -> str:
        now = self.clock.now()
        keys = self._keys(tx, algorithm)
        active = _in_state(keys, State.ACTIVE, now)
        if active:
            return active[-1].kid
        pending = _in_state(keys, State.PENDING, now)
        if not pending:
            return self._create(tx, algorithm, now)
        values = {"key": pending[0].kid, "at": now, "v": statements.next_version(tx)}
        tx.execute(statements.ACTIVATE, values)
        return pending[0].kid

    def _keys(self, tx: Tx, algorithm: str) -> tuple[KeyTimes, ...]:
        return tuple(key for key in statements.read_times(tx) if key.algorithm == algorithm)

    def _create(self, tx: Tx, algorithm: str, active_from: int) -> str:
        key = named(algorithm).generate()
        kid, public, private = vault.seal_key(self.ring, algorithm, key)
        row = {
            "kid": kid,
            "algorithm": algorithm,
            "public": public,
            "sealed_private": private,
            "created_at": self.clock.now(),
            "active_from": active_from,
            "version": statements.next_version(tx),
        }
        tx.execute(statements.INSERT, row)
        return kid

    def _end(self, tx: Tx, kid: str, retired: int | None, removed: int | None) -> None:
        version = statements.next_version(tx)
        values = {"key": kid, "retired": retired, "removed": removed, "v": version}
        tx.execute(statements.SCHEDULE_END, values)


def _in_state(keys: tuple[KeyTimes, ...], state: State, now: int) -> tuple[KeyTimes, ...]:
    return tuple(key for key in keys if key.state(now) is state)
