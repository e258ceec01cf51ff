# SPDX-License-Identifier: Apache-2.0
"""What is told of a device that asks, to whoever would agree."""

from typing import Any

from idp.login.request import LoginRequest
from idp.origin import network_of
from idp.web.account_page import Stamp
from idp.web.devices import describe_place
from idp.web.visit import Visit


def shown_device(visit: Visit, wished: LoginRequest) -> dict[str, Any]:
    """What tells the person whether it is their own device that asks."""
    asked = wished.device
    address = asked["address"]
    return {
        "code": asked["code"],
        "at": Stamp(int(asked["at"])),
        "place": describe_place(address),
        "near": network_of(address) == network_of(visit.call.origin.address),
    }
