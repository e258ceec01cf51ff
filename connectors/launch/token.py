# SPDX-License-Identifier: Apache-2.0
"""A launch on the wire: one signed token, read in one way only.

What is wrong is named by one word, for whoever connects the software; nobody is shown it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError

from connectors.launch.keys import SourceKeys
from connectors.launch.told import read_launch
from connectors.launches import Launch, LaunchSource, NotLaunched
from connectors.launches import LaunchFault as Fault
from connectors.openid.signed import is_time, same
from connectors.openid.upstream import Failed
from connectors.strict_json import read_object, to_bytes

# RFC 8725 §3.11: another kind of token that the software signed is no launch.
TYPE: Final = "launch+jwt"
LONGEST: Final = 16 * 1024
LONGEST_NAME: Final = 256
PARTS: Final = 3
# So old it may be, and so far two clocks may be apart.
AGE: Final = 60
LEEWAY: Final = 10
# RFC 8725 §3.10: neither a key nor where to find one is taken from the token itself.
HEADER: Final = frozenset({"alg", "typ", "kid"})
Claims = Mapping[str, object]


def read_token(
    token: str,
    find: Callable[[str], LaunchSource | None],
    keys: SourceKeys,
    audience: str,
    now: int,
) -> Launch | NotLaunched:
    """The launch of a token that holds in every way but that it may have come before."""
    parts = token.split(".") if len(token) <= LONGEST and token.isascii() else []
    header = _object(parts[0]) if len(parts) == PARTS else None
    claims = _object(parts[1]) if header is not None else None
    if header is None or claims is None:
        return NotLaunched(Fault.FORM)
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not 0 < len(issuer) <= LONGEST_NAME:
        return NotLaunched(Fault.ISSUER)
    source = find(issuer)
    if source is None:
        return NotLaunched(Fault.ISSUER, claimed=issuer)
    fault = _wrong_header(header, source) or _unsigned(token, header, source, keys)
    if fault is not None:
        return NotLaunched(fault, claimed=issuer)
    fault = _wrong_frame(claims, audience, now)
    if fault is not None:
        return NotLaunched(fault, source)
    found = read_launch(claims, source, until=_last_moment(claims))
    return NotLaunched(found, source) if isinstance(found, Fault) else found


def facts_of(token: str) -> dict[str, str]:
    """What it says of itself, believed by nobody, and nothing of people."""
    parts = token.split(".") if len(token) <= LONGEST and token.isascii() else []
    if len(parts) != PARTS:
        return {}
    header, claims = _object(parts[0]) or {}, _object(parts[1]) or {}
    told = {name: header.get(name) for name in ("typ", "alg", "kid")}
    told |= {name: claims.get(name) for name in ("iss", "aud", "application", "iat", "exp")}
    return {name: str(one)[:LONGEST_NAME] for name, one in told.items() if _is_plain(one)}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _wrong_header(header: Claims, source: LaunchSource) -> Fault | None:
    kind = header.get("typ")
    if not isinstance(kind, str) or kind.lower() != TYPE:
        return Fault.TYPE
    if not header.keys() <= HEADER:
        return Fault.HEADER
    # OA-070: compared with what was registered, never with what the token would like.
    return None if same(header.get("alg"), source.algorithm) else Fault.ALGORITHM


def _unsigned(token: str, header: Claims, source: LaunchSource, keys: SourceKeys) -> Fault | None:
    name = header.get("kid", "")
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        return Fault.HEADER
    key = keys.find(source, name)
    if isinstance(key, Failed):
        return Fault.KEYS_NOT_READ
    if key is None:
        return Fault.KEY
    try:
        jws.deserialize_compact(token, key, algorithms=[source.algorithm])
    except (JoseError, ValueError, TypeError):
        return Fault.SIGNATURE
    return None


def _wrong_frame(claims: Claims, audience: str, now: int) -> Fault | None:
    """For us alone, of this minute, and with a name of its own."""
    # An array of audiences is refused: no other server shares a launch.
    if not same(claims.get("aud"), audience):
        return Fault.AUDIENCE
    issued, expires = claims.get("iat"), claims.get("exp")
    if not is_time(issued) or not is_time(expires) or expires > issued + AGE:
        return Fault.TIMES
    if max(issued, _not_before(claims)) > now + LEEWAY:
        return Fault.FUTURE
    if min(expires, issued + AGE) + LEEWAY <= now:
        return Fault.OLD
    name = claims.get("jti")
    good = isinstance(name, str) and 16 <= len(name) <= LONGEST_NAME and name.isprintable()
    return None if good else Fault.NAME


def _not_before(claims: Claims) -> int:
    moment = claims.get("nbf", 0)
    # What is no moment is none that has come.
    return moment if moment == 0 or is_time(moment) else 1 << 40


def _last_moment(claims: Claims) -> int:
    """Past this, it would be refused as old: its name must be remembered until then."""
    expires = claims["exp"]
    return expires + 2 * LEEWAY if is_time(expires) else 0


def _object(segment: str) -> dict[str, object] | None:
    raw = to_bytes(segment)
    try:
        return read_object(raw.decode("utf-8"), LONGEST) if raw is not None else None
    except UnicodeDecodeError:
        return None
