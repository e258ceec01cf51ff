# SPDX-License-Identifier: Apache-2.0
"""The authorization endpoint: from parameters to a journey, or straight through."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from idp.accounts.subjects import Subjects
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
from idp.keys.sign import verify_own
from idp.login.request import LoginRequest
from idp.login.steering import Steering
from idp.oidc.answer import Answers
from idp.oidc.claims import parse_claims
from idp.oidc.client import Client, Clients
from idp.oidc.request import OAuthError, answer_way, assign, echoed_state, first_error, to_login
from idp.oidc.response_types import mode_of
from idp.oidc.seen import facts_of

LONGEST_HINT = 16_384


@dataclass(frozen=True, slots=True)
class Unredirectable:
    """A request whose sender is not known well enough to be answered by redirect."""

    problem: str
    hint: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """A faulty request from a client and address that are known."""

    error: OAuthError
    client: Client
    payload: dict[str, Any]
    silent: bool


class AuthorizeEndpoint:
    """GET and POST /oidc/authorize."""

    def __init__(
        self,
        core: Core,
        steering: Steering,
        clients: Clients,
        subjects: Subjects,
        answers: Answers,
    ) -> None:
        self._core = core
        self._entrance = Entrance(core, steering)
        self._clients = clients
        self._subjects = subjects
        self._answers = answers
        self._issuer = core.settings.server.issuer

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
            loaded = self._read(application, parameters)
            if isinstance(loaded, LoginRequest):
                found = self._entrance.look(tx, call, loaded, application)
        if isinstance(loaded, Unredirectable):
            self._note(call, parameters, application, loaded.hint)
            return problem_page(loaded.problem, status=400, hint=loaded.hint)
        if isinstance(loaded, Faulty):
            fault = f"{loaded.error.code}: {loaded.error.hint}"
            self._note(call, parameters, application, fault)
            return self._fault(call, loaded)
        if call.method == "POST" and not self._entrance.has_session_cookie(call):
            # Our cookies are SameSite=Lax: a post from another site arrives without them. The
            # same request by GET brings them, and with them the person's session.
            return see_other(f"{call.path}?{urlencode(parameters.values)}")
        condition: Condition = unconditional
        if application is not None and self._core.seen.is_due(application.key, taken=True):
            seen, key = facts_of("authorize", call.method, parameters), application.key

            def condition(tx: Tx) -> None:
                self._core.seen.note(tx, key, seen)

        return self._entrance.go_on(call, loaded, application, found, condition)

    def _note(
        self, call: Call, parameters: Parameters, application: Application | None, fault: str
    ) -> None:
        """For whoever connects the application; where nobody is registered, for all of them."""
        facts = facts_of("authorize", call.method, parameters)
        if application is not None and application.protocol == "oidc":
            self._core.seen.refused(application.key, facts, fault)
        elif facts.get("client_id"):
            self._core.seen.refused(NOBODY, facts, fault, facts["client_id"])

    def _read(
        self, application: Application | None, parameters: Parameters
    ) -> LoginRequest | Unredirectable | Faulty:
        """The verified request, or what to tell to whom, in the order of RFC 6749 §4.1.2.1."""
        if application is None or application.protocol != "oidc":
            return Unredirectable("application-unknown", "client_id is not registered here")
        if not application.enabled:
            return Unredirectable("application-closed", "an administrator has disabled it")
        try:
            client = self._clients.of(application)
        except BadRegistration as wrong:
            why = "; ".join(map(str, wrong.faults))
            return Unredirectable("application-misconfigured", why)
        uri = self._redirect_uri(client, parameters)
        if uri is None:
            # OA-001, OA-004: never a redirect to an address that is not registered.
            return Unredirectable(
                "application-misconfigured", "redirect_uri is not one registered for this client"
            )
        error = first_error(client, parameters)
        account = None
        if error is None:
            account, error = self._expected_account(client, parameters)
        if error is not None:
            payload = {
                "uri": uri,
                "state": echoed_state(parameters),
                **answer_way(client, mode_of(client.answers, parameters)),
            }
            return Faulty(error, client, payload, parameters.get("prompt") == "none")
        request = assign(client, parameters, uri, account)
        return to_login(request, self._core.entropy, self._core.clock.now())

    def _redirect_uri(self, client: Client, parameters: Parameters) -> str | None:
        asked = parameters.get("redirect_uri")
        if {"redirect_uri", "client_id"} & parameters.repeated:
            return None
        if asked:
            return asked if client.allows_redirect(asked) else None
        # OIDC Core §3.1.2.1 requires it; OAuth alone lets a single registered one stand.
        openid = "openid" in parameters.get("scope").split()
        only = client.redirect_uris[0] if len(client.redirect_uris) == 1 else None
        return None if openid or "redirect_uri" in parameters.values else only

    def _expected_account(
        self, client: Client, parameters: Parameters
    ) -> tuple[str | None, OAuthError | None]:
        """Whom the application expects, by id_token_hint or by claims (OA-014, OA-016)."""
        claims = parse_claims(parameters.get("claims"))
        subject = claims.subject if claims else ""
        hint = parameters.get("id_token_hint")
        if hint:
            verified = self.read_hint(hint, client)
            if verified is None:
                return None, OAuthError("invalid_request", "id_token_hint is not one of ours")
            if subject and subject != verified["sub"]:
                return None, OAuthError("invalid_request", "sub and id_token_hint disagree")
            subject = str(verified["sub"])
        if not subject:
            return None, None
        account = self._subjects.account_of(client.sector, subject)
        return account or "nobody", None

    def read_hint(self, hint: str, client: Client) -> dict[str, object] | None:
        """An ID token that we gave this client, however old."""
        if len(hint) > LONGEST_HINT:
            return None
        claims = verify_own(
            hint,
            self._core.keys,
            typ="JWT",
            issuer=self._issuer,
            now=self._core.clock.now(),
            accept_expired=True,
        )
        return claims if claims is not None and claims.get("aud") == client.id else None

    def _fault(self, call: Call, faulty: Faulty) -> Answer:
        """RFC 9700 §4.11.2: nobody is bounced to another site before they are known (OA-005)."""
        handover = self._answers.error(faulty.payload, faulty.error.code, faulty.error.hint)
        with self._core.database.read() as tx:
            known = self._entrance.session(tx, call)
        if faulty.silent or known is not None:
            return hand_over(handover, faulty.client.application)
        return problem_page(
            "application-request",
            status=400,
            hint=f"{faulty.error.code}: {faulty.error.hint}",
            application=faulty.client.application,
            back=handover,
            targets=(origin_of(faulty.payload["uri"]),),
        )
