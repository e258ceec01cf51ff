# SPDX-License-Identifier: Apache-2.0
"""A verified identity becomes a proof in a session."""

from dataclasses import dataclass, replace

from connectors.base import Level
from connectors.base import Reason as Why
from idp.accounts import service as accounts
from idp.accounts.sources import Sources
from idp.accounts.values import Account, State
from idp.audit.record import Audit, Event
from idp.credentials.passwords import KIND as PASSWORD
from idp.credentials.passwords import Passwords, Reason
from idp.db import Tx
from idp.errors import Breakdown
from idp.login.alerts import Alerts
from idp.login.arrivals import Arrivals
from idp.login.attempt import SEVERAL, Arrival, Attempts, Counted, Proven
from idp.login.flow import Refusal
from idp.login.introduced import as_told
from idp.login.peers import Peers, Received
from idp.login.request import LoginRequest
from idp.origin import Origin
from idp.sessions.presences import Presences
from idp.sessions.service import Sessions
from idp.sessions.ties import Ties
from idp.sessions.values import Session


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The session after the proof, and the new secret of its cookie."""

    session: Session
    secret: str
    # The session of this browser that this login ended: somebody else's, or one long idle.
    replaced: Session | None = None
    # The person's sessions that it ended, as they had too many.
    surplus: tuple[Session, ...] = ()


@dataclass(frozen=True, slots=True)
class MustRenew:
    """The password was right and must be replaced first: no session opens before that."""

    account: Account
    reason: Reason


@dataclass(frozen=True, slots=True)
class Outdated:
    """What was proved was replaced before the proof could be kept: it opens nothing."""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """They proved who they are to those who vouch for them, and no account opens to them."""

    reason: Why


NotKept = Refusal | MustRenew | Outdated | TurnedAway


class Finalizer:
    """Keeps a proof, in the caller's transaction."""

    def __init__(
        self,
        attempts: Attempts,
        sessions: Sessions,
        passwords: Passwords,
        audit: Audit,
        alerts: Alerts,
        arrivals: Arrivals,
        peers: Peers,
        presences: Presences,
        sources: Sources,
        ties: Ties,
    ) -> None:
        self._attempts = attempts
        self._sessions = sessions
        self._passwords = passwords
        self._audit = audit
        self._alerts = alerts
        self._arrivals = arrivals
        self._peers = peers
        self._presences = presences
        self._sources = sources
        self._ties = ties

    def keep(
        self,
        tx: Tx,
        request: LoginRequest,
        proven: Proven,
        current: Session | None,
        stale: Session | None,
        device: str,
        origin: Origin,
    ) -> LoggedIn | NotKept:
        """Open a session with the proof, or add it to the person's own in this browser.

        A `stale` session, idle for too long, lends nothing to the new one: it ends.
        """
        found = self._look(tx, request, proven, origin)
        if not isinstance(found, Proven):
            return found
        proven = found
        new_device = self._attempts.is_new_device(tx, proven.account, device)
        self._attempts.settle(tx, proven, device)
        account = accounts.load(tx, proven.account)
        if account is None or account.state is not State.ACTIVE:
            self._record(tx, request, proven, None, "account_closed", origin)
            return Refusal.ACCOUNT_CLOSED
        if new_device:
            self._alerts.new_device(tx, account, origin)
        self._take_over(tx, proven, origin)
        if proven.proof.means == PASSWORD:
            due = self._passwords.due(tx, account.id, account.person.population)
            if due is not None:
                self._record(tx, request, proven, None, f"renewal_{due.reason}", origin)
                return MustRenew(account, due.reason)
        replaced = None
        if stale is not None and self._sessions.end(tx, stale.id, "idle", origin):
            replaced = stale
        if current is not None and current.account == proven.account:
            renewed = self._sessions.prove(tx, current, proven.proof)
            if renewed is not None:
                self._hang(tx, renewed[0], proven)
                self._record(tx, request, proven, current.id, "", origin)
                return LoggedIn(*renewed)
        elif current is not None:
            # OA-180: two people in one browser never share a session.
            self._sessions.end(tx, current.id, "replaced", origin)
            replaced = current
        session, secret = self._sessions.open(tx, proven.account, proven.proof, origin)
        self._hang(tx, session, proven)
        self._record(tx, request, proven, session.id, "", origin)
        surplus = self._sessions.make_room(tx, session, origin)
        return LoggedIn(session, secret, replaced, tuple(surplus))

    def _look(
        self, tx: Tx, request: LoginRequest, proven: Proven, origin: Origin
    ) -> Proven | TurnedAway | Outdated:
        """Whether what was proved still stands, and of whom it was proved."""
        # First, and held: of a login and a reset at the same time, the reset ends what the login
        # opened, or the login finds its password replaced.
        if proven.proof.means == PASSWORD and not self._is_in_force(tx, proven):
            self._record(tx, request, proven, None, "overtaken", origin)
            return Outdated()
        if proven.arrival is None:
            return proven
        return self._receive(tx, request, proven, proven.arrival, origin)

    def _receive(
        self, tx: Tx, request: LoginRequest, proven: Proven, arrival: Arrival, origin: Origin
    ) -> Proven | TurnedAway:
        """Find who came; what was counted is given back first, and in the order of all logins."""
        tie = arrival.who.tie
        # BR-014: asked before anything is held, in the transaction that would tie a session to it.
        is_over = tie is not None and self._ties.is_over(tx, proven.proof.means, tie)
        self._attempts.absolve(tx, proven.counted)
        if is_over:
            self._record(tx, request, proven, None, Why.LEFT.value, origin)
            return TurnedAway(Why.LEFT)
        card = arrival.who.card
        key = card.presence_key if card else b""
        if key and not self._presences.is_new(tx, key):
            # AG-007: an agent makes a key for each login; whoever shows another login's is none.
            self._record(tx, request, proven, None, "presence_key_again", origin)
            return TurnedAway(Why.MALFORMED)
        found = self._find(tx, arrival, request.application, origin)
        if isinstance(found, Why):
            self._record(tx, request, proven, None, found.value, origin)
            return TurnedAway(found)
        # BR-013: no more than what its owner had proved when they linked it.
        level = min(proven.proof.level, found.level)
        proof = replace(proven.proof, level=level, watched=bool(key), certain=arrival.who.certain)
        if found.level is Level.PASSWORD:
            # Whatever they proved there: that it is this account's owner was proved by one factor.
            methods = tuple(one for one in proof.methods if one != SEVERAL)
            proof = replace(proof, methods=methods)
        return replace(proven, account=found.account.id, proof=proof, counted=Counted((), None))

    def _take_over(self, tx: Tx, proven: Proven, origin: Origin) -> None:
        """What those who vouch for them tell of them, where they tell all."""
        who = proven.arrival.who if proven.arrival else None
        if who is not None and who.practices is not None:
            # Whose word it is, by whichever of their means it came.
            self._sources.take(tx, proven.account, who.family, as_told(who), origin)

    def _hang(self, tx: Tx, session: Session, proven: Proven) -> None:
        """From now on the session hangs on what it was proved with elsewhere."""
        tie = proven.arrival.who.tie if proven.arrival else None
        if tie is not None:
            self._ties.bind(tx, session.id, proven.proof.means, tie)
        self._watch(tx, session, proven)

    def _find(
        self, tx: Tx, arrival: Arrival, application: str | None, origin: Origin
    ) -> Received | Why:
        who, expected = arrival.who, arrival.expected
        if who.peer is not None:
            return self._peers.receive(tx, who, who.peer, expected, application, origin)
        found = self._arrivals.receive(tx, who, expected, application, origin)
        return found if isinstance(found, Why) else Received(found, Level.CARD)

    def _watch(self, tx: Tx, session: Session, proven: Proven) -> None:
        """And on the card, where an agent tells of it."""
        card = proven.arrival.who.card if proven.arrival else None
        if card is None or not card.presence_key:
            return
        if not self._presences.begin(tx, session.id, card.serial, card.presence_key):
            raise Breakdown("a presence key came twice at the same moment")

    def _is_in_force(self, tx: Tx, proven: Proven) -> bool:
        held = self._passwords.hold(tx, proven.account)
        return held is not None and held.mark == proven.mark

    def _record(
        self,
        tx: Tx,
        request: LoginRequest,
        proven: Proven,
        session: str | None,
        why: str,
        origin: Origin,
    ) -> None:
        event = Event(
            "login.failed" if why else "login.proved",
            "refused" if why else "ok",
            account=proven.account or None,
            application=request.application,
            session=session,
            means=proven.proof.means,
            level=int(proven.proof.level),
            detail={"why": why} if why else {},
        )
        self._audit.record(tx, event, origin)
