# SPDX-License-Identifier: Apache-2.0
"""The pages of a journey: choose and use a means, consent, cancel, or learn why not."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import g, request

from connectors.base import Ask, Evidence, Level, Redirect, Wait
from idp.applications.values import Application
from idp.db import Tx
from idp.errors import Overloaded
from idp.http.flask_app import PageServer
from idp.http.handover import hand_over
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.attempt import Failed, Proven
from idp.login.finalize import LoggedIn, NotKept, Outdated, TurnedAway
from idp.login.flow import (
    Choose,
    ChooseActivity,
    Consent,
    Finish,
    Lack,
    Proved,
    Refusal,
    Refuse,
    Second,
    Step,
    may_be_tried,
    offered_means,
    required_level,
)
from idp.login.journeys import NoJourney, Stopped
from idp.login.request import PORTAL, LoginRequest
from idp.login.steering import Steering
from idp.sessions.values import Session
from idp.web.activity import activity_page
from idp.web.choosing import choosing_page
from idp.web.consent import consent_page
from idp.web.hinted import leads_on
from idp.web.offers import kept_for_next_time
from idp.web.onward import account_first, is_wished
from idp.web.put_off import RENEWAL, put_off
from idp.web.refusing import refused_page, stopped_page
from idp.web.stage import Stage
from idp.web.visit import Visit


class LoginPages:
    """GET and POST under /login."""

    def __init__(self, services: Services, steering: Steering) -> None:
        self._services = services
        self._core = services.core
        self._steering = steering

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/login", "login", self.begin)
        app.page("/login/<journey>", "journey", self.show)
        app.page("/login/<journey>/<kind>", "means", self.prove, methods=["POST"])
        # The address of a posted form, opened by hand or restored in a tab, shows the journey.
        app.page("/login/<journey>/<_kind>", "means_again", self.show_again)

    def begin(self) -> Answer:
        """A journey without application: it leads to the portal."""
        visit = Visit(self._services)
        journey = self._core.entropy.token(16)
        wished = LoginRequest(journey, PORTAL, None, self._core.clock.now())
        with self._core.database.write() as tx:
            self._core.journeys.begin(tx, wished, visit.browser)
        return see_other(address_of(journey))

    def show_again(self, journey: str, _kind: str) -> Answer:
        """Back to the journey's page."""
        return see_other(address_of(journey))

    def open(
        self, visit: Visit, journey: str
    ) -> tuple[LoginRequest, Application | None, Step] | Answer:
        """The journey in this browser and what comes next, or the page that says why not."""
        with self._core.database.read() as tx:
            found = self._core.journeys.find(tx, journey, visit.browser)
            wished = found.request if isinstance(found, Stopped) else found
            application = self._steering.application(tx, wished) if wished else None
            if wished is not None:
                g.wished_locale = wished.locale
            if isinstance(found, Stopped):
                return self._stopped(visit, found, application)
            step = self._steering.step(tx, found, application, visit.session)
            step = self._insist(tx, visit, found, application, step)
        return found, application, step

    def _insist(
        self,
        tx: Tx,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        step: Step,
    ) -> Step:
        """Whoever chose a stronger means than is asked for is asked for it all the same."""
        session = visit.session
        if session is None or not isinstance(step, Proved):
            return step
        chosen = self._core.journeys.state(tx, wished.id).get("chosen", {}).get("means", "")
        strength = self._services.attempts.levels.get(chosen, Level.PASSWORD)
        # Another one that is as strong does: theirs may be closed, or out of reach today.
        if any(one.journey == wished.id and one.level >= strength for one in session.proofs):
            return step
        others = self._asked_anyway(wished, application).means
        if chosen not in others or self._services.attempts.lacks(chosen, session.account):
            return step
        means = (chosen, *(one for one in others if one != chosen))
        return Second(means, session.account, session.level, Lack.NO_SESSION)

    def _stopped(self, visit: Visit, stopped: Stopped, application: Application | None) -> Answer:
        return stopped_page(visit, stopped, application)

    def show(self, journey: str) -> Answer:
        """The journey's page, whatever it is by now."""
        visit = Visit(self._services)
        opened = self.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, step = opened
        if self._is_given_already(visit, step):
            with self._core.database.write() as tx:
                self._core.journeys.put_aside(tx, wished.id, "chosen", None)
                step = self._steering.step(tx, wished, application, visit.session)
        if isinstance(step, Choose | Second):
            kind = leads_on(self.stage(visit, wished, application), step)
            if kind:
                evidence = Evidence(address=visit.call.origin.address)
                return self.judge(visit, wished, application, step, kind, evidence)
        return self._next(visit, wished, application, step)

    def _is_given_already(self, visit: Visit, step: Step) -> bool:
        """Whether somebody who had chosen more goes back to what they have given already."""
        asked, session = request.args.get("means"), visit.session
        if session is None or not isinstance(step, Second) or step.lack is not Lack.NO_SESSION:
            return False
        return any(one.means == asked for one in session.proofs)

    def stage(self, visit: Visit, wished: LoginRequest, application: Application | None) -> Stage:
        return Stage(self._services, self._steering, visit, wished, application)

    def _next(
        self, visit: Visit, wished: LoginRequest, application: Application | None, step: Step
    ) -> Answer:
        session = visit.session
        match step:
            case Choose() | Second():
                return choosing_page(self.stage(visit, wished, application), step)
            case ChooseActivity(among) if session is not None and application is not None:
                return activity_page(self.stage(visit, wished, application), session, among)
            case Consent(scope) if session is not None and application is not None:
                return consent_page(self.stage(visit, wished, application), session, scope)
            case Finish() if session is not None:
                return self._enter(visit, wished, application, session)
            case Refuse(refusal):
                return self._refused(wished, application, refusal)
        return problem_page("journey-expired", status=410, application=application)

    def _enter(
        self,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        session: Session,
    ) -> Answer:
        """Close the journey and pass the gate, in one transaction: it answers once."""
        with self._core.database.write() as tx:
            if not self._core.journeys.finish(tx, wished.id):
                return self._stopped(visit, Stopped(NoJourney.FINISHED, wished), application)
            entered = self._steering.enter(tx, wished, application, session, visit.call.origin)
        if isinstance(entered, Refusal):
            return self._refused(wished, application, entered)
        return hand_over(entered, application)

    def _refused(
        self, wished: LoginRequest, application: Application | None, refusal: Refusal
    ) -> Answer:
        return refused_page(self._core, self._steering, wished, application, refusal)

    def prove(self, journey: str, kind: str) -> Answer:
        """A means' form came back."""
        visit = Visit(self._services)
        opened = self.open(visit, journey)
        if not isinstance(opened, tuple):
            return opened
        wished, application, step = opened
        asked = self.asked(visit, wished, application, step, kind)
        if asked is None:
            # OA-173: what the form says is never a reason to skip or repeat a step.
            return see_other(address_of(journey))
        evidence = Evidence(form=request.form.to_dict(), address=visit.call.origin.address)
        return self.judge(visit, wished, application, asked, kind, evidence)

    def asked(
        self,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        step: Step,
        kind: str,
    ) -> Choose | Second | None:
        """The step for which this means may be tried; None where it may not."""
        if isinstance(step, Proved):
            # OA-180: a form shown before another tab logged somebody in. Whoever filled it in is
            # judged, or they would go on as the person of that other tab.
            step = self._asked_anyway(wished, application)
        bases = self._services.attempts.bases
        if isinstance(step, Choose | Second) and may_be_tried(kind, bases, step, visit.session):
            return step
        return None

    def judge(
        self,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        step: Choose | Second,
        kind: str,
        evidence: Evidence,
        state: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Judge what came for this means, and go on to whatever comes next.

        `state`: what was put aside for it, where that was taken away for this one judgement.
        """
        stage = self.stage(visit, wished, application)
        # The form of a first factor comes back under the means that it leads to.
        front = kind if kind in step.means else request.args.get("means", "")
        if state is None:
            with self._core.database.read() as tx:
                state = self._core.journeys.state(tx, wished.id).get(kind, {})
        try:
            outcome = self._services.attempts.run(
                wished,
                kind,
                evidence,
                visit.device,
                visit.call.origin,
                self._asked_of(visit, step, kind),
                state,
                max_age=oldest_proof(wished, application, step),
            )
        except Overloaded as fault:
            page = choosing_page(stage, step, front, busy=True)
            page.headers.append(("Retry-After", str(fault.retry_after)))
            return page
        if isinstance(outcome, Proven):
            return self.keep(visit, wished, application, outcome)
        if isinstance(outcome, Failed):
            return choosing_page(stage, step, front, outcome)
        stage.put_aside(kind, outcome, state)
        if isinstance(outcome, Redirect):
            return see_other(outcome.url)
        if isinstance(outcome, Wait):
            # A page that comes again by itself is none that was posted.
            return see_other(f"{address_of(wished.id)}?means={quote(front, safe='')}")
        shown = outcome if isinstance(outcome, Ask) else None
        return choosing_page(stage, step, front, shown)

    def _asked_of(self, visit: Visit, step: Choose | Second, kind: str) -> str | None:
        """The one person who may answer, where somebody is known already."""
        if not isinstance(step, Second):
            return None
        proved = visit.session is not None and kind in visit.session.means
        if kind not in step.means and proved:
            # A first factor given once more, from an earlier page: maybe by somebody else.
            return None
        return step.account

    def _asked_anyway(self, wished: LoginRequest, application: Application | None) -> Choose:
        """The means that the journey offers to somebody who is not known yet."""
        policy, levels = self._steering.policy(application), self._services.attempts.levels
        level = required_level(wished, policy, levels)
        return Choose(offered_means(policy, levels, level), Lack.NO_SESSION)

    def keep(
        self,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        proven: Proven,
    ) -> Answer:
        """Keep the proof, and go on to whatever comes next."""
        kept = self._keep(visit, wished, application, proven)
        if isinstance(kept, Refusal):
            # After the transaction: telling the application of it may be one of its own.
            return self._refused(wished, application, kept)
        if not isinstance(kept, TurnedAway):
            return kept
        # Said on the journey's own page: another means may open what this one did not.
        step = self._asked_anyway(wished, application)
        failed, stage = Failed(kept.reason), self.stage(visit, wished, application)
        return choosing_page(stage, step, proven.proof.means, failed)

    def _keep(
        self,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        proven: Proven,
    ) -> Answer | Refusal | TurnedAway:
        """Keep the proof, in one transaction."""
        device = visit.remember_device()
        visit.remember_means(self._chosen(proven) or proven.proof.means)
        before, stale = visit.session, visit.find_stale()
        core = self._core
        with core.database.write() as tx:
            if not core.journeys.hold(tx, wished.id):
                return self._stopped(visit, Stopped(NoJourney.FINISHED, wished), application)
            kept = self._services.finalizer.keep(
                tx, wished, proven, before, stale, device, visit.call.origin
            )
            if not isinstance(kept, LoggedIn):
                return self._not_kept(tx, visit, wished, application, proven, kept)
            visit.keep_session(kept.session, kept.secret)
            self._note_choice(tx, wished, proven)
            step = self._steering.step(tx, wished, application, kept.session)
            step = self._insist(tx, visit, wished, application, step)
            entered, first = None, is_wished(self._services, tx, wished)
            if not first and isinstance(step, Finish) and core.journeys.finish(tx, wished.id):
                entered = self._steering.enter(
                    tx, wished, application, kept.session, visit.call.origin
                )
        for ended in (kept.replaced, *kept.surplus):
            if ended is not None:
                self._services.leaving.tell_replaced(ended)
        if first and isinstance(step, Proved):
            answer = account_first(self._services, visit, wished)
        elif entered is None:
            answer = self._next(visit, wished, application, step)
        elif isinstance(entered, Refusal):
            answer = self._refused(wished, application, entered)
        else:
            answer = hand_over(entered, application)
        kept_too = kept_for_next_time(visit, kept.session.account)
        answer.headers = [*answer.headers, *visit.cookies, *kept_too]
        return answer

    def _not_kept(
        self,
        tx: Tx,
        visit: Visit,
        wished: LoginRequest,
        application: Application | None,
        proven: Proven,
        why: NotKept,
    ) -> Answer | Refusal | TurnedAway:
        """A proof that opens nothing, or not yet."""
        if isinstance(why, Refusal | TurnedAway):
            return why
        if isinstance(why, Outdated):
            # The journey's page asks for the password that is in force now.
            return see_other(address_of(wished.id))
        waiting = put_off(why, proven, self._core.clock.now())
        self._core.journeys.put_aside(tx, wished.id, RENEWAL, waiting)
        self._note_choice(tx, wished, proven)
        reply = see_other(f"{address_of(wished.id)}/renew")
        reply.headers += visit.cookies
        return reply

    def _note_choice(self, tx: Tx, wished: LoginRequest, proven: Proven) -> None:
        """Keep in mind which means a first factor was given for."""
        chosen = self._chosen(proven)
        if chosen is not None:
            self._core.journeys.put_aside(tx, wished.id, "chosen", {"means": chosen})

    def _chosen(self, proven: Proven) -> str | None:
        """The means that a first factor was given for, where it is one that stands on it."""
        wanted = request.args.get("means", "")
        base = self._services.attempts.bases.get(wanted)
        return wanted if base == proven.proof.means else None


def oldest_proof(
    wished: LoginRequest, application: Application | None, step: Choose | Second
) -> int | None:
    """How old a proof given elsewhere may be: none at all where they must prove themselves anew.

    Nor where they are to be lifted: what has lapsed here does not stand elsewhere.
    """
    if wished.force or isinstance(step, Second) or step.lack in {Lack.FORCED, Lack.TOO_OLD}:
        return 0
    limits = (wished.max_age, application.policy.session_max_age if application else None)
    return min((one for one in limits if one is not None), default=None)


def address_of(journey: str) -> str:
    """A journey's address, whatever the path that named it held (WB-006)."""
    return f"/login/{quote(journey, safe='')}"
