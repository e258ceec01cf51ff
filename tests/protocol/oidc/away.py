# SPDX-License-Identifier: Apache-2.0
"""Somebody lets an application in while they are away, and goes."""

from typing import Any

from idp.chores import Chores
from tests.protocol.kit import ELSEWHERE, Guest, register, session_of, settled
from tests.world import Browser, RelyingParty, World

DAY = 86_400
SCOPE = "openid profile offline_access"


def lasting(world: World, **changes: Any) -> Guest:
    """An application that may have it."""
    return register(world, **{**changes, "oidc": {"refresh": "lasting"} | changes.get("oidc", {})})


def agreed(client: RelyingParty, browser: Browser, **changes: str | None) -> dict[str, Any]:
    """A whole login whose person agrees to it."""
    client.ask(browser, **{"scope": SCOPE, "prompt": "consent"} | changes)
    response = browser.submit("/consent", answer="accept")
    answer = client.redeem(client.answered(response)["code"])
    assert answer.status == 200, answer
    return answer.json


def gone(world: World, browser: Browser, why: str = "logout") -> None:
    """Their session has ended."""
    session = session_of(world, browser)
    with world.core.database.write() as tx:
        assert world.core.sessions.end(tx, session.id, why, ELSEWHERE)


def away(world: World, **changes: Any) -> tuple[Guest, dict[str, Any]]:
    """Somebody agreed and logged out; the application, and what it holds."""
    client, browser = lasting(world, **changes), settled(world)
    tokens = agreed(client, browser)
    gone(world, browser)
    return client, tokens


def refreshed(client: RelyingParty, token: str) -> str:
    """The next refresh token, or nothing."""
    answer = client.refresh(token)
    if answer.status == 200:
        return str(answer.json["refresh_token"])
    assert answer.json["error"] in {"invalid_grant", "invalid_client"}, answer
    return ""


def is_dead(client: RelyingParty, tokens: dict[str, Any]) -> bool:
    """Whether nothing of it gives anything any more."""
    given = {
        "userinfo": client.userinfo(tokens["access_token"]).status == 200,
        "access": client.introspect(tokens["access_token"]).json.get("active", False),
        "refresh": client.introspect(tokens["refresh_token"]).json.get("active", False),
        "new": bool(refreshed(client, tokens["refresh_token"])),
    }
    assert len(set(given.values())) == 1, given
    return not given["new"]


def tidied(world: World) -> None:
    """The chores were done once."""
    Chores(world.core).do()
