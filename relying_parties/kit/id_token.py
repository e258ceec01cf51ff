# SPDX-License-Identifier: Apache-2.0
"""The ID token: every check of OIDC Core §3.1.3.7, as an ordered list of named ones."""

from collections.abc import Callable
from dataclasses import dataclass

from relying_parties.kit.levels import level_of
from relying_parties.kit.strict_json import Claims
from relying_parties.kit.tokens import half_hash, is_time, names_only, same

TYPES = frozenset({"", "jwt"})
LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the application knows before it looks at the token."""

    issuer: str
    client_id: str
    algorithm: str
    nonce: str
    access_token: str
    now: int
    leeway: int
    oldest: int
    level: int
    max_age: int | None = None
    authenticated_since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The ID token of the login, that one got with a refresh must continue."""

    issuer: str
    client_id: str
    subject: str
    nonce: str
    auth_time: int | None
    now: int
    leeway: int


def find_fault(claims: Claims, expected: Expected) -> str | None:
    """The name of the first check that fails, or None."""
    for name, holds in CHECKS:
        if not holds(claims, expected):
            return name
    return None


def level_reached(claims: Claims, expected: Expected) -> bool:
    """Whether the login is as strong as was asked; apart, because a person can do something."""
    return level_of(claims.get("acr")) >= expected.level


def continues(claims: Claims, original: Original) -> bool:
    """OIDC Core §12.2: a refreshed ID token speaks of the same login."""
    now, leeway = original.now, original.leeway
    return (
        claims.get("iss") == original.issuer
        and names_only(claims.get("aud"), original.client_id)
        and claims.get("sub") == original.subject
        and claims.get("nonce", original.nonce) == original.nonce
        and claims.get("auth_time", original.auth_time) == original.auth_time
        and is_time(claims.get("exp"))
        and claims["exp"] + leeway > now
        and is_time(claims.get("iat"))
        and claims["iat"] <= now + leeway
    )


def _issuer(claims: Claims, expected: Expected) -> bool:
    # Row OA-078: equality of text, never membership in a list.
    return same(claims.get("iss"), expected.issuer)


def _audience(claims: Claims, expected: Expected) -> bool:
    return names_only(claims.get("aud"), expected.client_id)


def _authorized_party(claims: Claims, expected: Expected) -> bool:
    return same(claims.get("azp", expected.client_id), expected.client_id)


def _subject(claims: Claims, _expected: Expected) -> bool:
    subject = claims.get("sub")
    return isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT


def _expiry(claims: Claims, expected: Expected) -> bool:
    expiry = claims.get("exp")
    return is_time(expiry) and expiry + expected.leeway > expected.now


def _issued_at(claims: Claims, expected: Expected) -> bool:
    issued = claims.get("iat")
    if not is_time(issued):
        return False
    age = expected.now - issued
    return -expected.leeway <= age <= expected.oldest + expected.leeway


def _not_before(claims: Claims, expected: Expected) -> bool:
    start = claims.get("nbf", expected.now)
    return is_time(start) and start <= expected.now + expected.leeway


def _nonce(claims: Claims, expected: Expected) -> bool:
    # Row BR-006: the token cannot switch this off (CVE-2026-114617).
    return same(claims.get("nonce"), expected.nonce)


def _access_token_hash(claims: Claims, expected: Expected) -> bool:
    if "at_hash" not in claims:
        return True
    return same(claims["at_hash"], half_hash(expected.access_token, expected.algorithm))


def _authentication_time(claims: Claims, expected: Expected) -> bool:
    when = claims.get("auth_time")
    if when is None:
        return expected.max_age is None and expected.authenticated_since is None
    if not is_time(when) or when > expected.now + expected.leeway:
        return False
    oldest = expected.authenticated_since or 0
    if expected.max_age is not None:
        oldest = max(oldest, expected.now - expected.max_age)
    return when >= oldest - expected.leeway


def _session_id(claims: Claims, _expected: Expected) -> bool:
    sid = claims.get("sid", "-")
    return isinstance(sid, str) and 0 < len(sid) <= LONGEST_SUBJECT


Check = Callable[[Claims, Expected], bool]
CHECKS: tuple[tuple[str, Check], ...] = (
    ("iss", _issuer),
    ("aud", _audience),
    ("azp", _authorized_party),
    ("sub", _subject),
    ("exp", _expiry),
    ("iat", _issued_at),
    ("nbf", _not_before),
    ("nonce", _nonce),
    ("at_hash", _access_token_hash),
    ("auth_time", _authentication_time),
    ("sid", _session_id),
)
