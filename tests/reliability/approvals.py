# SPDX-License-Identifier: Apache-2.0
"""What applications and people do with requests for somebody elsewhere, for faults to fall into."""

from typing import Any

from tests.protocol.kit import Guest, register
from tests.protocol.oidc.absent import ASK, GRANTS, PAGE
from tests.reliability.operations import HTML, Operation, Scene, address, has_tokens, post
from tests.world import World

KEY = "calling"
OIDC: dict[str, Any] = {"redirect_uris": [], "grant_types": GRANTS, "scopes": ["openid"]}
WISH = {"scope": "openid", "login_hint": "cdurand"}


def asking(world: World) -> Scene:
    """An application whose people are elsewhere, and one of them who has just logged in."""
    client: Guest = register(world, KEY, oidc=OIDC)
    with world.core.database.write() as tx:
        # As if it were hours later: the same person is asked again and again here.
        tx.exec_driver_sql("DELETE FROM quotas")
        tx.exec_driver_sql("DELETE FROM approvals")
    ready = Scene(world, world.browser(address(), **HTML), client)
    ready.browser.get("/account")
    ready.browser.log_in()
    return ready


def asked(world: World) -> Scene:
    """The page shows it."""
    ready = asking(world)
    answer = ready.client.post(ASK, WISH)
    ready.held["auth_req_id"] = answer.json["auth_req_id"]
    ready.browser.get(PAGE)
    url = ready.browser.page.select_one(f"#requests a[href^='{PAGE}/']")["href"]
    ready.browser.get(url)
    ready.held["agree"] = ready.browser.form("/agree")
    ready.held["refuse"] = ready.browser.form("/refuse")
    return ready


def decided(world: World) -> Scene:
    """The person has agreed."""
    ready = asked(world)
    assert says("agreed")(press(ready, "agree"))
    return ready


def press(ready: Scene, word: str) -> Any:
    """The button, and no redirect followed."""
    url, fields = ready.held[word]
    return ready.browser.request("POST", url, data=fields)


def says(word: str) -> Any:
    """Whether the person is told that this was done."""
    return lambda answer: answer.headers.get("Location", "").endswith(f"?done={word}")


def take(ready: Scene) -> Any:
    """The application comes."""
    grant = GRANTS[0]
    handle = ready.held["auth_req_id"]
    return post(ready, "/oidc/token", grant_type=grant, auth_req_id=handle)


OPERATIONS = {
    "asked elsewhere": Operation(
        asking,
        lambda ready: post(ready, ASK, **WISH),
        lambda answer: "auth_req_id" in (answer.get_json(silent=True) or {}),
    ),
    "agreed elsewhere": Operation(asked, lambda r: press(r, "agree"), says("agreed")),
    "refused elsewhere": Operation(asked, lambda r: press(r, "refuse"), says("refused")),
    "taken elsewhere": Operation(decided, take, has_tokens),
}
