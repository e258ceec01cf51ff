# SPDX-License-Identifier: Apache-2.0
"""The logout token: OIDC Back-Channel Logout 1.0 §2.6, all of it."""

from dataclasses import dataclass

from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.strict_json import Claims
from relying_parties.kit.tokens import Unacceptable, is_time, names_only, same

# Explicit typing keeps an ID token from ending sessions, and this token from opening one.
TYPES = frozenset({"logout+jwt"})
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """What a good logout token says, and until when its `jti` must be remembered.

    No session named means all of the subject's.
    """

    issuer: str
    sids: tuple[str, ...]
    subject: str | None
    jti: str
    remember_until: int


def read_notice(
    claims: Claims, provider: Provider, limits: Limits, now: int
) -> LogoutNotice | Unacceptable:
    """The notice in a verified token's claims, or why it is none."""
    fault = _find_fault(claims, provider, limits, now)
    if fault is not None:
        return Unacceptable(fault)
    return LogoutNotice(
        issuer=claims["iss"],
        sids=(claims["sid"],) if "sid" in claims else (),
        subject=claims.get("sub"),
        jti=claims["jti"],
        # Longer than any time at which the same token would still pass the check of `iat`.
        remember_until=now + limits.token_age + 3 * limits.clock_leeway,
    )


def _find_fault(claims: Claims, provider: Provider, limits: Limits, now: int) -> str | None:
    leeway = limits.clock_leeway
    if not same(claims.get("iss"), provider.issuer):
        return "iss"
    if not names_only(claims.get("aud"), provider.client_id):
        return "aud"
    if not is_time(claims.get("iat")) or not _recent(now - claims["iat"], limits):
        return "iat"
    if not is_time(claims.get("exp")) or claims["exp"] + leeway <= now:
        return "exp"
    if not _is_name(claims.get("jti")):
        return "jti"
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        return "events"
    named = [claims[name] for name in ("sid", "sub") if name in claims]
    if not named or not all(_is_name(value) for value in named):
        return "sid or sub"
    # §2.4: a nonce is forbidden, so that an ID token can never be used here.
    return "nonce" if "nonce" in claims else None


def _recent(age: int, limits: Limits) -> bool:
    return -limits.clock_leeway <= age <= limits.token_age + limits.clock_leeway


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME
