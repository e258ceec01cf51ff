# SPDX-License-Identifier: Apache-2.0
"""The logout token: every check of OpenID Connect Back-Channel Logout 1.0 §2.6 (BR-014)."""

from collections.abc import Callable, Mapping
from typing import Final

from connectors.openid.signed import is_time, same
from connectors.openid.upstream import Claims, Upstream

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
# RFC 8725 §3.11: a token of another kind that says what kind it is is none. Some say nothing.
KINDS: Final = frozenset({"logout+jwt", "application/logout+jwt", "jwt"})
LONGEST: Final = 255
# It is sent at once, or again by those who were not answered; then nobody means it any more.
OLDEST: Final = 600


def fault_in(claims: Claims, upstream: Upstream, now: int) -> str:
    """The name of the first check that fails; nothing where all hold."""
    return next((name for name, holds in CHECKS if not holds(claims, upstream, now)), "")


def is_kind(typ: object) -> bool:
    """Whether the header names this kind of token, or none in particular."""
    return typ is None or (isinstance(typ, str) and typ.lower() in KINDS)


def worthless_at(claims: Claims, upstream: Upstream) -> int:
    """From when on one that passed the checks passes them no more."""
    expiry, issued = int(claims["exp"]), int(claims["iat"])
    return min(expiry, issued + OLDEST + 1) + upstream.leeway


def _issuer(claims: Claims, upstream: Upstream, _now: int) -> bool:
    return same(claims.get("iss"), upstream.issuer)


def _audience(claims: Claims, upstream: Upstream, _now: int) -> bool:
    client = upstream.client_id
    return claims.get("aud") in (client, [client])


def _issued_at(claims: Claims, upstream: Upstream, now: int) -> bool:
    issued, leeway = claims.get("iat"), upstream.leeway
    return is_time(issued) and -leeway <= now - issued <= OLDEST + leeway


def _expiry(claims: Claims, upstream: Upstream, now: int) -> bool:
    expiry = claims.get("exp")
    return is_time(expiry) and expiry + upstream.leeway > now


def _not_before(claims: Claims, upstream: Upstream, now: int) -> bool:
    start = claims.get("nbf", now)
    return is_time(start) and start <= now + upstream.leeway


def _events(claims: Claims, _upstream: Upstream, _now: int) -> bool:
    # §2.4: its value is an object, and should be an empty one.
    events = claims.get("events")
    return isinstance(events, Mapping) and isinstance(events.get(EVENT), Mapping)


def _no_nonce(claims: Claims, _upstream: Upstream, _now: int) -> bool:
    # An ID token passes for no logout, whatever else is in it.
    return "nonce" not in claims


def _whom(claims: Claims, _upstream: Upstream, _now: int) -> bool:
    named = [claims[name] for name in ("sub", "sid") if name in claims]
    return bool(named) and all(_is_name(one) for one in named)


def _once(claims: Claims, _upstream: Upstream, _now: int) -> bool:
    return _is_name(claims.get("jti"))


def _is_name(value: object) -> bool:
    # BR-010: nobody's, a number, an empty one: it would name more than one.
    return isinstance(value, str) and 0 < len(value) <= LONGEST


CHECKS: Final[tuple[tuple[str, Callable[[Claims, Upstream, int], bool]], ...]] = (
    ("iss", _issuer),
    ("aud", _audience),
    ("iat", _issued_at),
    ("exp", _expiry),
    ("nbf", _not_before),
    ("events", _events),
    ("nonce", _no_nonce),
    ("sub, sid", _whom),
    ("jti", _once),
)
