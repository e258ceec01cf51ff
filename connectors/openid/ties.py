# SPDX-License-Identifier: Apache-2.0
"""The session elsewhere by which somebody came, in the words that its notices are read in, too."""

from typing import Final

from connectors.capabilities import Tie
from connectors.openid.upstream import Claims

LONGEST_NAME: Final = 255


def named(issuer: str, name: str) -> str:
    """What one of them calls somebody says nothing of whom another one calls so (BR-010)."""
    return f"{issuer} {name}"


def tie_of(issuer: str, signed: Claims, token: str = "", means: str = "") -> Tie:
    """What an ID token says of it, after every check."""
    session = signed.get("sid")
    told = isinstance(session, str) and 0 < len(session) <= LONGEST_NAME
    name = named(issuer, str(session)) if told else ""
    return Tie(named(issuer, str(signed["sub"])), name, token, means, int(signed["iat"]))
