# SPDX-License-Identifier: Apache-2.0
"""The authorization request as one immutable value, whatever it came by.

One rule, one small function; each answers an error or nothing, and they are asked in order.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectors.base import Level
from idp.clock import Entropy
from idp.grants.lasting import SCOPE as LASTING
from idp.http.parameters import Parameters
from idp.login.request import LoginRequest
from idp.oidc.claims import NO_CLAIMS, SCOPE_OF, ClaimsRequest, parse_claims
from idp.oidc.client import Client
from idp.oidc.details import MEMBER as DETAILS
from idp.oidc.details import Detail, details_error, mark_of, parse_details, shown
from idp.oidc.errors import OAuthError
from idp.oidc.levels import LEVEL, first_known
from idp.oidc.response_types import CODE, MODES, SIGNED, asks_in_front, in_order, mode_of

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
DIGITS = re.compile(r"[0-9]{1,9}")
OBJECTS = ("request", "request_uri", "registration")
PROMPTS = {"none", "login", "consent", "select_account"}
LONGEST = {
    "state": 4096,
    "nonce": 1024,
    "scope": 2048,
    "login_hint": 256,
    "ui_locales": 256,
    "launch": 128,
}
# As long as a kind of means may be, and more.
LONGEST_PROVIDER_HINT = 128
# Of Keycloak: a provider; of Microsoft: where its people are from.
PROVIDER_HINTS = ("kc_idp_hint", "domain_hint")
VISIBLE = re.compile(r"[\x20-\x7e\x80-\U0010ffff]*")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that passed every check."""

    client: Client
    redirect_uri: str
    # Whether the request named it, so that the token step must name it again (OA-034).
    redirect_uri_given: bool
    state: str
    nonce: str
    scope: tuple[str, ...]
    response_type: str
    response_mode: str
    challenge: str
    prompts: frozenset[str]
    max_age: int | None
    login_hint: str
    locale: str
    claims: ClaimsRequest
    level: Level | None
    level_required: bool
    account: str | None
    audience: tuple[str, ...]
    provider_hint: str
    details: tuple[Detail, ...] = ()
    # The handle of a launch by which the application was opened, as it brings it back.
    launch: str = ""
    # The key to which the code is bound, by its thumbprint.
    key: str = ""


Check = Callable[[Client, Parameters], OAuthError | None]


def check_repeated(_client: Client, parameters: Parameters) -> OAuthError | None:
    """RFC 6749 §3.1 (OA-007)."""
    if parameters.repeated:
        names = ", ".join(sorted(parameters.repeated)[:3])
        return OAuthError("invalid_request", f"given more than once: {names}")
    return None


def check_lengths(_client: Client, parameters: Parameters) -> OAuthError | None:
    """Values are bounded, and hold no control character (OA-010)."""
    for name in LONGEST:
        value = parameters.get(name)
        if value and not _is_bounded(name, value):
            return OAuthError("invalid_request", f"{name} is too long or holds control characters")
    return None


def echoed_state(parameters: Parameters) -> str:
    """The state as it came, or nothing: a cut one would be another state (OA-010)."""
    state = parameters.get("state")
    return state if _is_bounded("state", state) else ""


def _is_bounded(name: str, value: str) -> bool:
    return len(value) <= LONGEST[name] and VISIBLE.fullmatch(value) is not None


def check_objects(_client: Client, parameters: Parameters) -> OAuthError | None:
    """By whichever way it came, no other request is named in it (OA-090, OA-091)."""
    for name in OBJECTS:
        if parameters.get(name):
            return OAuthError(f"{name}_not_supported", f"{name} is not supported")
    return None


def check_response_type(client: Client, parameters: Parameters) -> OAuthError | None:
    """RFC 9700 §2.1.2: the code flow, and others where they are registered (OA-006)."""
    asked = in_order(parameters.get("response_type"))
    if not asked:
        return OAuthError("invalid_request", "response_type is missing")
    if not client.has_browser_logins:
        return OAuthError("unauthorized_client", "this client has no logins")
    if asked not in client.answers.types:
        known = ", ".join(client.answers.types)
        return OAuthError("unsupported_response_type", f"this client is registered for {known}")
    return None


def check_nonce(_client: Client, parameters: Parameters) -> OAuthError | None:
    """OIDC Core §3.2.2.1, §3.3.2.11: an ID token from here is tied to its request."""
    words = parameters.get("response_type").split(" ")
    if "id_token" not in words:
        return None
    if not parameters.get("nonce"):
        return OAuthError("invalid_request", "nonce is missing")
    if "openid" not in parameters.get("scope").split():
        return OAuthError("invalid_scope", "an ID token needs the scope openid")
    return None


def check_response_mode(_client: Client, parameters: Parameters) -> OAuthError | None:
    """OAuth 2.0 Multiple Response Types §2.1, §5 (OA-011)."""
    asked = parameters.get("response_mode")
    if asked not in {"", *MODES}:
        return OAuthError("invalid_request", f"response_mode is one of {', '.join(MODES)}")
    if asks_in_front(parameters) and asked.startswith("query"):
        return OAuthError("invalid_request", "tokens are not answered in the query")
    return None


def check_pkce(client: Client, parameters: Parameters) -> OAuthError | None:
    """RFC 7636 §4.3, RFC 9700 §2.1.1: S256 and nothing weaker (OA-036, OA-037, OA-038)."""
    challenge = parameters.get("code_challenge")
    if not challenge:
        if "code" not in parameters.get("response_type").split(" "):
            return None
        if client.requires_pkce or parameters.get("code_challenge_method"):
            return OAuthError("invalid_request", "code_challenge is missing (PKCE, RFC 7636)")
        return None
    if parameters.get("code_challenge_method") != "S256":
        return OAuthError("invalid_request", "code_challenge_method must be S256")
    if not CHALLENGE.fullmatch(challenge):
        return OAuthError("invalid_request", "code_challenge is not a SHA-256 in base64url")
    return None


def check_key(_client: Client, parameters: Parameters) -> OAuthError | None:
    """RFC 9449 §10: the thumbprint of a key (OA-116)."""
    key = parameters.get("dpop_jkt")
    if key and not CHALLENGE.fullmatch(key):
        return OAuthError("invalid_request", "dpop_jkt is not a SHA-256 in base64url")
    if key and "token" in parameters.get("response_type").split(" "):
        return OAuthError("invalid_request", "a token through the browser is bound to no key")
    return None


def check_prompt(_client: Client, parameters: Parameters) -> OAuthError | None:
    """OIDC Core §3.1.2.1: none stands alone."""
    prompts = set(parameters.get("prompt").split())
    if not prompts <= PROMPTS:
        return OAuthError("invalid_request", "prompt holds an unknown value")
    if "none" in prompts and len(prompts) > 1:
        return OAuthError("invalid_request", "prompt=none stands alone")
    return None


def check_max_age(_client: Client, parameters: Parameters) -> OAuthError | None:
    """A number of seconds, in plain digits."""
    value = parameters.get("max_age")
    if value and not DIGITS.fullmatch(value):
        return OAuthError("invalid_request", "max_age is not a number of seconds")
    return None


def check_scope(client: Client, parameters: Parameters) -> OAuthError | None:
    """RFC 6749 §3.3: narrowed to what is registered; nothing left is an error (OA-042)."""
    if not narrow(client, parameters.get("scope")):
        return OAuthError("invalid_scope", "no scope that this client may ask for")
    return None


def check_resource(client: Client, parameters: Parameters) -> OAuthError | None:
    """RFC 8707 §2: only audiences registered for the client (OA-043)."""
    if not set(parameters.all("resource")) <= set(client.audiences):
        return OAuthError("invalid_target", "resource is not registered for this client")
    return None


def check_details(client: Client, parameters: Parameters) -> OAuthError | None:
    """RFC 9396 §5: only types that the client is registered for."""
    text = parameters.get(DETAILS)
    return details_error(client, text) if text else None


def check_claims(_client: Client, parameters: Parameters) -> OAuthError | None:
    """OIDC Core §5.5: a JSON object of the documented shape."""
    if parse_claims(parameters.get("claims")) is None:
        return OAuthError("invalid_request", "claims is not the object of OIDC Core section 5.5")
    return None


def check_levels(_client: Client, parameters: Parameters) -> OAuthError | None:
    """OIDC Core §5.5.1.1: an essential acr that can't be met fails the request (OA-015)."""
    claims = parse_claims(parameters.get("claims")) or NO_CLAIMS
    if claims.levels_essential and lowest(claims.levels) is None:
        return OAuthError("unmet_authentication_requirements", "no such acr is known here")
    return None


# Each with the parameters that it is about: where none of them came, there is nothing to ask.
ALWAYS: Final[frozenset[str]] = frozenset()
CHECKS: Final[tuple[tuple[frozenset[str], Check], ...]] = (
    (ALWAYS, check_repeated),
    (ALWAYS, check_lengths),
    (frozenset(OBJECTS), check_objects),
    (ALWAYS, check_response_type),
    (frozenset({"response_mode"}), check_response_mode),
    (ALWAYS, check_nonce),
    (ALWAYS, check_pkce),
    (frozenset({"dpop_jkt"}), check_key),
    (frozenset({"prompt"}), check_prompt),
    (frozenset({"max_age"}), check_max_age),
    (ALWAYS, check_scope),
    (frozenset({"resource"}), check_resource),
    (frozenset({DETAILS}), check_details),
    (frozenset({"claims"}), check_claims),
    (frozenset({"claims"}), check_levels),
)


def narrow(client: Client, scope: str) -> tuple[str, ...]:
    """The asked scopes that the client is registered for, each once, in the order asked."""
    return tuple(dict.fromkeys(one for one in scope.split(" ") if one in client.scopes))


def first_error(client: Client, parameters: Parameters) -> OAuthError | None:
    """The first rule that the request breaks."""
    for about, check in CHECKS:
        if about and not parameters.holds(about):
            continue
        error = check(client, parameters)
        if error is not None:
            return error
    return None


def assign(
    client: Client, parameters: Parameters, redirect_uri: str, account: str | None
) -> AuthorizationRequest:
    """The request as a value; every check has passed."""
    claims = parse_claims(parameters.get("claims")) or NO_CLAIMS
    wished = parameters.get("acr_values").split()
    essential = claims.levels_essential
    max_age = parameters.get("max_age")
    details = parameters.get(DETAILS)
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        redirect_uri_given=bool(parameters.get("redirect_uri")),
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        scope=_given(client, parameters),
        response_type=in_order(parameters.get("response_type")),
        response_mode=mode_of(client.answers, parameters),
        challenge=parameters.get("code_challenge"),
        prompts=frozenset(parameters.get("prompt").split()),
        max_age=int(max_age) if max_age else None,
        login_hint=parameters.get("login_hint"),
        locale=parameters.get("ui_locales"),
        claims=claims,
        level=lowest(claims.levels) if essential else first_known([*claims.levels, *wished]),
        level_required=essential,
        account=account,
        audience=tuple(dict.fromkeys(parameters.all("resource"))) or client.audiences,
        details=(parse_details(details) or ()) if details else (),
        provider_hint=_provider_hint(parameters),
        launch=parameters.get("launch"),
        key=parameters.get("dpop_jkt"),
    )


def _given(client: Client, parameters: Parameters) -> tuple[str, ...]:
    """OIDC Core §11: what lasts is given by a code, and by nothing that comes in its place."""
    scope = narrow(client, parameters.get("scope"))
    kind = parameters.get("response_type")
    if LASTING in scope and kind and "code" not in kind.split(" "):
        return tuple(one for one in scope if one != LASTING)
    return scope


def answer_way(client: Client, mode: str) -> dict[str, object]:
    """How an answer reaches the application, as far as minting it must know."""
    if not mode.endswith(SIGNED):
        return {"mode": mode}
    algorithm = client.answers.algorithm or client.id_token_algorithm
    by: dict[str, object] = {"aud": client.id, "alg": algorithm}
    if to := client.encrypted.kept(client.encrypted.authorization):
        by["to"] = to
    return {"mode": mode, "signed": by}


def _provider_hint(parameters: Parameters) -> str:
    """By whom people should log in, in the words of brokers; one that makes no sense is none."""
    said = (parameters.get(name) for name in PROVIDER_HINTS)
    usable = (one for one in said if len(one) <= LONGEST_PROVIDER_HINT and VISIBLE.fullmatch(one))
    return next(filter(None, usable), "")


def lowest(values: tuple[str, ...]) -> Level | None:
    """The lowest level among essential values: any of them would do."""
    return min((LEVEL[value] for value in values if value in LEVEL), default=None)


def to_login(request: AuthorizationRequest, entropy: Entropy, now: int) -> LoginRequest:
    """The request in neutral words; what only the protocol understands rides along."""
    covering = {SCOPE_OF[name] for name in (*request.claims.userinfo, *request.claims.id_token)}
    allowed = request.client.scopes
    details = {mark_of(one): shown(one) for one in request.details}
    asked = dict.fromkeys([*request.scope, *(one for one in covering if one in allowed), *details])
    return LoginRequest(
        id=entropy.token(16),
        protocol="oidc",
        application=request.client.id,
        asked_at=now,
        level=request.level,
        level_required=request.level_required,
        force=bool(request.prompts & {"login", "select_account"}),
        silent="none" in request.prompts,
        max_age=request.max_age,
        hint=request.login_hint,
        account=request.account,
        locale=request.locale,
        begin_by=request.provider_hint,
        scope=tuple(one for one in asked if one != "openid"),
        details=details,
        ask_consent="consent" in request.prompts,
        lasting=lasting_life(request),
        payload=to_payload(request),
    )


def lasting_life(request: AuthorizationRequest) -> int:
    """For how long the application asks to be let in while the person is away; nothing: not."""
    lasting = request.client.lasting
    return lasting.life if lasting is not None and LASTING in request.scope else 0


def to_payload(request: AuthorizationRequest) -> dict[str, object]:
    """The protocol's own part of the request, kept with the journey and the code."""
    allowed = request.client.scopes
    payload: dict[str, object] = {
        "uri": request.redirect_uri,
        "uri_given": request.redirect_uri_given,
        "state": request.state,
        "nonce": request.nonce,
        "scope": list(request.scope),
        **answer_way(request.client, request.response_mode),
        "challenge": request.challenge,
        "audience": list(request.audience),
    }
    for place in ("userinfo", "id_token"):
        names = [one for one in getattr(request.claims, place) if SCOPE_OF[one] in allowed]
        if names:
            payload[place] = names
    if request.client.local_provider and request.level is not None:
        payload["wished"] = int(request.level)
    if request.response_type != CODE:
        payload["type"] = request.response_type
        if to := request.client.encrypted.kept(request.client.encrypted.id_token):
            payload["id_token_to"] = to
    rare: dict[str, object] = {
        "watched": request.client.watches and "openid" in request.scope,
        "details": list(request.details),
        "jkt": request.key,
        "launch": request.launch,
    }
    payload |= {name: value for name, value in rare.items() if value}
    if request.level_required:
        payload["levels"] = [one for one in request.claims.levels if one in LEVEL]
    return payload
