# SPDX-License-Identifier: Apache-2.0
"""One try of one means, for all means alike: counted first, judged, then settled or recorded.

No connector counts, locks or audits; so none can forget to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from connectors.base import Answer, Attempt, Connector, Evidence, Level, Reason, Refused, Verified
from connectors.capabilities import (
    Introduces,
    Introduction,
    Manifold,
    Personal,
    Spells,
    Stepwise,
    Unguessable,
)
from idp.accounts.values import fold
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.credentials import devices, throttle
from idp.credentials.throttle import Limits, Reservation, Verdict
from idp.db import Database, Tx
from idp.errors import Breakdown
from idp.login.alerts import Alerts
from idp.login.familiar import is_familiar
from idp.login.request import LoginRequest
from idp.login.views import View
from idp.lookup import Lookup
from idp.messages.alarms import Alarms, Cause
from idp.origin import Origin
from idp.sessions.values import Proof

# They turned back, or nobody there could be asked: no try was judged.
UNTRIED = frozenset({Reason.CANCELLED, Reason.NOT_REACHED})
# An account that does not exist: what is judged for it costs the same and proves nothing.
NOBODY = "nobody"
# RFC 8176 §2: more than one factor.
SEVERAL = "mfa"


@dataclass(frozen=True, slots=True)
class Counted:
    """A try as it was counted: on where it came from, and on the means or the typed name."""

    # Nothing in a browser that the account knows: a guesser beside it must not keep its owner out.
    around: tuple[Reservation, ...]
    # None where the address has to wait.
    means: Reservation | None

    @property
    def all(self) -> tuple[Reservation, ...]:
        """The counters in the one order in which they are ever locked: no deadlock."""
        return self.around if self.means is None else (*self.around, self.means)


@dataclass(frozen=True, slots=True)
class Proven:
    """The person proved an account. What was counted is settled with the proof."""

    # Empty for an arrival, until its account is found.
    account: str
    proof: Proof
    counted: Counted
    # Of what it was proved with (`connectors.base.Verified`).
    mark: str = ""
    arrival: "Arrival | None" = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whom others vouch for, whose account is still to be found or made."""

    who: Introduction
    # The person already known, whom this only lifts.
    expected: str | None
    # What else the means told; for the host alone, never for a log.
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """They did not; `retry_at` is only known to somebody who had it right, or by address.

    Or to somebody who has proved one factor already, and is told that this one is `exhausted`: no
    try is judged until then, or, without a moment, until it is renewed or unlocked.
    """

    reason: Reason
    retry_at: int = 0
    exhausted: bool = False


@dataclass(frozen=True, slots=True)
class Counters:
    """The limits in force."""

    means: Limits
    address: Limits
    network: Limits
    # Of one address, while many logins fail everywhere (CR-013).
    stranger: Limits
    # Of the means that have others than `means`.
    own: Mapping[str, Limits] = field(default_factory=dict)

    def of(self, kind: str) -> Limits:
        """The limits of a means."""
        return self.own.get(kind, self.means)


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
        alerts: Alerts,
        alarms: Alarms,
    ) -> None:
        self._database = database
        self._connectors = connectors
        self._counters = counters
        self._clock = clock
        self._lookup = lookup
        self._audit = audit
        self._alerts = alerts
        self._alarms = alarms
        self.levels: Mapping[str, Level] = View(connectors, attrgetter("level"))
        # The means that stand on another one, with that one.
        self.bases: Mapping[str, str] = View(connectors, attrgetter("after"))

    def begin(
        self, request: LoginRequest, kind: str, account: str | None, state: Mapping[str, Any]
    ) -> Answer:
        """What this means shows now."""
        attempt = Attempt(request.id, account, "", state, application=request.application)
        return self._connectors[kind].begin(attempt)

    def lacks(self, kind: str, account: str) -> str | None:
        """What this person still lacks to use this means; None where they can."""
        connector = self._connectors[kind]
        return connector.lacks(account) if isinstance(connector, Personal) else None

    def run(
        self,
        request: LoginRequest,
        kind: str,
        evidence: Evidence,
        device: str,
        origin: Origin,
        account: str | None = None,
        state: Mapping[str, Any] | None = None,
        *,
        max_age: int | None = None,
    ) -> Proven | Failed | Answer:
        """Judge the evidence for this means; `account` is known at a second factor."""
        connector = self._connectors[kind]
        attempt = Attempt(
            request.id, account, "", state or {}, application=request.application, max_age=max_age
        )
        if isinstance(connector, Stepwise) and not connector.tries(evidence):
            return self._take_step(request, connector, attempt, evidence, origin)
        claimed = connector.claimed(attempt, evidence)
        counted = self._count(kind, claimed, attempt, evidence, device, origin)
        if counted.means is None:
            self._note(request, kind, claimed, "address_blocked", origin)
            return Failed(Reason.LOCKED, counted.around[-1].ruling.until)
        # Whoever has proved as much in this browser before was not counted by address.
        evidence = replace(evidence, known_browser=not counted.around)
        ruling = counted.means.ruling
        if ruling.verdict is Verdict.EXHAUSTED:
            self._note(request, kind, claimed, "exhausted", origin)
            if account is not None and connector.level > Level.PASSWORD:
                # They stand at a second factor: the account is proved to be theirs, or as good as.
                return Failed(Reason.LOCKED, ruling.until, exhausted=True)
            vain = _in_vain(connector, attempt)
            answer = self._judge(connector, vain, evidence, counted)
            return Failed(answer.reason if isinstance(answer, Refused) else Reason.WRONG)
        attempt = replace(attempt, in_vain=ruling.verdict is Verdict.BLOCKED)
        answer = self._judge(connector, attempt, evidence, counted)
        if isinstance(answer, Refused):
            last = counted.means.last and not isinstance(connector, Unguessable)
            why = answer.reason.value
            self._note(request, kind, claimed, why, origin, answer.detail, last=last)
            return Failed(answer.reason)
        if not isinstance(answer, Verified):
            self._give_back(counted)  # A step of several, and no verdict yet.
            return answer
        subject, arrival = answer.identity.subject, None
        if isinstance(connector, Introduces):
            arrival = Arrival(connector.introduce(answer.identity), account, answer.identity.claims)
            subject = ""
        elif account is not None and subject != account:
            # A second factor lifts the person who is there, and nobody else (OA-180).
            self._note(request, kind, account, "other_person", origin)
            return Failed(Reason.WRONG)
        if ruling.verdict is Verdict.BLOCKED:
            # Told only to somebody who had it right: nobody else learns that a lock exists.
            self._give_back(counted)
            self._note(request, kind, claimed, "blocked", origin)
            return Failed(Reason.LOCKED, ruling.until)
        proof = proof_of(answer, connector, request, self._clock.now())
        return Proven(subject, proof, counted, answer.mark, arrival)

    def _take_step(
        self,
        request: LoginRequest,
        connector: Connector,
        attempt: Attempt,
        evidence: Evidence,
        origin: Origin,
    ) -> Failed | Answer:
        """A step that tries nothing: whoever asks is answered alike, and nobody is counted."""
        answer = connector.resume(attempt, evidence)
        if isinstance(answer, Verified):
            raise TypeError("a proof that no counter has seen")
        if not isinstance(answer, Refused):
            return answer
        if answer.detail:
            # Whoever runs the installation is to know why nobody gets any further.
            why, known = answer.reason.value, attempt.account
            self._note(request, connector.kind, known, why, origin, answer.detail)
        return Failed(answer.reason)

    def _judge(
        self, connector: Connector, attempt: Attempt, evidence: Evidence, counted: Counted
    ) -> Answer:
        """Ask the connector; a try that could not be judged is nobody's failure."""
        try:
            answer = connector.resume(attempt, evidence)
        except Breakdown:
            self._give_back(counted)
            raise
        if isinstance(answer, Refused) and (answer.theirs or answer.reason in UNTRIED):
            self._give_back(counted)
        return answer

    def _give_back(self, counted: Counted) -> None:
        with self._database.write() as tx:
            self.absolve(tx, counted)

    def absolve(self, tx: Tx, counted: Counted) -> None:
        """A try that was nobody's failure."""
        for reserved in counted.all:
            throttle.give_back(tx, reserved)

    def _count(
        self,
        kind: str,
        claimed: str | None,
        attempt: Attempt,
        evidence: Evidence,
        device: str,
        origin: Origin,
    ) -> Counted:
        """Count the try before it is judged, in one transaction (CR-014)."""
        now = self._clock.now()
        known = self._known_device(claimed, device, self.levels[kind])
        strict = known is None and self._is_strict(kind, claimed, origin.address, now)
        connector = self._connectors[kind]
        if isinstance(connector, Unguessable):
            key = throttle.name_key(kind, connector.counter_of(attempt))
        elif claimed is None:
            # An unknown name is counted like a known one, so that both look alike (CR-030).
            typed = evidence.form.get("identifier", "")
            name = connector.spelling(typed) if isinstance(connector, Spells) else fold(typed)
            key = throttle.name_key(kind, self._lookup.text("typed-name", name[:512]))
        else:
            key = throttle.account_key(kind, claimed, known, self._secret_of(kind, evidence))
        # CR-012: guesses at passwords from a hospital's one address don't lock its cards.
        apart = kind if isinstance(connector, Unguessable) else ""
        with self._database.write() as tx:
            around: tuple[Reservation, ...] = ()
            if known is None:
                around = self._count_around(tx, origin.address, apart, now, strict=strict)
                if around[-1].ruling.verdict is not Verdict.FREE:
                    return Counted(around, None)
            return Counted(around, throttle.reserve(tx, key, self._counters.of(kind), now))

    def _count_around(
        self, tx: Tx, address: str, apart: str, now: int, *, strict: bool
    ) -> tuple[Reservation, ...]:
        """Count on the address, then on its network; the one alone that has to wait, if any."""
        limits = self._counters
        keys = [
            (throttle.address_key(address, apart), limits.address),
            (throttle.network_key(address, apart), limits.network),
        ]
        if strict:
            keys.append((throttle.stranger_key(address), limits.stranger))
        counted: tuple[Reservation, ...] = ()
        for key, limit in keys:
            reserved = throttle.reserve(tx, key, limit, now)
            if reserved.ruling.verdict is not Verdict.FREE:
                # What is not judged costs the others nothing: a network is not shut by one address.
                for one in counted:
                    throttle.give_back(tx, one)
                return (reserved,)
            counted += (reserved,)
        return counted

    def _is_strict(self, kind: str, claimed: str | None, address: str, now: int) -> bool:
        """Whether a password from here is suspect: many fail, and the account knows nothing here.

        A name that nobody has is looked up all the same, so that both take as long (CR-031).
        """
        if self.levels[kind] is not Level.PASSWORD:
            return False
        with self._database.read() as tx:
            if not self._alarms.stands(tx, Cause.LOGINS):
                return False
            return not is_familiar(tx, claimed or NOBODY, address, now)

    def _secret_of(self, kind: str, evidence: Evidence) -> str:
        connector = self._connectors[kind]
        return connector.secret_of(evidence) if isinstance(connector, Manifold) else ""

    def _known_device(self, claimed: str | None, device: str, level: Level) -> bytes | None:
        """The browser, where the account has proved as much as this in it (CR-012, CR-002)."""
        if claimed is None or not device:
            return None
        hashed = self._lookup.hash(device)
        with self._database.read() as tx:
            return hashed if devices.is_known(tx, claimed, hashed, level) else None

    def _note(
        self,
        request: LoginRequest,
        kind: str,
        claimed: str | None,
        why: str,
        origin: Origin,
        detail: str = "",
        *,
        last: bool = False,
    ) -> None:
        event = Event(
            "login.failed",
            "refused",
            account=claimed,
            application=request.application,
            means=kind,
            detail={"why": why} | ({"detail": detail} if detail else {}),
        )
        with self._database.write() as tx:
            self._audit.record(tx, event, origin)
            if last and claimed is not None:
                # The very try that ended it: its owner is told once, by another way (CR-050).
                off = Event("means.disabled", account=claimed, means=kind)
                self._audit.record(tx, off, origin)
                self._alerts.means_disabled(tx, claimed, kind)

    def is_new_device(self, tx: Tx, account: str, device: str) -> bool:
        """Whether the account has used other browsers so far, and never this one."""
        return bool(device) and devices.is_new(tx, account, self._lookup.hash(device))

    def settle(self, tx: Tx, proven: Proven, device: str) -> None:
        """A right try: its counters start anew, and the browser is known from now on."""
        for one in proven.counted.around:
            throttle.give_back(tx, one)
        if proven.counted.means is not None:
            throttle.settle(tx, proven.counted.means)
        if device:
            hashed = self._lookup.hash(device)
            # What counts only for some applications says nothing of who holds this browser.
            level = devices.SEEN if proven.proof.only else proven.proof.level
            devices.remember(tx, proven.account, hashed, self._clock.now(), level)


def proof_of(answer: Verified, connector: Connector, request: LoginRequest, now: int) -> Proof:
    """What is kept of a verdict, in this journey."""
    # BR-013: whoever vouches from elsewhere tells less than the means is worth, never more.
    level = min(answer.level or connector.level, connector.level)
    at = min(answer.at or now, now)
    methods = answer.methods or connector.methods
    if level is Level.PASSWORD:
        # Whoever hears of several factors would take it for more than it is worth.
        methods = tuple(one for one in methods if one != SEVERAL)
    return Proof(connector.kind, level, methods, at, request.id, only=answer.only)


def _in_vain(connector: Connector, attempt: Attempt) -> Attempt:
    """A try that proves nothing, with the work and the look of any other (CR-030, CR-031)."""
    if isinstance(connector, Stepwise) and attempt.account is None:
        # What a step before has shown is whoever's was named: it must end as it ends for others.
        return replace(attempt, in_vain=True)
    return replace(attempt, account=NOBODY)
