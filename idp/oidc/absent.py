# SPDX-License-Identifier: Apache-2.0
"""How an application may ask for somebody who is elsewhere, as it is registered (CIBA §4)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from idp.applications.faults import What
from idp.oidc.asking import Asking, Unaskable
from idp.oidc.client_keys import ALGORITHMS
from idp.oidc.reading import Reading

CIBA: Final = "urn:openid:params:grant-type:ciba"
POLL: Final = "poll"
PING: Final = "ping"
# Tokens are never pushed: they are bound to whoever comes for them.
DELIVERY: Final = (POLL, PING)
MODE: Final = "backchannel_token_delivery_mode"
ADDRESS: Final = "backchannel_client_notification_endpoint"
ALGORITHM: Final = "backchannel_authentication_request_signing_alg"
# Ours: how often in ten minutes it may ask for one person, and the most that an operator may allow.
OFTEN: Final = "backchannel_requests_per_person"
USUAL, MOST = 5, 60
KNOWN = frozenset({MODE, ADDRESS, ALGORITHM, OFTEN})


class Uncallable(What):
    """What may be wrong with these settings."""

    CIBA_PROOF = "asking for people elsewhere needs a client that authenticates"
    PING_ADDRESS = "ping needs an address that is told"
    ASKS_OFTEN = "a whole number from 1 to {most} is expected"


@dataclass(frozen=True, slots=True)
class Absent:
    """How it asks, and how it hears that it may come."""

    # Where it is told; nothing where it asks by itself.
    address: str = ""
    must_sign: bool = False
    # Nothing: any that we verify.
    algorithm: str = ""
    often: int = USUAL

    @classmethod
    def read(
        cls, reading: Reading, grants: Collection[str], method: str, asking: Asking, profile: str
    ) -> Self:
        """The group of settings, each fault noted."""
        mode = reading.one_of(MODE, DELIVERY)
        address = reading.address(ADDRESS)
        algorithm = reading.one_of(ALGORITHM, ("", *ALGORITHMS))
        if CIBA in grants and method == "none":
            reading.note("grant_types", Uncallable.CIBA_PROOF)
        if mode == PING and not address:
            reading.note(ADDRESS, Uncallable.PING_ADDRESS)
        if algorithm and not asking.signs:
            reading.note(ALGORITHM, Unaskable.SIGNS_BY_KEYS)
        # CIBA §4: whoever registers an algorithm signs. FAPI-CIBA §5.2.2: so does its profile.
        by_profile = bool(profile) and CIBA in grants
        if by_profile and not asking.signs:
            reading.note("jwks", Unaskable.SIGNS_BY_KEYS)
        signs = bool(algorithm) or asking.must_sign or by_profile
        often = reading.settings.get(OFTEN, USUAL)
        if type(often) is not int or not 1 <= often <= MOST:
            reading.note(OFTEN, Uncallable.ASKS_OFTEN, most=str(MOST))
            often = USUAL
        return cls(address if mode == PING else "", signs, algorithm, often)
