# SPDX-License-Identifier: Apache-2.0
"""What people and applications do, each as: get ready, do it, and how one sees that it was done."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from idp.accounts.values import State
from idp.audit.record import Event
from tests.authenticator import Authenticator
from tests.cast import PASSWORD, PEOPLE
from tests.functional import passkeys
from tests.protocol.kit import ELSEWHERE, seed_session
from tests.security.crawl import begin, raw
from tests.world import Browser, RelyingParty, World

HTML = {"Accept": "text/html,application/xhtml+xml"}
numbers = itertools.count(1)


@dataclass
class Scene:
    """Somebody's browser, an application, and what they hold before the action."""

    world: World
    browser: Browser
    client: RelyingParty
    held: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One action of the product."""

    prepare: Callable[[World], Scene]
    act: Callable[[Scene], Any]
    done: Callable[[Any], bool]


def address() -> str:
    """An address that nobody has tried from."""
    number = next(numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def scene(world: World, key: str = "plain") -> Scene:
    """A stranger before an application."""
    return Scene(world, world.browser(address(), **HTML), world.client(key))


def at_the_door(world: World, key: str = "plain", **changes: str) -> Scene:
    """The login page is shown."""
    ready = scene(world, key)
    begin(ready.browser, key, **changes)
    ready.held["form"] = ready.browser.form("/password")
    return ready


def logged_in(world: World, key: str = "plain", who: str = "medecin") -> Scene:
    """Somebody with a live session."""
    ready = at_the_door(world, key)
    ready.browser.log_in(who)
    return ready


def settle(world: World, browser: Browser, who: str = "medecin") -> Browser:
    """Log somebody in without the password's cost, and tell of it as a login does."""
    session = seed_session(world, browser, who)
    with world.core.database.write() as tx:
        event = Event("login.proved", account=world.cast[who].id, session=session)
        world.core.audit.record(tx, event, ELSEWHERE)
    return browser


sessions: dict[tuple[int, str], Browser] = {}


def with_code(world: World, key: str = "plain") -> Scene:
    """An application with a fresh code, of a session that is used again while it lives."""
    known = (id(world), key)
    if known not in sessions:
        sessions[known] = logged_in(world, key).browser
    ready = Scene(world, sessions[known], world.client(key))
    ready.held["code"] = ready.client.code_for(ready.browser)
    return ready


def with_tokens(world: World, key: str = "plain") -> Scene:
    """An application with fresh tokens."""
    ready = with_code(world, key)
    ready.held |= ready.client.redeem(ready.held["code"]).json
    return ready


def with_used_refresh(world: World) -> Scene:
    """A refresh token that was used already."""
    ready = with_tokens(world)
    assert ready.client.refresh(ready.held["refresh_token"]).status == 200
    return ready


def with_used_code(world: World) -> Scene:
    """A code that was used already."""
    return with_tokens(world)


def asked_consent(world: World) -> Scene:
    """The consent page is shown, though the person may have agreed before."""
    ready = at_the_door(world, "outside", prompt="consent login")
    ready.browser.log_in("patient")
    ready.held["form"] = ready.browser.form("/consent")
    return ready


def leaving(world: World) -> Scene:
    """The question whether to log out is shown."""
    ready = logged_in(world)
    ready.browser.get("/logout")
    ready.held["form"] = ready.browser.form("/logout")
    return ready


def with_hint(world: World) -> Scene:
    """An application that may end the session it was opened in."""
    ready = logged_in(world)
    ready.held |= ready.client.tokens(ready.browser)
    return ready


def taking_over(world: World) -> Scene:
    """Another person sits down at a browser that is logged in."""
    ready = logged_in(world, who="patient")
    begin(ready.browser, "plain", prompt="login")
    ready.held["form"] = ready.browser.form("/password")
    return ready


def adding_passkey(world: World) -> Scene:
    """Somebody without passkeys has just made one."""
    ready = logged_in(world)
    core = world.core
    for held in core.passkeys.of(world.cast["medecin"].id):
        with core.database.write() as tx:
            core.passkeys.remove(tx, held.subject, held.id, None)
    ready.browser.get(passkeys.NEW)
    made = Authenticator()
    ready.held |= {
        "device": made,
        "answer": made.make(passkeys.options(ready.browser, "create")),
        "form": ready.browser.form(passkeys.NEW),
    }
    return ready


def with_passkey(world: World) -> Scene:
    """Somebody who has one passkey."""
    ready = adding_passkey(world)
    assert is_added(fill_in(ready, credential=ready.held["answer"]))
    return ready


def removing_passkey(world: World) -> Scene:
    """The question whether to remove one's only passkey is shown."""
    ready = with_passkey(world)
    browser, [held] = ready.browser, world.core.passkeys.of(world.cast["medecin"].id)
    passkeys.visit(browser, f"/account/passkeys/{held.id}/remove", ready.held["device"])
    ready.held["form"] = browser.form("/remove")
    return ready


def at_the_passkey(world: World) -> Scene:
    """Before the portal, the passkey has just answered."""
    device = with_passkey(world).held["device"]
    ready = scene(world)
    ready.browser.get("/login")
    ready.browser.get(passkeys.journey_of(ready.browser) + "?means=passkey")
    ready.held["answer"] = device.sign(passkeys.options(ready.browser))
    ready.held["form"] = ready.browser.form("/passkey")
    return ready


def with_another_session(world: World) -> Scene:
    """The list of one's sessions is shown, with another one to end."""
    ready, other = logged_in(world, who="patient"), logged_in(world, who="patient")
    ready.held["other"] = other.browser
    ready.browser.get("/account/sessions")
    ready.held["form"] = ready.browser.form("/end")
    return ready


def withdrawing(world: World) -> Scene:
    """A patient is asked whether to close the account; an earlier closure is undone."""
    patient = world.cast["patient"].id
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, patient, State.ACTIVE)
    ready = logged_in(world, who="patient")
    ready.browser.get("/account/withdraw")
    ready.held["form"] = ready.browser.form("/account/withdraw")
    return ready


def copying(world: World) -> Scene:
    """The button that makes a copy of one's data is shown."""
    ready = logged_in(world)
    ready.browser.get("/account/data")
    ready.held["form"] = ready.browser.form("/account/data")
    return ready


def fill_in(ready: Scene, **values: str) -> Any:
    """Send the form shown."""
    action, fields = ready.held["form"]
    return ready.browser.request("POST", action, data=fields | values)


def give_up(ready: Scene) -> Any:
    """Remove a means, and leave the other sessions: what they hold was promised."""
    return fill_in(ready, sure="yes", others="no")


def prove(ready: Scene, password: str = PASSWORD, identifier: str = "") -> Any:
    """Send identifier and password."""
    name = identifier or PEOPLE["medecin"].identifier
    return fill_in(ready, identifier=name, password=password)


def prove_wrongly(ready: Scene) -> Any:
    """Send a wrong password for a name of one's own."""
    return prove(ready, "wrong", f"nobody{next(numbers)}")


def ask(ready: Scene, **changes: str) -> Any:
    """The application's request."""
    return ready.browser.request("GET", ready.client.authorize_url(**changes))


def post(ready: Scene, path: str, **data: str) -> Any:
    """An authenticated form of the application."""
    return raw(ready.world, "POST", path, ready.client.basic(), data=data)


def redeem(ready: Scene) -> Any:
    """The code at the token endpoint."""
    return post(
        ready,
        "/oidc/token",
        grant_type="authorization_code",
        code=ready.held["code"],
        redirect_uri=ready.client.redirect_uri,
        code_verifier=ready.client.verifier,
    )


def refresh(ready: Scene) -> Any:
    """The refresh token at the token endpoint."""
    token = ready.held["refresh_token"]
    return post(ready, "/oidc/token", grant_type="refresh_token", refresh_token=token)


def guess_secret(ready: Scene) -> Any:
    """A wrong secret at the token endpoint."""
    guess = ready.client.basic("x" * 40)
    return raw(ready.world, "POST", "/oidc/token", guess, data={"grant_type": "refresh_token"})


def go(ready: Scene, path: str) -> Any:
    """Open a page."""
    return ready.browser.request("GET", path)


def cancel(ready: Scene) -> Any:
    """Turn back at the login page."""
    action, fields = ready.held["form"]
    path = action.removesuffix("/password") + "/cancel"
    return ready.browser.request("POST", path, data={"csrf": fields["csrf"]})


def end_session(ready: Scene) -> Any:
    """The application logs the person out."""
    query = urlencode({"id_token_hint": ready.held["id_token"]})
    return ready.browser.request("GET", f"/oidc/logout?{query}")


def has_code(answer: Any) -> bool:
    return answer.status_code == 303 and "code=" in answer.headers["Location"]


def is_ended(answer: Any) -> bool:
    return answer.status_code == 303 and "done=session" in answer.headers["Location"]


def is_withdrawn(answer: Any) -> bool:
    return answer.status_code == 303 and answer.headers["Location"] == "/account/withdrawn"


def is_added(answer: Any) -> bool:
    return answer.status_code == 303 and "done=added" in answer.headers["Location"]


def is_removed(answer: Any) -> bool:
    return answer.status_code == 303 and "done=removed" in answer.headers["Location"]


def is_inside(answer: Any) -> bool:
    return answer.status_code == 303 and answer.headers["Location"].endswith("/")


def leads_on(answer: Any) -> bool:
    return answer.status_code == 303 and "error=" not in answer.headers["Location"]


def has_tokens(answer: Any) -> bool:
    return answer.status_code == 200 and "access_token" in answer.get_json()


def is_page(answer: Any) -> bool:
    return answer.status_code == 200


def is_refused(answer: Any) -> bool:
    return answer.status_code in {400, 401}


def has_error(answer: Any) -> bool:
    return answer.status_code == 303 and "error=access_denied" in answer.headers["Location"]


def is_live(answer: Any) -> bool:
    return answer.status_code == 200 and answer.get_json().get("active") is True


OPERATIONS = {
    "begin": Operation(scene, ask, leads_on),
    "login page": Operation(at_the_door, lambda r: go(r, r.held["form"][0][:-9]), is_page),
    "portal journey": Operation(scene, lambda r: go(r, "/login"), leads_on),
    "login": Operation(at_the_door, prove, has_code),
    "take over": Operation(taking_over, prove, has_code),
    "wrong password": Operation(at_the_door, prove_wrongly, is_page),
    "cancel": Operation(at_the_door, cancel, has_error),
    "single sign-on": Operation(with_code, ask, has_code),
    "consent": Operation(asked_consent, lambda r: fill_in(r, answer="accept"), has_code),
    "no consent": Operation(asked_consent, lambda r: fill_in(r, answer="refuse"), has_error),
    "code": Operation(with_code, redeem, has_tokens),
    "code again": Operation(with_used_code, redeem, is_refused),
    "refresh": Operation(with_tokens, refresh, has_tokens),
    "refresh again": Operation(with_used_refresh, refresh, is_refused),
    "own name": Operation(
        lambda w: scene(w, "robot"),
        lambda r: post(r, "/oidc/token", grant_type="client_credentials"),
        has_tokens,
    ),
    "wrong secret": Operation(scene, guess_secret, is_refused),
    "introspect": Operation(
        with_tokens, lambda r: post(r, "/oidc/introspect", token=r.held["access_token"]), is_live
    ),
    "userinfo": Operation(
        with_tokens,
        lambda r: raw(
            r.world, "GET", "/oidc/userinfo", {"Authorization": f"Bearer {r.held['access_token']}"}
        ),
        is_page,
    ),
    "revoke": Operation(
        with_tokens, lambda r: post(r, "/oidc/revoke", token=r.held["access_token"]), is_page
    ),
    "revoke family": Operation(
        with_tokens, lambda r: post(r, "/oidc/revoke", token=r.held["refresh_token"]), is_page
    ),
    "portal": Operation(with_code, lambda r: go(r, "/"), is_page),
    "account": Operation(with_code, lambda r: go(r, "/account"), is_page),
    "logout page": Operation(with_code, lambda r: go(r, "/logout"), is_page),
    "logout": Operation(leaving, fill_in, is_page),
    "application's logout": Operation(with_hint, end_session, is_page),
    "session ended": Operation(with_another_session, fill_in, is_ended),
    "withdrawal": Operation(withdrawing, lambda r: fill_in(r, understood="yes"), is_withdrawn),
    "copy of one's data": Operation(copying, fill_in, is_page),
    "passkey added": Operation(
        adding_passkey, lambda r: fill_in(r, credential=r.held["answer"]), is_added
    ),
    "passkey removed": Operation(removing_passkey, give_up, is_removed),
    "passkey login": Operation(
        at_the_passkey, lambda r: fill_in(r, credential=r.held["answer"]), is_inside
    ),
    "ready": Operation(scene, lambda r: raw(r.world, "GET", "/health/ready"), is_page),
}
