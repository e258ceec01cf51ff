# SPDX-License-Identifier: Apache-2.0
"""What others encrypted to us (RFC 7516), opened strictly: one algorithm, limits before work."""

import re
from typing import Any, Final, Protocol

from joserfc import jwe
from joserfc.errors import JoseError

from idp.keys import compact
from idp.keys.algorithms import OPENS, Key

# OA-077: nothing packed, nothing derived from a password, no key wrapped by RSA.
CIPHERS: Final = ("A128CBC-HS256", "A256GCM", "A128GCM", "A256CBC-HS512")
HEADER: Final = frozenset({"alg", "enc", "kid", "epk"})
# RFC 7519 §5.2: that a signed token is inside; many libraries leave it out.
MAY_SAY: Final = frozenset({"cty", "typ"})
HEADER_SIZE: Final = 1024
POINT: Final = frozenset({"kty", "crv", "x", "y"})
# The key itself is agreed on, and none is wrapped: the second part is empty (RFC 7518 §4.6).
FORM: Final = re.compile(
    r"([A-Za-z0-9_-]+)\.\.[A-Za-z0-9_-]{16,22}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22,43}", re.ASCII
)


class Openers(Protocol):
    """Where the keys are: a `KeyStore`."""

    def opener(self, kid: str) -> Key | None:
        """The key of this kid."""


def is_envelope(token: str) -> bool:
    """Whether it has the five parts of one."""
    return token.count(".") == 4


def opened(token: str, store: Openers, longest: int) -> str | None:
    """The text within, where it was encrypted to one of our keys; None for whatever was wrong."""
    form = FORM.fullmatch(token) if len(token) <= longest else None
    if form is None or len(form[1]) > HEADER_SIZE:
        return None
    header = compact.read_object(form[1])
    key = _key(header, store) if header is not None else None
    if header is None or key is None:
        return None
    try:
        found = jwe.decrypt_compact(token, key, algorithms=[OPENS, header["enc"]])
        return (found.plaintext or b"").decode("ascii")
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _key(header: dict[str, Any], store: Openers) -> Key | None:
    if not HEADER <= header.keys() <= HEADER | MAY_SAY:
        return None
    kid, point = header["kid"], header["epk"]
    if header["alg"] != OPENS or header["enc"] not in CIPHERS or not isinstance(kid, str):
        return None
    if not isinstance(point, dict) or point.keys() != POINT:
        return None
    return store.opener(kid)
