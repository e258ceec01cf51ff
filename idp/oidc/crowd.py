# SPDX-License-Identifier: Apache-2.0
"""How much anybody may have kept here in the name of a client that keeps no secret."""

from dataclasses import dataclass
from typing import Final

from idp.credentials import throttle
from idp.credentials.throttle import Limits, Verdict
from idp.db import Tx
from idp.http.services import Core
from idp.oidc.token_server import ProtocolError

FULL: Final = "temporarily_unavailable"
TOO_MANY: Final = 429
MINUTE: Final = 60
NEVER: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Room:
    """How many a minute may come from one address, and from all of its network."""

    address: int
    network: int


# Of clients that keep no secret, where anybody sends: few enough that no address, nor a network of
# them, takes half of what one client may have kept, for as long as it is kept; a hospital's many
# phones have one address. What a device asks for is kept ten times as long as what is set aside.
ROOMS: Final = {"pushed": Room(300, 1200), "device_authorization": Room(30, 150)}


class Crowd:
    """Counts what comes to one endpoint."""

    def __init__(self, core: Core, endpoint: str) -> None:
        self._core = core
        self._endpoint = endpoint

    def count(self, tx: Tx, address: str) -> None:
        """Nobody keeps the others out who cannot show that they are this client."""
        room, now = ROOMS[self._endpoint], self._core.clock.now()
        for key, most in (
            (throttle.address_key(address, self._endpoint), room.address),
            (throttle.network_key(address, self._endpoint), room.network),
        ):
            limits = Limits(most, MINUTE, MINUTE, 0, NEVER, MINUTE)
            ruling = throttle.reserve(tx, key, limits, now).ruling
            if ruling.verdict is not Verdict.FREE:
                hint = "too many requests come from this address"
                wait = max(ruling.until - now, 1)
                raise ProtocolError(FULL, hint, TOO_MANY, retry_after=wait)
