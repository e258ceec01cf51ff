# SPDX-License-Identifier: Apache-2.0
"""What visitors of an application behind a proxy do, for faults to fall into."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import text

from tests.protocol.headers.kit import PAGE, SITE, Visitor, register
from tests.protocol.kit import session_of
from tests.reliability.operations import HTML, Operation, Scene, address, leads_on, prove, settle
from tests.world import Browser, World

registered: dict[int, World] = {}
AGED = text(
    "UPDATE tokens SET expires_at = expires_at - 600 WHERE kind = 'stay' "
    "AND grant_id IN (SELECT id FROM grants WHERE session_id = :session)"
)


def scene(world: World, browser: Browser | None = None) -> Scene:
    """Somebody before the application."""
    if registered.get(id(world)) is not world:
        register(world)
        registered[id(world)] = world
    found = browser or world.browser(address())
    found.headers |= HTML
    return Scene(world, found, world.client("plain"), {"visitor": Visitor(world, found)})


def visitor_of(ready: Scene) -> Visitor:
    """The same person at the application's address."""
    visitor: Visitor = ready.held["visitor"]
    return visitor


def sent_to_log_in(world: World, browser: Browser | None = None) -> Scene:
    """The proxy was told to send the browser to the login."""
    ready = scene(world, browser)
    ready.held["url"] = visitor_of(ready).ask().headers["Location"]
    return ready


def at_the_door(world: World) -> Scene:
    """The login page is shown."""
    ready = sent_to_log_in(world)
    ready.browser.get(ready.held["url"])
    ready.held["form"] = ready.browser.form("/password")
    return ready


def logged_in(world: World) -> Scene:
    """Somebody who is logged in already."""
    return sent_to_log_in(world, settle(world, world.browser()))


def coming_back(world: World, who: str = "medecin") -> Scene:
    """The browser is on its way back with a one-time handle."""
    ready = scene(world, settle(world, world.browser(), who))
    ready.held["handle"] = visitor_of(ready).handle()
    return ready


def staying(world: World, who: str = "medecin") -> Scene:
    """Somebody who has entered the application."""
    ready = coming_back(world, who)
    assert has_entered(come_back(ready))
    ready.held["stay"] = dict(visitor_of(ready).cookies)
    ready.held["session"] = session_of(world, ready.browser).id
    return ready


def staying_for_long(world: World) -> Scene:
    """The same a while later: that the stay is used is worth noting."""
    ready = staying(world)
    with world.core.database.write() as tx:
        tx.execute(AGED, {"session": ready.held["session"]})
    return ready


def half_out(world: World) -> Scene:
    """The stay has ended, and the browser is sent to where its session ends."""
    ready = staying(world)
    ready.held["url"] = leave(ready).headers["Location"]
    return ready


def go(ready: Scene) -> Any:
    """Open the address."""
    return ready.browser.request("GET", ready.held["url"])


def come_back(ready: Scene) -> Any:
    """What the proxy asks about the way back."""
    return visitor_of(ready).ask(ready.held["handle"], kind=PAGE | HTML)


def check(ready: Scene) -> Any:
    """The question of a proxy that does no more than ask."""
    return visitor_of(ready).check("/patients?of=today")


def forward(ready: Scene) -> Any:
    """The question of a proxy that passes the answer on."""
    return visitor_of(ready).ask("/patients?of=today", kind=PAGE | HTML)


def leave(ready: Scene) -> Any:
    """The application's own logout."""
    return visitor_of(ready).ask("/.sceau/logout", kind=PAGE | HTML)


def has_handle(answer: Any) -> bool:
    return leads_on(answer) and answer.headers["Location"].startswith(f"{SITE}/.sceau/back?handle=")


def has_entered(answer: Any) -> bool:
    cookies = "".join(answer.headers.getlist("Set-Cookie"))
    return leads_on(answer) and answer.headers["Location"] == f"{SITE}/" and "stay" in cookies


def is_known(answer: Any) -> bool:
    return answer.status_code == 200 and bool(answer.headers["X-Remote-User"])


def is_sent_out(answer: Any) -> bool:
    where = urlsplit(answer.headers.get("Location", ""))
    return where.path == "/headers/leave" and "session=" in where.query


def is_out(answer: Any) -> bool:
    return answer.status_code == 200 and "Clear-Site-Data" in answer.headers


OPERATIONS = {
    "headers: login begun": Operation(sent_to_log_in, go, leads_on),
    "headers: login": Operation(at_the_door, prove, has_handle),
    "headers: single sign-on": Operation(logged_in, go, has_handle),
    "headers: way back": Operation(coming_back, come_back, has_entered),
    "headers: check": Operation(staying, check, is_known),
    "headers: forward": Operation(staying_for_long, forward, is_known),
    "headers: logout there": Operation(staying, leave, is_sent_out),
    "headers: logout": Operation(half_out, go, is_out),
}


def is_over(ready: Scene) -> bool:
    """Whether the cookies that were handed out open nothing any more."""
    visitor = visitor_of(ready)
    visitor.cookies = dict(ready.held.get("stay", visitor.cookies))
    return visitor.check().status_code == 401


def is_stopped(answer: Any) -> bool:
    return "/headers/stopped" in answer.headers.get("Location", "")


# What the second try gives, where the first was done but never told. A check notes nothing.
AFTERWARDS: dict[str, Callable[[Scene, Any], bool]] = {
    "headers: login begun": lambda _ready, again: leads_on(again),
    "headers: login": lambda ready, _again: ready.browser.problem == "journey-finished",
    "headers: single sign-on": lambda _ready, again: has_handle(again),
    # OA-030: used up by whoever was not told, and what it opened ends with the second try.
    "headers: way back": lambda ready, again: is_stopped(again) and is_over(ready),
    "headers: forward": lambda _ready, again: is_known(again),
    "headers: logout there": lambda ready, again: (
        "session=" not in again.headers["Location"] and is_over(ready)
    ),
    "headers: logout": lambda ready, again: again.status_code == 200 and is_over(ready),
}
