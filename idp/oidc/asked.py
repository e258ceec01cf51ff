# SPDX-License-Identifier: Apache-2.0
"""A request checked as a whole, alike where it is answered and where it is set aside."""

from dataclasses import dataclass, replace
from typing import Any, Final

from idp.accounts.subjects import Subjects
from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.keys.sign import verify_own
from idp.login.request import LoginRequest
from idp.oidc.claims import parse_claims
from idp.oidc.client import Client
from idp.oidc.errors import OAuthError
from idp.oidc.request import answer_way, assign, echoed_state, first_error, to_login
from idp.oidc.response_types import mode_of
from idp.oidc.ways import USED_UP, Came

LONGEST_HINT: Final = 16_384


@dataclass(frozen=True, slots=True)
class Misled:
    """A request whose sender is not known well enough to be answered by redirect."""

    problem: str
    hint: str


NOT_REGISTERED: Final = Misled(
    "application-misconfigured", "redirect_uri is not one registered for this client"
)


@dataclass(frozen=True, slots=True)
class Faulty:
    """A faulty request from a client and address that are known."""

    error: OAuthError
    client: Client
    payload: dict[str, Any]
    silent: bool


class Asked:
    """Checks requests."""

    def __init__(self, core: Core, subjects: Subjects) -> None:
        self._core = core
        self._subjects = subjects
        self._issuer = core.settings.server.issuer

    def read(self, client: Client, came: Came) -> LoginRequest | Misled | Faulty:
        """The verified request, or what to tell to whom, in the order of RFC 6749 §4.1.2.1."""
        parameters = came.parameters
        uri = redirect_uri(client, parameters)
        if uri is None:
            # OA-001, OA-004: never a redirect to an address that is not registered.
            return NOT_REGISTERED
        error = first_error(client, parameters)
        account = None
        if error is None:
            account, error = self._expected_account(client, parameters)
        if error is not None:
            return faulty(error, client, parameters, uri)
        request = assign(client, parameters, uri, account)
        login = to_login(request, self._core.entropy, self._core.clock.now())
        if came.once:
            login = replace(login, payload={**login.payload, USED_UP: came.once})
        return login

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


def redirect_uri(client: Client, parameters: Parameters) -> str | None:
    """Where the answer may go, or nothing."""
    asked = parameters.get("redirect_uri")
    if {"redirect_uri", "client_id"} & parameters.repeated:
        return None
    if asked:
        return asked if client.allows_redirect(asked) else None
    # OIDC Core §3.1.2.1 requires it; OAuth alone lets a single registered one stand.
    openid = "openid" in parameters.get("scope").split()
    only = client.redirect_uris[0] if len(client.redirect_uris) == 1 else None
    named = openid or client.profile or "redirect_uri" in parameters.values
    return None if named else only


def faulty(error: OAuthError, client: Client, parameters: Parameters, uri: str) -> Faulty:
    """What is told to a client by an address of its own."""
    payload = {
        "uri": uri,
        "state": echoed_state(parameters),
        **answer_way(client, mode_of(client.answers, parameters)),
    }
    return Faulty(error, client, payload, parameters.get("prompt") == "none")
