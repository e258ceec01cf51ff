# SPDX-License-Identifier: Apache-2.0
"""What a device without a browser and its person do, for faults to fall into."""

from typing import Any

from tests.protocol.kit import Guest
from tests.protocol.oidc.devices import GRANT, approve, asked, television, type_code
from tests.reliability.operations import Operation, Scene, fill_in, has_tokens, post, settle
from tests.world import World

KEY = "television"
known: dict[int, tuple[World, Guest]] = {}


def set_up(world: World) -> Guest:
    """The application of one world."""
    found = known.get(id(world))
    if found is None or found[0] is not world:
        known.clear()
        known[id(world)] = (world, television(world, key=KEY))
    return known[id(world)][1]


def at_the_question(world: World) -> Scene:
    """The code was typed, and the page asks."""
    client = set_up(world)
    ready = Scene(world, settle(world, world.browser()), client)
    type_code(ready.browser, asked(client)["user_code"])
    ready.held["form"] = ready.browser.form("/consent")
    return ready


def approved(world: World) -> Scene:
    """The person agreed."""
    client = set_up(world)
    given = asked(client)
    approve(settle(world, world.browser()), given)
    return Scene(world, world.browser(), client, given)


def redeem(ready: Scene) -> Any:
    """The device comes for its tokens."""
    code = ready.held["device_code"]
    return post(ready, "/oidc/token", grant_type=GRANT, device_code=code)


def is_done(answer: Any) -> bool:
    return answer.status_code == 303 and answer.headers["Location"].endswith("/device/done")


OPERATIONS = {
    "device connected": Operation(at_the_question, lambda r: fill_in(r, answer="accept"), is_done),
    "device redeemed": Operation(approved, redeem, has_tokens),
}
