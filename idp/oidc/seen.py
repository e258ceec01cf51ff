# SPDX-License-Identifier: Apache-2.0
"""A request as whoever connects an application wants to read it: neither secrets nor people."""

from idp.applications.seen import NOBODY
from idp.http.parameters import Parameters
from idp.http.services import Core
from idp.http.wire import Call
from idp.oidc.client_auth import Unauthenticated, present
from idp.oidc.token_server import WireRequest

# As they were sent.
SHOWN = (
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "prompt",
    "max_age",
    "acr_values",
    "code_challenge_method",
    "dpop_jkt",
    "ui_locales",
    "kc_idp_hint",
    "domain_hint",
    "grant_type",
    "resource",
    "audience",
    "requested_token_type",
    "subject_token_type",
    "actor_token_type",
    "requested_expiry",
)
# Of these, that they were sent: they name people, or are worth something.
GIVEN = (
    "state",
    "nonce",
    "code_challenge",
    "code_verifier",
    "code",
    "refresh_token",
    "login_hint",
    "id_token_hint",
    "claims",
    "request",
    "request_uri",
    "authorization_details",
    "login_hint_token",
    "binding_message",
    "user_code",
    "client_notification_token",
    "auth_req_id",
    "client_secret",
    "client_assertion",
    "device_code",
    "subject_token",
    "actor_token",
    "assertion",
)


def facts_of(endpoint: str, method: str, parameters: Parameters) -> dict[str, str]:
    """What was read."""
    values = parameters.values
    facts = {"Endpoint": f"{method} {endpoint}"}
    facts |= {name: values[name] for name in SHOWN if values.get(name)}
    facts |= dict.fromkeys((name for name in GIVEN if values.get(name)), "given")
    if parameters.repeated:
        facts["Given twice"] = " ".join(sorted(one for one in parameters.repeated if one in KNOWN))
    return facts


class TokenNotes:
    """Notes what the endpoints that applications post to refuse."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def __call__(self, request: WireRequest, fault: str) -> None:
        """One refusal; where nobody is registered, for all who connect one."""
        call, parameters = request.call, request.parameters
        facts = facts_of(call.path.rpartition("/")[2], call.method, parameters)
        named = request.client.id if request.client is not None else _named(call, parameters)
        if not named:
            return
        with self._core.database.read() as tx:
            known = self._core.applications.load(tx, named)
        if known is not None and known.protocol == "oidc":
            self._core.seen.refused(named, {"client_id": named, **facts}, fault)
        else:
            self._core.seen.refused(NOBODY, {"client_id": named, **facts}, fault, named)


def _named(call: Call, parameters: Parameters) -> str:
    """Whose request it says it is."""
    presented = present(call, parameters)
    found = parameters.get("client_id")
    return found if isinstance(presented, Unauthenticated) else presented.client_id


KNOWN = frozenset((*SHOWN, *GIVEN))
