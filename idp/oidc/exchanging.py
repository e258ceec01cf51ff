# SPDX-License-Identifier: Apache-2.0
"""Whose place an application may take, and towards whom (RFC 8693): its settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.applications.faults import What
from idp.grants.tokens import Token
from idp.oidc.reading import Reading

EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
EXCHANGING: Final = frozenset({"exchange_audiences", "exchange_impersonates"})
# How many may act one for the other.
DEEPEST: Final = 4


class Unexchangeable(What):
    """What may be wrong with these settings."""

    EXCHANGE_PROOF = "token exchange needs a client that authenticates"
    EXCHANGE_TARGET = "token exchange needs at least one audience"
    EXCHANGE_GRANT = "is of use with the grant of token exchange alone"


@dataclass(frozen=True, slots=True)
class Exchanging:
    """For whom it may exchange a token that it was shown."""

    audiences: tuple[str, ...] = ()
    # Whether nobody is told that it acts for the person: otherwise always.
    impersonates: bool = False

    @classmethod
    def read(cls, reading: Reading, grants: tuple[str, ...], method: str) -> "Exchanging":
        """From the settings."""
        audiences = reading.texts("exchange_audiences")
        impersonates = reading.switch("exchange_impersonates")
        registered = EXCHANGE in grants
        if not registered:
            for name, given in (
                ("exchange_audiences", audiences),
                ("exchange_impersonates", impersonates),
            ):
                if given:
                    reading.note(name, Unexchangeable.EXCHANGE_GRANT)
        elif not audiences:
            reading.note("exchange_audiences", Unexchangeable.EXCHANGE_TARGET)
        if registered and method == "none":
            reading.note("grant_types", Unexchangeable.EXCHANGE_PROOF)
        return cls(audiences, impersonates)


NO_EXCHANGE: Final = Exchanging()


def acting(token: Token) -> Mapping[str, Any]:
    """RFC 8693 §4.1: who acts with a token, and for whom before; nothing where nobody does."""
    if not token.actor:
        return {}
    found: Mapping[str, Any] = json.loads(token.actor).get("act", {})
    return found


def depth(act: Mapping[str, Any]) -> int:
    """How many act one for the other."""
    found = 0
    while act:
        found, act = found + 1, act.get("act", {})
    return found
