# SPDX-License-Identifier: Apache-2.0
"""A login's way out and back, without any web framework.

How `state` is bound to the browser: each attempt has a server-side record, answered once, and a
cookie of its own with a secret whose hash is in the record. A signed cookie alone could not be
answered only once (row BR-003) and would carry nonce and PKCE verifier; a record alone is what lets
an attacker finish his own login in somebody else's browser (row BR-001). Several tabs have several
cookies.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from relying_parties.kit.client import Client
from relying_parties.kit.id_token import TYPES, Expected, find_fault, level_reached
from relying_parties.kit.levels import acr_of, level_of
from relying_parties.kit.origins import local_path
from relying_parties.kit.outcome import ProviderUnreachable, Reason, Refused
from relying_parties.kit.sealing import name_of
from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.store import LoginStore, PendingLogin, Session, Tokens
from relying_parties.kit.strict_json import Claims
from relying_parties.kit.tokens import Unacceptable, same, verify_token

LONGEST_VALUE = 4096
ANSWER = ("state", "iss", "code", "error")
log = logging.getLogger(__name__)

# OIDC Core §3.1.2.6, RFC 6749 §4.1.2.1 and "Unmet Authentication Requirements 1.0".
ERRORS: Mapping[str, Reason] = {
    "access_denied": Reason.ACCESS_DENIED,
    "login_required": Reason.LOGIN_REQUIRED,
    "interaction_required": Reason.LOGIN_REQUIRED,
    "account_selection_required": Reason.LOGIN_REQUIRED,
    "consent_required": Reason.ACCESS_DENIED,
    "unmet_authentication_requirements": Reason.LEVEL_NOT_REACHED,
    "temporarily_unavailable": Reason.PROVIDER_UNREACHABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a login is asked to be."""

    return_to: str = "/"
    level: int = 0
    max_age: int | None = None
    fresh: bool = False
    # Not a page is shown: an answer, or a refusal.
    silent: bool = False
    subject: str | None = None
    locale: str | None = None
    login_hint: str | None = None
    # The handle of a launch, as the provider brought it.
    launch: str | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and the cookie that it takes along."""

    url: str
    state: str
    secret: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A finished login."""

    session: Session
    return_to: str


class Journey:
    """Starts and finishes logins."""

    def __init__(
        self,
        provider: Provider,
        limits: Limits,
        client: Client,
        store: LoginStore,
        now: Callable[[], int],
        token: Callable[[], str],
    ) -> None:
        self._provider = provider
        self._limits = limits
        self._client = client
        self._store = store
        self._now = now
        self._token = token

    def start(self, wish: Wish) -> Departure:
        """Remember the attempt and build the address; may raise ProviderUnreachable."""
        secret = self._token()
        login = PendingLogin(
            state=self._token(),
            binding=name_of(secret),
            nonce=self._token(),
            verifier=self._token() + self._token(),
            return_to=local_path(wish.return_to),
            level=max(wish.level, self._provider.level),
            started=self._now(),
            max_age=wish.max_age,
            fresh=wish.fresh,
            subject=wish.subject,
        )
        url = self._client.authorization_url(login, _extras(login, wish))
        self._store.begin(login, login.started + self._limits.login)
        return Departure(url, login.state, secret)

    def finish(
        self, answer: Mapping[str, list[str]], secret_of: Callable[[str], str | None]
    ) -> Arrival | Refused:
        """Check the answer; `secret_of` finds this browser's cookie for a state."""
        fields = {name: answer[name][0] for name in ANSWER if answer.get(name)}
        # RFC 6749 §3.1: no parameter more than once.
        if any(len(answer.get(name, ())) > 1 for name in ANSWER):
            return Refused(Reason.ANSWER_REFUSED, "a parameter twice")
        if any(len(value) > LONGEST_VALUE for value in fields.values()):
            return Refused(Reason.ANSWER_REFUSED, "a parameter too long")
        login = self._claim(fields.get("state", ""), secret_of)
        if isinstance(login, Refused):
            return login
        try:
            outcome = self._read_answer(fields, login)
        except ProviderUnreachable as fault:
            outcome = Refused(Reason.PROVIDER_UNREACHABLE, str(fault))
        if isinstance(outcome, Refused):
            # A failed attempt starts again towards the same page.
            return replace(outcome, return_to=login.return_to)
        return outcome

    def _claim(self, state: str, secret_of: Callable[[str], str | None]) -> PendingLogin | Refused:
        now = self._now()
        secret = secret_of(state) if state else None
        login = self._store.take(state, name_of(secret), now) if secret else None
        if login is not None:
            return login
        if state and self._store.pending(state, now):
            # Row BR-001: somebody else's login, offered to this browser.
            return Refused(Reason.LOGIN_MISMATCH, "state of another browser")
        return Refused(Reason.LOGIN_EXPIRED, "no such login, or answered already")

    def _read_answer(self, fields: Mapping[str, str], login: PendingLogin) -> Arrival | Refused:
        # RFC 9207 §2.4: before anything else is believed, errors included (row BR-004).
        if not same(fields.get("iss"), self._provider.issuer):
            return Refused(Reason.ANSWER_REFUSED, "iss missing or of another provider")
        if "error" in fields:
            reason = ERRORS.get(fields["error"], Reason.PROVIDER_ERROR)
            return Refused(reason, f"provider: {fields['error']!r:.80}")
        if not fields.get("code"):
            return Refused(Reason.ANSWER_REFUSED, "neither code nor error")
        tokens = self._client.redeem(fields["code"], login.verifier)
        if isinstance(tokens, Refused):
            return tokens
        claims = self._check_id_token(tokens, login)
        if isinstance(claims, Refused):
            return claims
        about = self._client.userinfo(tokens.access_token, claims["sub"])
        if isinstance(about, Refused):
            return about
        session = self._session(login, tokens, claims, about)
        # A step-up that came back as somebody else must not land in the first one's page.
        stays = login.subject is None or login.subject == session.subject
        return Arrival(session, login.return_to if stays else "/")

    def _check_id_token(self, tokens: Tokens, login: PendingLogin) -> Claims | Refused:
        provider, now = self._provider, self._now()
        claims = verify_token(
            tokens.id_token, self._client.keys, provider.id_token_algorithm, TYPES
        )
        if isinstance(claims, Unacceptable):
            return Refused(Reason.ANSWER_REFUSED, f"ID token: {claims.detail}")
        expected = Expected(
            issuer=provider.issuer,
            client_id=provider.client_id,
            algorithm=provider.id_token_algorithm,
            nonce=login.nonce,
            access_token=tokens.access_token,
            now=now,
            leeway=self._limits.clock_leeway,
            oldest=self._limits.token_age,
            level=login.level,
            max_age=login.max_age,
            authenticated_since=login.started if login.fresh else None,
        )
        fault = find_fault(claims, expected)
        if fault is not None:
            return Refused(Reason.ANSWER_REFUSED, f"ID token: {fault}")
        if not level_reached(claims, expected):
            # OIDC Core §3.1.2.1: acr_values is only a wish; here it is compared with what came.
            return Refused(Reason.LEVEL_NOT_REACHED, f"acr {claims.get('acr')!r:.80}")
        return claims

    def _session(
        self, login: PendingLogin, tokens: Tokens, claims: Claims, about: Claims
    ) -> Session:
        now = self._now()
        return Session(
            id=self._token(),
            issuer=self._provider.issuer,
            subject=claims["sub"],
            sid=claims.get("sid"),
            level=level_of(claims.get("acr")),
            auth_time=claims.get("auth_time"),
            nonce=login.nonce,
            # What was signed wins over what was fetched.
            claims={**about, **claims},
            tokens=replace(tokens, launched={}),
            launched=tokens.launched,
            created=now,
            expires=now + self._limits.session,
        )


def _extras(login: PendingLogin, wish: Wish) -> dict[str, str]:
    extras = {"acr_values": acr_of(login.level)}
    if wish.max_age is not None:
        extras["max_age"] = str(wish.max_age)
    if wish.fresh or wish.silent:
        extras["prompt"] = "login" if wish.fresh else "none"
    if wish.locale:
        extras["ui_locales"] = wish.locale
    if wish.login_hint:
        extras["login_hint"] = wish.login_hint
    if wish.launch:
        extras["launch"] = wish.launch
    return extras
