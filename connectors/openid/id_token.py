# SPDX-License-Identifier: Apache-2.0
"""The ID token: every check of OIDC Core §3.1.3.7, as an ordered list of named ones (BR-006)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from connectors.openid.signed import half_hash, is_time, same
from connectors.openid.upstream import Claims, Upstream

LONGEST_SUBJECT: Final = 255
# Made for us a moment ago, not kept somewhere for a day on which it is of use.
OLDEST: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known before the token is looked at."""

    upstream: Upstream
    access_token: str = field(repr=False)
    # Empty where none was sent: a provider asked behind the person's back (CIBA).
    nonce: str
    now: int
    # They must have proved themselves since this moment; 0 where any moment will do.
    since: int = 0


def fault_in(claims: Claims, expected: Expected) -> str:
    """The name of the first check that fails; nothing where all hold."""
    return next((name for name, holds in CHECKS if not holds(claims, expected)), "")


def _issuer(claims: Claims, expected: Expected) -> bool:
    return same(claims.get("iss"), expected.upstream.issuer)


def _audience(claims: Claims, expected: Expected) -> bool:
    # Step 3: an audience that we do not know is one that we do not trust.
    client = expected.upstream.client_id
    return claims.get("aud") in (client, [client])


def _authorized_party(claims: Claims, expected: Expected) -> bool:
    client = expected.upstream.client_id
    return same(claims.get("azp", client), client)


def _subject(claims: Claims, _expected: Expected) -> bool:
    # BR-010: nobody's, a number, an empty one: no two people may share it.
    subject = claims.get("sub")
    return isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT


def _expiry(claims: Claims, expected: Expected) -> bool:
    expiry = claims.get("exp")
    return is_time(expiry) and expiry + expected.upstream.leeway > expected.now


def _issued_at(claims: Claims, expected: Expected) -> bool:
    issued, leeway = claims.get("iat"), expected.upstream.leeway
    return is_time(issued) and -leeway <= expected.now - issued <= OLDEST + leeway


def _not_before(claims: Claims, expected: Expected) -> bool:
    start = claims.get("nbf", expected.now)
    return is_time(start) and start <= expected.now + expected.upstream.leeway


def _nonce(claims: Claims, expected: Expected) -> bool:
    # The token cannot switch this off (CVE-2026-114617).
    return not expected.nonce or same(claims.get("nonce"), expected.nonce)


def _access_token_hash(claims: Claims, expected: Expected) -> bool:
    if "at_hash" not in claims:
        return True
    # BR-007: by the algorithm that was settled, so that an unknown one has no way to pass.
    wanted = half_hash(expected.access_token, expected.upstream.algorithm)
    return same(claims["at_hash"], wanted)


def _authenticated_at(claims: Claims, expected: Expected) -> bool:
    when, leeway = claims.get("auth_time"), expected.upstream.leeway
    if when is None:
        return not expected.since
    return is_time(when) and expected.since - leeway <= when <= expected.now + leeway


CHECKS: Final[tuple[tuple[str, Callable[[Claims, Expected], bool]], ...]] = (
    ("iss", _issuer),
    ("aud", _audience),
    ("azp", _authorized_party),
    ("sub", _subject),
    ("exp", _expiry),
    ("iat", _issued_at),
    ("nbf", _not_before),
    ("nonce", _nonce),
    ("at_hash", _access_token_hash),
    ("auth_time", _authenticated_at),
)
