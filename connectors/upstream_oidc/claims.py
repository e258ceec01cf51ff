# SPDX-License-Identifier: Apache-2.0
"""Any provider, by the names of claims that an administrator gave."""

from typing import Final

from connectors.base import Level
from connectors.introduced import UNTOLD, Introducing, Read
from connectors.openid.provider import Told


class ClaimsReader:
    """One provider."""

    untold: Final = UNTOLD

    def __init__(self, introducing: Introducing) -> None:
        self._introducing = introducing

    @property
    def highest(self) -> Level:
        """The most that any of its words is worth."""
        return self._introducing.highest

    def read(self, told: Told) -> Read | str:
        """Somebody, by the name that the provider signs."""
        signed = told.signed
        # What is signed is believed before what is only told.
        claims = {**told.told, **signed}
        return self._introducing.read(
            str(signed["iss"]), signed["sub"], signed.get("acr"), claims.get
        )
