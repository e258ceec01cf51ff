# SPDX-License-Identifier: Apache-2.0
"""The keys that sign, in the console: seen, replaced, revoked; where wished, two must agree."""

from typing import Any

from idp.administration.authority import Authority, Denied
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Facts, Proposals
from idp.administration.rights import Right
from idp.audit.record import Audit
from idp.clock import Clock
from idp.db import Tx
from idp.keys.algorithms import ALGORITHMS
from idp.keys.schedule import KeyTimes, State
from idp.keys.service import SigningKeys

GONE = frozenset({State.REMOVED, State.REVOKED})


class KeyDesk:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(
        self, clock: Clock, audit: Audit, signing: SigningKeys, proposals: Proposals
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._signing = signing
        self._proposals = proposals
        proposals.carries("key.rotate", Right.KEYS_ROTATE, self._rotate_agreed)
        proposals.carries("key.revoke", Right.KEYS_ROTATE, self._revoke_agreed)

    def listed(self, tx: Tx, authority: Authority) -> Denied | list[tuple[KeyTimes, State]]:
        """Every key with its state, the newest first."""
        if denied := authority.refuses(Right.KEYS_SEE):
            return denied
        now = self._clock.now()
        return [(one, one.state(now)) for one in reversed(self._signing.list(tx))]

    def rotate(self, tx: Tx, authority: Authority, algorithm: str) -> Denied | Unfit | str:
        """Publish the next key; it signs once every application had time to fetch it."""
        if denied := authority.refuses(Right.KEYS_ROTATE):
            return denied
        if algorithm not in ALGORITHMS:
            return Denied.NOT_FOUND
        if self._proposals.asks(authority, Right.KEYS_ROTATE):
            return self._proposals.put(tx, authority, "key.rotate", {"algorithm": algorithm})
        # Of two who rotate at once, the second finds the rotation under way.
        self._signing.hold(tx)
        before = {one.kid for one in self._signing.list(tx)}
        kid = self._signing.rotate(tx, algorithm)
        if kid in before:
            return Unfit("under-way")
        event = authority.event("signing.rotated", kid=kid, algorithm=algorithm)
        self._audit.record(tx, event, authority.origin)
        return kid

    def revoke(self, tx: Tx, authority: Authority, kid: str) -> Denied | Unfit | str:
        """Emergency: what it signed is refused at once; which key signs now."""
        if denied := authority.refuses(Right.KEYS_ROTATE):
            return denied
        self._signing.hold(tx)
        now = self._clock.now()
        states = {one.kid: one.state(now) for one in self._signing.list(tx)}
        if kid not in states:
            return Denied.NOT_FOUND
        if states[kid] in GONE:
            return Unfit("gone")
        if self._proposals.asks(authority, Right.KEYS_ROTATE):
            return self._proposals.put(tx, authority, "key.revoke", {"kid": kid})
        done = self._signing.revoke(tx, kid)
        event = authority.event("signing.revoked", kid=kid, successor=done.successor or "")
        self._audit.record(tx, event, authority.origin)
        return done.successor or ""

    def _rotate_agreed(self, tx: Tx, authority: Authority, facts: Facts) -> Any:
        return self.rotate(tx, authority, str(facts["algorithm"]))

    def _revoke_agreed(self, tx: Tx, authority: Authority, facts: Facts) -> Any:
        return self.revoke(tx, authority, str(facts["kid"]))
