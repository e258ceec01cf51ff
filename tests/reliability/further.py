# SPDX-License-Identifier: Apache-2.0
"""Going on elsewhere for a person, and the word of others, for faults to fall into."""

from typing import Any

from tests.protocol.kit import Guest, register
from tests.protocol.oidc.exchanging import ACCESS, READ
from tests.protocol.oidc.exchanging import GRANT as EXCHANGE
from tests.protocol.oidc.signing import new_key
from tests.protocol.oidc.test_bearer_grant import GRANT as BEARER
from tests.protocol.oidc.test_bearer_grant import assertion, vouched
from tests.reliability.operations import Operation, Scene, has_tokens, post, settle
from tests.world import World

SERVICE, HEARER = "going-on", "hearer"
APPLICATIONS = frozenset({SERVICE, HEARER})
KEY = new_key("ES256")
known: dict[int, tuple[World, Guest, Guest]] = {}


def set_up(world: World) -> tuple[Guest, Guest]:
    """The applications of one world."""
    found = known.get(id(world))
    if found is None or found[0] is not world:
        known.clear()
        oidc = {
            "grant_types": ["authorization_code", EXCHANGE],
            "scopes": ["openid", READ],
            "exchange_audiences": ["resource"],
        }
        service = register(world, key=SERVICE, oidc=oidc)
        known[id(world)] = (world, service, vouched(world, KEY, key=HEARER))
    return known[id(world)][1:]


def with_access(world: World) -> Scene:
    """An application that holds a person's token."""
    client, _ = set_up(world)
    browser = settle(world, world.browser())
    return Scene(world, browser, client, client.tokens(browser, scope=f"openid {READ}"))


def with_word(world: World) -> Scene:
    """An application that holds the word of others."""
    _, client = set_up(world)
    return Scene(world, world.browser(), client, {"assertion": assertion(world, KEY)})


def exchange(ready: Scene) -> Any:
    """One token for another."""
    shown = ready.held["access_token"]
    return post(
        ready, "/oidc/token", grant_type=EXCHANGE, subject_token=shown, subject_token_type=ACCESS
    )


def hear(ready: Scene) -> Any:
    """The word of others at the token endpoint."""
    return post(ready, "/oidc/token", grant_type=BEARER, assertion=ready.held["assertion"])


OPERATIONS = {
    "token exchanged": Operation(with_access, exchange, has_tokens),
    "word of others": Operation(with_word, hear, has_tokens),
}
