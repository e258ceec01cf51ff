# SPDX-License-Identifier: Apache-2.0
"""What the protocol tests share: raw requests, browsers already logged in, more applications."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from connectors.base import Level
from idp.origin import Origin
from idp.sessions.values import Proof
from tests.cast import SECRET, application
from tests.world import Browser, RelyingParty, World

ELSEWHERE = Origin("192.0.2.77", "test", "request-of-the-test")
FORM = "application/x-www-form-urlencoded"


@dataclass
class Guest(RelyingParty):
    """An application of one test, registered beside the cast's."""

    document: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        return self.document["oidc"]


def register(world: World, key: str = "", **changes: Any) -> Guest:
    """Register an application of the test's own; `policy` and `oidc` are merged."""
    key = key or f"guest-{secrets.token_hex(4)}"
    document = application(key, **changes)
    store(world, document)
    if document["oidc"].get("token_endpoint_auth_method", "client_secret_basic").startswith("cl"):
        with world.core.database.write() as tx:
            world.core.applications.set_secret(tx, key, SECRET)
    return Guest(world, key, document=document)


def store(world: World, document: Mapping[str, Any]) -> None:
    """Register or change an application."""
    with world.core.database.write() as tx:
        world.core.applications.register(tx, document)


def with_policy(world: World, client: RelyingParty, document: Mapping[str, Any], **policy: Any):
    """Change the policy of an application that is registered."""
    store(world, {**document, "policy": document["policy"] | policy})


def settled(
    world: World,
    who: str = "medecin",
    level: Level = Level.PASSWORD,
    means: str = "password",
    at: int | None = None,
) -> Browser:
    """A browser in which somebody is logged in already."""
    browser = world.browser()
    seed_session(world, browser, who, level, means, at)
    return browser


def seed_session(
    world: World,
    browser: Browser,
    who: str = "medecin",
    level: Level = Level.PASSWORD,
    means: str = "password",
    at: int | None = None,
) -> str:
    """Open a session without the password's cost, and put its cookie into the browser."""
    moment = world.clock.now() if at is None else at
    proof = Proof(means, level, ("pwd",), moment, "journey-of-the-test")
    with world.core.database.write() as tx:
        session, secret = world.core.sessions.open(tx, world.cast[who].id, proof, ELSEWHERE)
    set_cookie(world, browser, "session", secret)
    return session.id


def add_proof(world: World, browser: Browser, means: str, level: Level) -> None:
    """Prove something more in the session of a browser."""
    proof = Proof(means, level, ("x",), world.clock.now(), "journey-of-the-test")
    with world.core.database.write() as tx:
        session = world.core.sessions.find(tx, browser.cookie("session"))
        assert session is not None
        renewed = world.core.sessions.prove(tx, session, proof)
    assert renewed is not None
    set_cookie(world, browser, "session", renewed[1])


def set_cookie(world: World, browser: Browser, purpose: str, value: str) -> None:
    """Give a browser one of our cookies."""
    name = world.core.jar.name(purpose)
    browser.client.set_cookie(name, value, domain="sceau.example", secure=True)


def cancel(browser: Browser) -> TestResponse:
    """Turn back on the page shown."""
    action, fields = browser.form("/login/")
    journey = action.split("/login/")[1].split("/")[0]
    return browser.post(f"/login/{journey}/cancel", {"csrf": fields["csrf"]})


def session_of(world: World, browser: Browser) -> Any:
    """The live session of a browser, or None."""
    with world.core.database.read() as tx:
        return world.core.sessions.find(tx, browser.cookie("session"))


def send(
    world: World,
    method: str,
    path: str,
    *,
    form: Mapping[str, str] | list[tuple[str, str]] | None = None,
    body: bytes | str | None = None,
    query: Mapping[str, str] | list[tuple[str, str]] | str = "",
    content_type: str = FORM,
    headers: Mapping[str, str] | None = None,
) -> TestResponse:
    """One request without a browser, byte for byte as told."""
    if query:
        path += "?" + (query if isinstance(query, str) else urlencode(query))
    data = urlencode(form) if form is not None else body
    if data is not None:
        return Client(world.provider.web).open(
            path,
            method=method,
            base_url=world.issuer,
            data=data,
            content_type=content_type,
            headers=headers,
        )
    return Client(world.provider.web).open(
        path, method=method, base_url=world.issuer, headers=headers
    )


def bearer(token: str) -> dict[str, str]:
    """The header of RFC 6750 §2.1."""
    return {"Authorization": f"Bearer {token}"}


def parameters_of(response: TestResponse) -> dict[str, str]:
    """The query of the address that a redirect leads to."""
    query = urlsplit(response.headers["Location"]).query
    found = parse_qs(query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values()), query
    return {name: values[0] for name, values in found.items()}


def assert_page(response: TestResponse, problem: str, status: int = 400) -> None:
    """An error page for people, and no way to another site but by a click."""
    assert response.status_code == status, response.get_data(as_text=True)[:400]
    assert "Location" not in response.headers
    assert response.mimetype == "text/html"
    text = response.get_data(as_text=True)
    assert f'data-error="{problem}"' in text, text[:2000]
    assert 'http-equiv="refresh"' not in text


def assert_error(response: TestResponse, status: int, code: str) -> None:
    """RFC 6749 §5.2: an error of an endpoint for clients, never to be kept."""
    document = response.get_json(silent=True) or {}
    assert (response.status_code, document.get("error")) == (status, code), document
    assert set(document) <= {"error", "error_description"}
    assert response.headers["Cache-Control"] == "no-store"
    assert "Location" not in response.headers
    assert not {"access_token", "refresh_token", "id_token"} & set(document)


def at_once(calls: int, one: Callable[[int], Any]) -> list[Any]:
    """Run the same thing in so many threads, all let loose at the same moment."""
    barrier = Barrier(calls)

    def run(number: int) -> Any:
        barrier.wait(timeout=60)
        return one(number)

    with ThreadPoolExecutor(calls) as pool:
        return list(pool.map(run, range(calls)))


@contextmanager
def statements_of(world: World) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    run: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        run.append(statement)

    engine = world.core.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(engine, "before_cursor_execute", note)
