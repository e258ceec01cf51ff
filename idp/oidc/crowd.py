# SPDX-License-Identifier: Apache-2.0
"""How much anybody may have kept here in the name of a client that keeps no secret."""

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
# Of clients that keep no secret, where anybody sends: few enough that no address, nor a network of
# them, takes all that one client may set aside; a hospital's many phones have one address.
MOST_OF_ADDRESS: Final = 300
MOST_OF_NETWORK: Final = 1500


class Crowd:
    """Counts what comes to one endpoint."""

    def __init__(self, core: Core, endpoint: str) -> None:
        self._core = core
        self._endpoint = endpoint

    def count(self, tx: Tx, address: str) -> None:
        """Nobody keeps the others out who cannot show that they are this client."""
        now = self._core.clock.now()
        for key, most in (
            (throttle.address_key(address, self._endpoint), MOST_OF_ADDRESS),
            (throttle.network_key(address, self._endpoint), MOST_OF_NETWORK),
        ):
            limits = Limits(most, MINUTE, MINUTE, 0, NEVER, MINUTE)
            ruling = throttle.reserve(tx, key, limits, now).ruling
            if ruling.verdict is not Verdict.FREE:
                hint = "too many requests are set aside from this address"
                wait = max(ruling.until - now, 1)
                raise ProtocolError(FULL, hint, TOO_MANY, retry_after=wait)
