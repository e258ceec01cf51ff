# SPDX-License-Identifier: Apache-2.0
"""One try of one means, for all means alike: counted first, judged, then settled or recorded.

No connector counts, locks or audits; so none can forget to.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.base import Answer, Attempt, Connector, Evidence, Level, Reason, Refused, Verified
from idp.accounts.values import fold
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.credentials import devices, throttle
from idp.credentials.throttle import Limits, Ruling, Verdict
from idp.db import Database, Tx
from idp.errors import Breakdown
from idp.login.request import LoginRequest
from idp.lookup import Lookup
from idp.origin import Origin
from idp.sessions.values import Proof


@dataclass(frozen=True, slots=True)
class Proven:
    """The person proved an account. `counters` are to be settled with the proof."""

    account: str
    proof: Proof
    counters: tuple[str, ...]
    address_counter: str


@dataclass(frozen=True, slots=True)
class Failed:
    """They did not; `retry_at` is only known to somebody who had it right, or by address."""

    reason: Reason
    retry_at: int = 0


@dataclass(frozen=True, slots=True)
class Counters:
    """The limits in force."""

    means: Limits
    address: Limits


class Attempts:
    """Runs connectors under the counters."""

    def __init__(
        self,
        database: Database,
        connectors: Mapping[str, Connector],
        counters: Counters,
        clock: Clock,
        lookup: Lookup,
        audit: Audit,
    ) -> None:
        self._database = database
        self._connectors = connectors
        self._counters = counters
        self._clock = clock
        self._lookup = lookup
        self._audit = audit
        self.levels: Mapping[str, Level] = {
            kind: connector.level for kind, connector in connectors.items()
        }

    def run(
        self,
        request: LoginRequest,
        kind: str,
        evidence: Evidence,
        device: str,
        origin: Origin,
        account: str | None = None,
    ) -> Proven | Failed | Answer:
        """Judge the evidence for this means; `account` is known at a second factor."""
        connector = self._connectors[kind]
        attempt = Attempt(request.id, account, callback_url="")
        claimed = connector.claimed(attempt, evidence)
        keys = self._keys(kind, claimed, evidence, device)
        address = throttle.address_key(origin.address)
        blocked, ruling = self._reserve(keys, address)
        if blocked.verdict is not Verdict.FREE:
            self._note(request, kind, claimed, "address_blocked", origin)
            return Failed(Reason.LOCKED, blocked.until)
        if ruling.verdict is Verdict.EXHAUSTED:
            self._note(request, kind, claimed, "exhausted", origin)
            return Failed(Reason.WRONG)
        answer = self._judge(connector, attempt, evidence, (address, *keys))
        if isinstance(answer, Refused):
            self._note(request, kind, claimed, answer.reason.value, origin)
            return Failed(answer.reason)
        if not isinstance(answer, Verified):
            return answer
        if ruling.verdict is Verdict.BLOCKED:
            # Told only to somebody who had it right: nobody else learns that a lock exists.
            self._note(request, kind, claimed, "blocked", origin)
            return Failed(Reason.LOCKED, ruling.until)
        proof = Proof(kind, connector.level, connector.methods, self._clock.now(), request.id)
        return Proven(answer.identity.subject, proof, keys, address)

    def _judge(
        self, connector: Connector, attempt: Attempt, evidence: Evidence, counted: tuple[str, ...]
    ) -> Answer:
        """Ask the connector; a try that could not be judged is nobody's failure."""
        try:
            return connector.resume(attempt, evidence)
        except Breakdown:
            with self._database.write() as tx:
                for key in counted:
                    throttle.give_back(tx, key)
            raise

    def _keys(
        self, kind: str, claimed: str | None, evidence: Evidence, device: str
    ) -> tuple[str, ...]:
        if claimed is None:
            # An unknown name is counted like a known one, so that both look alike (CR-030).
            typed = fold(evidence.form.get("identifier", ""))[:512]
            return (f"name|{kind}|{self._lookup.text('typed-name', typed)}",)
        if device:
            hashed = self._lookup.hash(device)
            with self._database.read() as tx:
                if devices.is_known(tx, claimed, hashed):
                    return (f"account|{kind}|{claimed}|{hashed.hex()[:32]}",)
        return (f"account|{kind}|{claimed}|elsewhere",)

    def _reserve(self, keys: tuple[str, ...], address: str) -> tuple[Ruling, Ruling]:
        now = self._clock.now()
        with self._database.write() as tx:
            blocked = throttle.reserve(tx, address, self._counters.address, now)
            if blocked.verdict is not Verdict.FREE:
                return blocked, blocked
            rulings = [throttle.reserve(tx, key, self._counters.means, now) for key in keys]
        return blocked, rulings[0]

    def _note(
        self, request: LoginRequest, kind: str, claimed: str | None, why: str, origin: Origin
    ) -> None:
        event = Event(
            "login.failed",
            "refused",
            account=claimed,
            application=request.application,
            means=kind,
            detail={"why": why},
        )
        with self._database.write() as tx:
            self._audit.record(tx, event, origin)

    def settle(self, tx: Tx, proven: Proven, device: str) -> None:
        """A right try: its counters start anew, and the browser is known from now on."""
        for key in proven.counters:
            throttle.settle(tx, key)
        throttle.give_back(tx, proven.address_counter)
        if device:
            hashed = self._lookup.hash(device)
            devices.remember(tx, proven.account, hashed, self._clock.now())
