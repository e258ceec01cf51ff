# SPDX-License-Identifier: Apache-2.0
"""The authorization endpoint: from parameters to a journey, or straight through."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from idp.applications.registration import BadRegistration
from idp.applications.seen import NOBODY
from idp.applications.values import Application
from idp.db import Tx
from idp.http.addresses import origin_of
from idp.http.entrance import Condition, Entrance, unconditional
from idp.http.handover import hand_over
from idp.http.parameters import Parameters, Unreadable, parse, read_form
from idp.http.problems import problem_page
from idp.http.services import Core
from idp.http.wire import Answer, Call, not_allowed, see_other
from idp.login.request import LoginRequest
from idp.login.steering import Steering
from idp.oidc.answer import Answers
from idp.oidc.asked import NOT_REGISTERED, Asked, Faulty, Misled, faulty, redirect_uri
from idp.oidc.client import Client, Clients
from idp.oidc.client_signed import ClientSigned
from idp.oidc.seen import facts_of
from idp.oidc.ways import USED_UP, Came, Ways, keep, use_up

USED_BEFORE: Final = "invalid_request_uri: it was used before"


class AuthorizeEndpoint:
    """GET and POST /oidc/authorize."""

    def __init__(
        self,
        core: Core,
        steering: Steering,
        clients: Clients,
        answers: Answers,
        asked: Asked,
        ways: Ways,
        signed: ClientSigned,
    ) -> None:
        self._core = core
        self._entrance = Entrance(core, steering)
        self._clients = clients
        self._answers = answers
        self._asked = asked
        self._ways = ways
        self._signed = signed

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        if call.method == "POST":
            parameters = read_form(call, self._core.settings.server.max_body)
        elif call.method == "GET":
            parameters = parse(call.query)
        else:
            # A HEAD, such as a link scanner sends, must not use up a request or give a code.
            return not_allowed("GET", "POST")
        if isinstance(parameters, Unreadable):
            return problem_page("request-unreadable", status=parameters.status)
        with self._core.database.read() as tx:
            application = self._core.applications.load(tx, parameters.get("client_id"))
        client = self._client(application)
        if isinstance(client, Misled):
            return self._told(call, parameters, application, client)
        client = self._with_keys(client)
        if isinstance(client, Misled):
            return self._told(call, parameters, application, client)
        came = self._came(client, parameters)
        if not isinstance(came, Came):
            return self._told(call, parameters, application, came)
        loaded = self._asked.read(client, came)
        if not isinstance(loaded, LoginRequest):
            return self._told(call, came.parameters, application, loaded)
        with self._core.database.read() as tx:
            found = self._entrance.look(tx, call, loaded, application)
        if call.method == "POST" and not self._entrance.has_session_cookie(call):
            # Our cookies are SameSite=Lax: a post from another site arrives without them. The
            # same request by GET brings them, and with them the person's session.
            return see_other(f"{call.path}?{parameters.encoded()}")
        condition, loaded = self._condition(call, came, application, loaded)
        return self._entrance.go_on(call, loaded, application, found, condition)

    def _condition(
        self, call: Call, came: Came, application: Application | None, loaded: LoginRequest
    ) -> tuple[Condition, LoginRequest]:
        """What is so with the answer, in its transaction: it is noted, and uses the request up."""
        once: Mapping[str, Any] = {}
        if came.once and loaded.silent:
            # Answered here and now, whatever the answer: nobody tries in silence until it fits
            # (OA-094). Any other is used up with the code that it leads to.
            once = came.once
            payload = {name: one for name, one in loaded.payload.items() if name != USED_UP}
            loaded = replace(loaded, payload=payload)
        due = application is not None and self._core.seen.is_due(application.key, taken=True)
        if not came.once and not due:
            return unconditional, loaded
        seen = facts_of("authorize", call.method, came.parameters) if due else None

        def condition(tx: Tx) -> Answer | None:
            if seen is not None and application is not None:
                self._core.seen.note(tx, application.key, seen)
            if not once:
                keep(self._core, tx, came.once)
            if use_up(self._core, tx, once):
                return None
            return problem_page("application-request", status=400, hint=USED_BEFORE)

        return condition, loaded

    def _told(
        self,
        call: Call,
        parameters: Parameters,
        application: Application | None,
        told: Misled | Faulty,
    ) -> Answer:
        """What was wrong: to whoever connects the application, and to whoever stands there."""
        if isinstance(told, Misled):
            self._note(call, parameters, application, told.hint)
            return problem_page(told.problem, status=400, hint=told.hint)
        self._note(call, parameters, application, f"{told.error.code}: {told.error.hint}")
        return self._fault(call, told)

    def _note(
        self, call: Call, parameters: Parameters, application: Application | None, fault: str
    ) -> None:
        """For whoever connects the application; where nobody is registered, for all of them."""
        facts = facts_of("authorize", call.method, parameters)
        if application is not None and application.protocol == "oidc":
            self._core.seen.refused(application.key, facts, fault)
        elif facts.get("client_id"):
            self._core.seen.refused(NOBODY, facts, fault, facts["client_id"])

    def _client(self, application: Application | None) -> Client | Misled:
        """Whose request it is, and that it is open."""
        if application is None or application.protocol != "oidc":
            return Misled("application-unknown", "client_id is not registered here")
        if not application.enabled:
            return Misled("application-closed", "an administrator has disabled it")
        try:
            return self._clients.of(application)
        except BadRegistration as wrong:
            return Misled("application-misconfigured", "; ".join(map(str, wrong.faults)))

    def _with_keys(self, client: Client) -> Client | Misled:
        """With those that its answer is encrypted to: nobody waits for them at the end of a login.

        Where it has none, no answer could be told to it.
        """
        if client.encrypted.nothing:
            return client
        found = self._signed.encrypted(client)
        in_front = found.id_token if client.answers.in_front else None
        if lacking := found.lacks(found.authorization) or found.lacks(in_front):
            return Misled("application-misconfigured", lacking)
        return replace(client, encrypted=found)

    def _came(self, client: Client, parameters: Parameters) -> Came | Misled | Faulty:
        """By whichever way: what counts of it."""
        came = self._ways.read(client, parameters)
        if isinstance(came, Came):
            return came
        uri = redirect_uri(client, parameters) if came.known else None
        if uri is None and came.known and parameters.names("redirect_uri"):
            return NOT_REGISTERED
        if uri is None:
            return Misled("application-request", f"{came.error.code}: {came.error.hint}")
        return faulty(came.error, client, parameters, uri)

    def _fault(self, call: Call, told: Faulty) -> Answer:
        """RFC 9700 §4.11.2: nobody is bounced to another site before they are known (OA-005)."""
        error = told.error
        handover = self._answers.error(told.payload, error.code, error.hint)
        with self._core.database.read() as tx:
            known = self._entrance.session(tx, call)
        if told.silent or known is not None:
            return hand_over(handover, told.client.application)
        return problem_page(
            "application-request",
            status=400,
            hint=f"{error.code}: {error.hint}",
            application=told.client.application,
            back=handover,
            targets=(origin_of(told.payload["uri"]),),
        )
