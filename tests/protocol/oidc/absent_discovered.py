# SPDX-License-Identifier: Apache-2.0
"""What discovery says of asking for people elsewhere, each value exercised."""

from collections.abc import Callable
from typing import Any

from idp.applications.registration import read_registration
from idp.oidc.absent import ADDRESS, CIBA
from idp.oidc.client import check_client
from tests.cast import application
from tests.protocol.kit import Guest
from tests.protocol.oidc.absent import Caller, agreed, caller, signer
from tests.world import World


def delivery_modes(world: World, value: list[str]) -> None:
    """How applications are told: test_ciba_ping.py."""
    for mode in [*value, "push"]:
        address = {} if mode == "poll" else {ADDRESS: "https://guest.example/ping"}
        settings = {"grant_types": [CIBA], "backchannel_token_delivery_mode": mode, **address}
        read = read_registration(application("g", oidc=settings), frozenset({"password"}))
        assert bool(check_client(read)) is (mode == "push")


def absent_algorithms(world: World, value: list[str]) -> None:
    for algorithm in value:
        assert signer(world, algorithm).ask_signed(login_hint=f"by {algorithm}").status == 200


def user_codes(world: World, value: bool) -> None:
    one = caller(world)
    assert one.ask(login_hint="with a code", user_code="wrong").status == 200
    assert value is False


def given_elsewhere(world: World, client: Guest) -> dict[str, Any]:
    """What somebody's agreement elsewhere leads to."""
    one = Caller(world, client)
    return one.come(agreed(one, one.asked(scope="openid"))).json


ABSENT: dict[str, Callable[[World, Any], None]] = {
    "backchannel_token_delivery_modes_supported": delivery_modes,
    "backchannel_authentication_request_signing_alg_values_supported": absent_algorithms,
    "backchannel_user_code_parameter_supported": user_codes,
}
