# SPDX-License-Identifier: Apache-2.0
"""Who calls, from the access token shown: asked anew at each request, cookies are never read.

RFC 6750 §2.1: the Authorization header alone. Disabled accounts and applications, ended sessions
and roles taken away close the next request (WB-030, SE-004).
"""

from dataclasses import dataclass, replace
from urllib.parse import parse_qs

from connectors.base import Level
from idp.administration.authority import Authority, application_subject
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.scopes import WITHOUT_ROLE, rights_of
from idp.applications.values import Application
from idp.db import Tx
from idp.grants.admission import ApplicationAdmission
from idp.grants.tokens import Token
from idp.http.bearer import (
    LONGEST_TOKEN,
    NONCE,
    Shown,
    ShownReader,
    Unproved,
    www_authenticate,
)
from idp.http.services import Services
from idp.http.standing import still_admitted
from idp.http.wire import Call
from idp.login.freshness import FRESH_FOR, age_of, holds_fresh
from idp.sessions.values import Session

# Level 2, as a request for a login names it.
TWO_FACTORS = "urn:sceau:level:2"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever calls, and the scopes of their token."""

    authority: Authority
    scopes: tuple[str, ...]
    # The application that holds the token: whose names a SCIM client's are.
    application: str
    # Without a role: what is answered wherever one is needed.
    otherwise: Problem | None = None
    # A person who has not proved who they are just now; a program proves it with each token.
    stale: bool = False
    # Whether the token is shown with a proof of its key, and what the next one must carry.
    by_proof: bool = False
    nonce: str = ""


class Actors:
    """Reads the token of a request."""

    def __init__(self, services: Services, audience: str, reader: ShownReader) -> None:
        self._services = services
        self._core = services.core
        self._audience = audience
        self._reader = reader

    def shown(self, call: Call) -> Shown | Problem:
        """The token, and what is proved beside it; not in a transaction."""
        if "access_token" in parse_qs(call.query):
            return _challenge("invalid_request", "a token never goes into the address")
        shown = self._reader.shown(call)
        if isinstance(shown, Unproved):
            return _unproved(shown)
        if not shown.token:
            # RFC 6750 §3: no error code where no token was presented.
            return _challenge(by_proof=shown.by_proof)
        if len(shown.token) > LONGEST_TOKEN:
            return _invalid(shown)
        return shown

    def of(self, tx: Tx, call: Call, shown: Shown, *, scim: bool = False) -> Actor | Problem:
        """Who calls, SCIM or the API beside it, or why nobody may on this token."""
        token = self._core.tokens.find(tx, shown.token)
        application = self._core.applications.load(tx, token.application) if token else None
        if token is None or application is None or not self._is_meant(token):
            return _invalid(shown)
        misuse = self._reader.misuse(shown, token.bound_to, application)
        if misuse is not None:
            return _unproved(misuse)
        within = rights_of(token.scope, scim=scim)
        of = self._of_application if token.session is None else self._of_person
        found = of(tx, token, shown, within, application, call)
        if isinstance(found, Problem) or not shown.by_proof:
            return found
        return replace(found, by_proof=True, nonce=self._reader.newest_nonce(application))

    def _is_meant(self, token: Token) -> bool:
        """An access token for this API: where audiences are named, it is one of them."""
        # RFC 8707 §2: without an audience of its own a token is for this server.
        audiences = token.audience.split()
        return token.kind == "access" and (not audiences or self._audience in audiences)

    def _of_application(
        self,
        tx: Tx,
        token: Token,
        shown: Shown,
        within: frozenset[Right],
        application: Application,
        call: Call,
    ) -> Actor | Problem:
        admitted = self._core.gate.admit_application(application)
        if not isinstance(admitted, ApplicationAdmission):
            return _invalid(shown)
        authority = self._services.office.authorities.of_application(
            tx, application.key, application.name, within, call.origin
        )
        if authority is None:
            problem = Problem("not-allowed", "this application holds no role")
            subject = application_subject(application.key)
            return self._without_role(token, subject, application, call, problem)
        return Actor(authority, token.scope, application.key)

    def _of_person(
        self,
        tx: Tx,
        token: Token,
        shown: Shown,
        within: frozenset[Right],
        application: Application,
        call: Call,
    ) -> Actor | Problem:
        if not still_admitted(self._core, tx, application, token):
            return _invalid(shown)
        # Whoever has left their session unused for too long has left their tokens, too.
        sessions = self._core.sessions.of_account(tx, token.account or "")
        session = next((one for one in sessions if one.id == token.session), None)
        if session is None:
            return _invalid(shown)
        authorities = self._services.office.authorities
        authority = authorities.of_person(tx, session, call.origin)
        is_weak = (token.level or 0) < Level.TWO_FACTORS
        if authority is None or is_weak:
            holds = is_weak or authorities.held_by(tx, session.account)
            problem = _weak(shown) if holds else Problem("not-allowed", "this person holds no role")
            return self._without_role(token, session.account, application, call, problem)
        narrowed = authorities.narrowed(authority, within, application.key)
        is_stale = not self._is_fresh(token, session)
        return Actor(narrowed, token.scope, application.key, stale=is_stale)

    def _is_fresh(self, token: Token, session: Session) -> bool:
        """Whether the token was given on a proof that the console would take as well.

        A refresh keeps the moment of the first login; what the person has proved elsewhere since
        was not for the application that holds this token.
        """
        now, revocation = self._core.clock.now(), self._core.settings.cards.revocation
        age = age_of(token.authenticated_at or 0, now)
        is_recent = age is not None and age <= FRESH_FOR
        return is_recent and holds_fresh(session, Level.TWO_FACTORS, now, revocation)

    def _without_role(
        self, token: Token, actor: str, application: Application, call: Call, otherwise: Problem
    ) -> Actor | Problem:
        """Let in as far as a scope is enough."""
        if not set(WITHOUT_ROLE) & set(token.scope):
            return otherwise
        authorities = self._services.office.authorities
        nobody = authorities.of_nobody(actor, application.name, call.origin)
        return Actor(nobody, token.scope, application.key, otherwise)


def _challenge(code: str = "", hint: str = "", *, by_proof: bool = False) -> Problem:
    """RFC 6750 §3, RFC 9449 §7.1."""
    said = {"error_description": hint} if hint else {}
    name = "malformed" if code == "invalid_request" else "unauthenticated"
    return Problem(name, hint, headers=_header(code, by_proof=by_proof, **said))


def _header(code: str, *, by_proof: bool, **said: str) -> tuple[tuple[str, str], ...]:
    return (("WWW-Authenticate", www_authenticate(code, by_proof=by_proof, **said)),)


def _invalid(shown: Shown) -> Problem:
    """Whatever is wrong with the token itself."""
    hint = "the access token is not valid"
    return _challenge("invalid_token", hint, by_proof=shown.by_proof)


def _unproved(one: Unproved) -> Problem:
    """RFC 9449 §7.1, §9."""
    problem = _challenge(one.code, one.hint, by_proof=one.by_proof)
    told = ((NONCE, one.nonce),) if one.nonce else ()
    return replace(problem, headers=(*problem.headers, *told))


def _weak(shown: Shown) -> Problem:
    """RFC 9470 §3: the token is alive, its login was not strong enough."""
    code = "insufficient_user_authentication"
    header = _header(code, by_proof=shown.by_proof, acr_values=TWO_FACTORS)
    return Problem("weak-login", headers=header)


def stale(*, by_proof: bool) -> Problem:
    """RFC 9470 §3: how old the login may be; the token is good for everything else."""
    code = "insufficient_user_authentication"
    header = _header(code, by_proof=by_proof, max_age=str(FRESH_FOR))
    detail = f"log in anew (max_age={FRESH_FOR}) and use the token of that login"
    return Problem("stale-login", detail, headers=header)


def missing(scopes: tuple[str, ...], *, by_proof: bool = False) -> Problem:
    """RFC 6750 §3.1: any one of these scopes would do."""
    header = _header("insufficient_scope", by_proof=by_proof, scope=scopes[0])
    detail = f"one of these is needed: {', '.join(scopes)}"
    return Problem("missing-scope", detail, headers=header)
