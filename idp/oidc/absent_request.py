# SPDX-License-Identifier: Apache-2.0
"""A request for somebody who is elsewhere, rule by rule (CIBA §7.1)."""

import re
from collections.abc import Callable
from typing import Final
from unicodedata import bidirectional, category

from idp.grants.approvals import LIFE, LONGEST_LIFE
from idp.http.parameters import Parameters
from idp.oidc.client import Client
from idp.oidc.details import UNREADABLE
from idp.oidc.errors import OAuthError
from idp.oidc.request import check_details, check_lengths, check_resource, narrow

HINTS: Final = ("login_hint", "login_hint_token", "id_token_hint")
LONGEST_MESSAGE: Final = 128
# RFC 6750 §2.1, as long as CIBA §7.1 lets it be.
BEARER: Final = re.compile(r"(?=.{1,1024}\Z)[A-Za-z0-9._~+/-]+=*")
SECONDS: Final = re.compile(r"[1-9][0-9]{0,8}")
# Lines, paragraphs, and letters that turn the order in which the others are read.
LINES: Final = frozenset({"Zl", "Zp"})
TURNED: Final = frozenset({"R", "AL"})

Check = Callable[[Client, Parameters], OAuthError | None]


def check_scope(client: Client, parameters: Parameters) -> OAuthError | None:
    """CIBA §7.1: an ID token is what this is for."""
    if "openid" not in narrow(client, parameters.get("scope")):
        return OAuthError("invalid_scope", "scope holds no openid that this client may ask for")
    return None


def check_hints(_client: Client, parameters: Parameters) -> OAuthError | None:
    """CIBA §7.1: one, and no more (OA-144)."""
    given = [name for name in HINTS if parameters.get(name)]
    if len(given) != 1:
        return OAuthError("invalid_request", f"one of {', '.join(HINTS)} is needed, and only one")
    if given == ["login_hint_token"]:
        return OAuthError("invalid_request", "login_hint_token is not supported")
    return None


def check_bearer(client: Client, parameters: Parameters) -> OAuthError | None:
    """CIBA §7.1: by which the client knows that it is we who tell it."""
    bearer = parameters.get("client_notification_token")
    if client.absent.address and not BEARER.fullmatch(bearer):
        hint = "client_notification_token is missing, too long, or no bearer token"
        return OAuthError("invalid_request", hint)
    return None


def check_message(_client: Client, parameters: Parameters) -> OAuthError | None:
    """CIBA §7.1: plain and short, since a person compares it (OA-144)."""
    message = parameters.get("binding_message")
    if len(message) > LONGEST_MESSAGE or not all(map(_is_plain, message)):
        hint = f"binding_message is at most {LONGEST_MESSAGE} characters on one line, read one way"
        return OAuthError("invalid_binding_message", hint)
    return None


def _is_plain(letter: str) -> bool:
    kind = category(letter)
    return kind not in UNREADABLE and kind not in LINES and bidirectional(letter) not in TURNED


def check_expiry(_client: Client, parameters: Parameters) -> OAuthError | None:
    """CIBA §7.1: a positive number of seconds."""
    value = parameters.get("requested_expiry")
    if value and not SECONDS.fullmatch(value):
        return OAuthError("invalid_request", "requested_expiry is not a positive number of seconds")
    return None


CHECKS: Final[tuple[Check, ...]] = (
    check_lengths,
    check_scope,
    check_hints,
    check_bearer,
    check_message,
    check_expiry,
    check_resource,
    check_details,
)


def first_error(client: Client, parameters: Parameters) -> OAuthError | None:
    """The first rule that the request breaks."""
    return next((error for check in CHECKS if (error := check(client, parameters))), None)


def life_of(parameters: Parameters) -> int:
    """For how long it waits: as asked, within reason."""
    asked = parameters.get("requested_expiry")
    return min(int(asked), LONGEST_LIFE) if asked else LIFE
