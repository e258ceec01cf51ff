# SPDX-License-Identifier: Apache-2.0
"""The request door: from what a browser brings to a journey, or straight through."""

from dataclasses import dataclass
from urllib.parse import urlencode

from idp.accounts.subjects import Subjects
from idp.applications.seen import NOBODY
from idp.credentials import used_once
from idp.db import Tx
from idp.http.entrance import Condition, Entrance
from idp.http.handover import hand_over
from idp.http.services import Core
from idp.http.wire import Answer, Call, Page, not_allowed, see_other
from idp.login.request import LoginRequest
from idp.saml.answer import Answers
from idp.saml.application import Address
from idp.saml.assertion import Status
from idp.saml.checks import LEEWAY, Place, choose_acs, first_doubt, first_fault
from idp.saml.levels import Asked
from idp.saml.login import expected_account, payload_of, to_login
from idp.saml.pages import untrusted_page
from idp.saml.places import Places
from idp.saml.receive import Brought, Received, Receiver, Untrusted, bring
from idp.saml.seen import facts_of, known_of

USED = "saml_request"


@dataclass(frozen=True, slots=True)
class Opened:
    """A request that somebody may be let in by."""

    received: Received
    wished: LoginRequest


@dataclass(frozen=True, slots=True)
class Refused:
    """A request of a known application that is answered by a status."""

    received: Received
    acs: Address
    status: Status


class SsoEndpoint:
    """GET and POST /saml/sso."""

    def __init__(
        self,
        core: Core,
        entrance: Entrance,
        receiver: Receiver,
        subjects: Subjects,
        answers: Answers,
        places: Places,
    ) -> None:
        self._core = core
        self._entrance = entrance
        self._receiver = receiver
        self._subjects = subjects
        self._answers = answers
        self._places = places

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method not in {"GET", "POST"}:
            # A HEAD, such as a link scanner sends, must not use up a request.
            return not_allowed("GET", "POST")
        brought = bring(call, self._core.settings.server.max_body)
        if isinstance(brought, Untrusted):
            return untrusted_page(brought)
        with self._core.database.read() as tx:
            opened = self._open(tx, brought)
            if isinstance(opened, Opened):
                application = opened.received.application.application
                found = self._entrance.look(tx, call, opened.wished, application)
        if isinstance(opened, Untrusted):
            self._note_untrusted(brought, opened)
            return untrusted_page(opened)
        if isinstance(opened, Refused):
            return self._refuse(brought, opened)
        due = self._core.seen.is_due(application.key, taken=True)

        def claimed(tx: Tx) -> Page | None:
            stopped = self._claim(tx, opened.received)
            if stopped is None and due:
                self._core.seen.note(tx, application.key, facts_of(brought, opened.received))
            return stopped

        if call.method == "POST" and not self._entrance.has_session_cookie(call):
            return self._come_again(opened, claimed)
        return self._entrance.go_on(call, opened.wished, application, found, claimed)

    def _open(self, tx: Tx, brought: Brought) -> Opened | Refused | Untrusted:
        received = self._receiver.receive(tx, brought)
        if isinstance(received, Untrusted):
            return received
        now = self._core.clock.now()
        place = Place(self._places.sso, self._places.entity_id, now)
        doubt = first_doubt(received, place)
        if doubt is not None:
            return known_of(received, doubt)
        acs = choose_acs(received.application, received.request)
        if acs is None:
            # SM-030, SM-031: nothing is ever posted to an address that is not registered.
            hint = "no registered AssertionConsumerService fits the request"
            doubt = Untrusted("application-misconfigured", hint, application=received.application)
            return known_of(received, doubt)
        fault = first_fault(received, place)
        if fault is not None:
            return Refused(received, acs, fault)
        account = expected_account(tx, received, self._subjects)
        return Opened(received, to_login(received, acs, account, self._core.entropy, now))

    def _note_untrusted(self, brought: Brought, untrusted: Untrusted) -> None:
        """For whoever connects the application; where nobody is registered, for all of them."""
        known, facts = untrusted.application, facts_of(brought, untrusted)
        if known is not None:
            self._core.seen.refused(known.application.key, facts, untrusted.hint)
        elif untrusted.issuer:
            self._core.seen.refused(NOBODY, facts, untrusted.hint, untrusted.issuer)

    def _refuse(self, brought: Brought, refused: Refused) -> Answer:
        with self._core.database.write() as tx:
            stopped = self._claim(tx, refused.received)
        if stopped is not None:
            return stopped
        request, status = refused.received.request, refused.status
        fault = status.message or (status.detail or status.code).rpartition(":")[2]
        key, facts = (
            refused.received.application.application.key,
            facts_of(brought, refused.received),
        )
        self._core.seen.refused(key, facts, fault)
        payload = payload_of(refused.acs, request.id, refused.received.relay_state, Asked())
        application = refused.received.application.application
        handover = self._answers.refuse(application, payload, refused.status)
        return hand_over(handover, application)

    def _claim(self, tx: Tx, received: Received) -> Page | None:
        """SM-032: a request is taken once; a page that says so to whoever comes again."""
        request, application = received.request, received.application
        hashed = self._core.lookup.hash(f"{application.entity_id}|{request.id}")
        # Kept past the last moment at which it would still be accepted.
        keep_until = (request.issued_at or 0) + 2 * LEEWAY
        if used_once.claim(tx, USED, hashed, keep_until):
            return None
        hint = "this request was used already"
        return untrusted_page(Untrusted("journey-expired", hint, application=application))

    def _come_again(self, opened: Opened, claimed: Condition) -> Answer:
        """Our cookies are SameSite=Lax: a post from another site arrives without them.

        The request waits under a handle that is used once; the browser comes for it by GET, and
        brings its cookies.
        """
        handle = self._core.forms.new_browser()
        with self._core.database.write() as tx:
            stopped = claimed(tx)
            if stopped is not None:
                return stopped
            self._core.journeys.begin(tx, opened.wished, handle)
        return see_other(
            f"{self._places.resume}?{urlencode({'journey': opened.wished.id, 'handle': handle})}"
        )
