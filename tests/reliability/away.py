# SPDX-License-Identifier: Apache-2.0
"""Applications that act while their people are away, for faults to fall into."""

from typing import Any

from tests.protocol.oidc.away import SCOPE, agreed, lasting
from tests.protocol.oidc.proofs import code_form, refresh_form
from tests.reliability.operations import HTML, Operation, Scene, address, has_tokens, post
from tests.world import World

KEY = "night-work"


def let_in(world: World) -> Scene:
    """Somebody has just agreed; the application holds the code."""
    client = lasting(world, key=KEY)
    ready = Scene(world, world.browser(address(), **HTML), client)
    client.ask(ready.browser, scope=SCOPE, prompt="consent")
    ready.browser.log_in()
    answer = ready.browser.submit("/consent", answer="accept")
    ready.held["code"] = client.answered(answer)["code"]
    return ready


def with_tokens(world: World) -> Scene:
    """The application holds what lasts."""
    client = lasting(world, key=KEY)
    ready = Scene(world, world.browser(address(), **HTML), client)
    ready.browser.get("/account")
    ready.browser.log_in()
    ready.held |= agreed(client, ready.browser)
    return ready


def redeem(ready: Scene) -> Any:
    """The code at the token endpoint."""
    return post(ready, "/oidc/token", **code_form(ready.client, ready.held["code"]))


def refresh(ready: Scene) -> Any:
    """The next of what lasts."""
    return post(ready, "/oidc/token", **refresh_form(ready.held["refresh_token"]))


OPERATIONS = {
    "let in while away": Operation(let_in, redeem, has_tokens),
    "refreshed while away": Operation(with_tokens, refresh, has_tokens),
}
