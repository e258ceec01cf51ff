# SPDX-License-Identifier: Apache-2.0
"""A request with its application, policy and session: what comes next, and through the gate.

The one place where the pure decision meets what is stored; every edge steers through it.
"""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from connectors.base import Level
from idp.accounts import service as accounts
from idp.applications.service import Applications
from idp.applications.values import Application, Policy
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.consents import Consents
from idp.login.answers import Handover, Responder
from idp.login.flow import Practice, Refusal, Refuse, Step, asks_consent, next_step
from idp.login.gate import Gate, Wanted
from idp.login.request import APPROVAL, TRIAL, LoginRequest
from idp.origin import Origin
from idp.providers.values import is_kind
from idp.sessions.service import Sessions
from idp.sessions.values import Session

# Logins that give an application nothing, or not yet.
OPENS_NOTHING = frozenset({APPROVAL, TRIAL})


class Steering:
    """Looks, decides, and passes the gate."""

    def __init__(
        self,
        clock: Clock,
        audit: Audit,
        applications: Applications,
        consents: Consents,
        sessions: Sessions,
        gate: Gate,
        means: Mapping[str, Level],
        bases: Mapping[str, str],
        responders: Mapping[str, Responder],
        portal: str,
        card_revocation: str,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._applications = applications
        self._consents = consents
        self._sessions = sessions
        self._gate = gate
        self._means = means
        self._bases = bases
        self._responders = responders
        self._portal = portal
        self._card_revocation = card_revocation

    def application(self, tx: Tx, request: LoginRequest) -> Application | None:
        """The application a request leads to; None for the portal."""
        if request.application is None:
            return None
        return self._applications.load(tx, request.application)

    def policy(self, application: Application | None) -> Policy:
        """Whom the application, or the portal, lets in."""
        if application is not None:
            return self._open(application.policy).under(self._card_revocation)
        # The portal is no application: any means that this server has by now opens it.
        policy = Policy(tuple(self._means), Level.PASSWORD, consent=False)
        return policy.under(self._card_revocation)

    def _open(self, policy: Policy) -> Policy:
        """Without the providers that are closed: what was proved by them counts no more."""
        closed = {one for one in policy.means if is_kind(one) and one not in self._means}
        if not closed:
            return policy
        return replace(policy, means=tuple(one for one in policy.means if one not in closed))

    def step(
        self,
        tx: Tx,
        request: LoginRequest,
        application: Application | None,
        session: Session | None,
    ) -> Step:
        """What comes next."""
        if request.application is not None and (application is None or not application.enabled):
            return Refuse(Refusal.APPLICATION_CLOSED)
        consented: frozenset[str] = frozenset()
        policy = self.policy(application)
        if session is not None and application is not None and asks_consent(request, policy):
            consented = self._consents.given(
                tx, session.account, application.key, lasting=request.lasting
            )
        practice = None
        if session is not None and application is not None:
            practice = self._practice(tx, application, session)
        now = self._clock.now()
        return next_step(
            request, policy, self._means, session, consented, now, self._bases, practice
        )

    def _practice(self, tx: Tx, application: Application, session: Session) -> Practice | None:
        if application.policy.activity != "chosen":
            return None
        account = accounts.load(tx, session.account)
        if account is None:
            return None
        population = account.person.population.value
        return self._gate.practice(tx, application, account.id, population)

    def enter(
        self,
        tx: Tx,
        request: LoginRequest,
        application: Application | None,
        session: Session,
        origin: Origin,
    ) -> Handover | Refusal:
        """Through the gate and over to the application, in the caller's transaction."""
        if application is None:
            self._sessions.touch(tx, session)
            # A page of our own that asked for a fresh proof; never anything from outside.
            return Handover(self._portal + str(request.payload.get("page", "")))
        admission = self.admit(tx, request, application, session)
        if request.lasting and not isinstance(admission, Refusal):
            # No longer than they were told when they agreed, however often they log in meanwhile.
            left = self._consents.left(tx, session.account, application.key, request.lasting)
            request = replace(request, lasting=left)
            admission = admission if left else Refusal.CONSENT_REQUIRED
        if isinstance(admission, Refusal):
            self.note_refusal(tx, request, admission, session, origin)
            return admission
        if request.protocol not in OPENS_NOTHING:
            self._sessions.enter(tx, session.id, application.key)
        self._sessions.touch(tx, session)
        return self._responders[request.protocol].admitted(tx, request, admission, origin)

    def admit(
        self, tx: Tx, request: LoginRequest, application: Application, session: Session
    ) -> Admission | Refusal:
        """Through the gate alone, as things stand now."""
        wanted = Wanted(request.level if request.level_required else None)
        admission = self._gate.admit(tx, application, session.id, wanted)
        if asks_consent(request, application.policy):
            # Also what was agreed is looked at again now: it may have been withdrawn meanwhile.
            given = self._consents.given(
                tx, session.account, application.key, lasting=request.lasting
            )
            if not set(request.scope) <= given:
                return Refusal.CONSENT_REQUIRED
        return admission

    def refuse(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """How the application learns of a refusal, where it can."""
        responder = self._responders.get(request.protocol)
        return responder.refused(request, refusal) if responder else None

    def origins(self, request: LoginRequest, application: Application | None) -> tuple[str, ...]:
        """The sites that the journey's forms may lead to: where the answer goes, and from there
        the application's own home.
        """
        responder = self._responders.get(request.protocol)
        answered = responder.origins(request) if responder else ()
        home = urlsplit(application.home_url) if application and application.home_url else None
        further = (f"{home.scheme}://{home.netloc}",) if home else ()
        return tuple(dict.fromkeys((*answered, *further)))

    def note_refusal(
        self,
        tx: Tx,
        request: LoginRequest,
        refusal: Refusal,
        session: Session | None,
        origin: Origin,
    ) -> None:
        """Record that nobody was admitted, and why."""
        event = Event(
            "login.refused",
            "refused",
            account=session.account if session else None,
            application=request.application,
            session=session.id if session else None,
            detail={"why": refusal.value},
        )
        self._audit.record(tx, event, origin)
