# SPDX-License-Identifier: Apache-2.0
"""Every page and every answer of the provider, seen once: what the rules of the web are held to."""

import base64
import contextlib
import functools
import inspect
import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest
from bs4 import BeautifulSoup
from werkzeug.datastructures import Headers
from werkzeug.test import Client

from idp.accounts.contact import Contact
from idp.config.sections import LogSettings
from idp.errors import Unavailable
from idp.headers.edge import PROXIED
from idp.logs import configure
from tests.cast import application
from tests.functional import passkeys
from tests.protocol.kit import ELSEWHERE, register
from tests.security.application_visits import visit_applications
from tests.security.console_visits import visit_console
from tests.security.device_visits import visit_devices
from tests.security.enrolling import visit_enrolment
from tests.security.launch_visits import visit_launches
from tests.security.prosante_visits import SET_UP
from tests.security.registering import visit_registration
from tests.world import Browser, World, open_world

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer as it left the provider."""

    method: str
    path: str
    status: int
    headers: Headers
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def html(self) -> BeautifulSoup:
        return BeautifulSoup(self.body, "html.parser")

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status}"


@dataclass
class Recorder:
    """Stands before the provider and keeps what it answers."""

    world: World
    seen: list[Seen] = field(default_factory=list)

    @contextlib.contextmanager
    def listening(self) -> Iterator["Recorder"]:
        web = self.world.provider.web
        inner = web.wsgi_app
        web.wsgi_app = self._around(inner)
        try:
            yield self
        finally:
            web.wsgi_app = inner

    def _around(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(inner, assigned=(), updated=())
        def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            told: list[Any] = []

            def keep(status: str, headers: Any, *rest: Any) -> Any:
                told[:] = [int(status.split(maxsplit=1)[0]), Headers(list(headers))]
                return start_response(status, headers, *rest)

            answer = inner(environ, keep)
            body = b"".join(answer)
            if close := getattr(answer, "close", None):
                close()
            query = environ.get("QUERY_STRING")
            path = environ["PATH_INFO"] + (f"?{query}" if query else "")
            self.seen.append(Seen(environ["REQUEST_METHOD"], path, *told, body))
            return [body]

        return served


def raw(
    world: World, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
) -> Any:
    """One request without any browser's manners."""
    return Client(world.provider.web, use_cookies=False).open(
        path,
        method=method,
        base_url=world.issuer,
        headers=headers or {},
        environ_base={"REMOTE_ADDR": "198.51.100.7"},
        buffered=True,
        **options,
    )


def endpoints(world: World) -> list[str]:
    """The paths that the front serves itself."""
    return sorted(inspect.unwrap(world.provider.web.wsgi_app)._endpoints)


def prefixes(world: World) -> list[str]:
    """What lies under these finds its way by itself."""
    return sorted(inspect.unwrap(world.provider.web.wsgi_app)._under)


def rules(world: World) -> list[tuple[str, frozenset[str]]]:
    """The pages' addresses with their methods; variables filled in with something plausible."""
    filled = {"journey": "x" * 22, "kind": "password", "_kind": "password"}
    found = []
    for rule in world.provider.web.url_map.iter_rules():
        path = "".join(
            filled.get(text, "nothing") if dynamic else text for dynamic, text in rule._trace
        )
        found.append((path.lstrip("|"), frozenset(rule.methods or ())))
    return found


def visit_everything(world: World) -> None:
    """Bring every page on, in each of its states, and the answers of every address."""
    register_more(world)
    visit_addresses(world)
    visit_login(world)
    visit_logged_in(world)
    visit_devices(world)
    for visit in (visit_passkeys, visit_contact, visit_enrolment, visit_registration):
        visit(world)
    visit_console(world)
    visit_problems(world)
    visit_breakdowns(world)
    visit_protocol(world)
    visit_applications(world)
    visit_launches(world)


def register_more(world: World) -> None:
    """Applications that pages have more to say about."""
    with world.core.database.write() as tx:
        world.core.applications.register(tx, application("shut"))
        world.core.applications.set_enabled(tx, "shut", enabled=False)
        bad = application("bad", oidc={"redirect_uris": ["ftp://nowhere/"]})
        world.core.applications.register(tx, bad)


def visit_addresses(world: World) -> None:
    """Every address by every method, as somebody whom nobody knows."""
    for path, _methods in rules(world):
        for method in ("GET", "HEAD", "OPTIONS", "TRACE", *UNSAFE):
            raw(world, method, path)
    for path in endpoints(world):
        for method in ("GET", "HEAD", "OPTIONS", "TRACE", *UNSAFE):
            raw(world, method, path)
    for path in ("/static/css/sceau.css", "/static/js/sceau.js?v=1", "/static/img/sceau.svg"):
        raw(world, "GET", path)
    raw(world, "GET", "/static/css/sceau.css", {"Range": "bytes=900000-"})
    for path in ("/static/nothing.css?v=1", "/nothing", "/login/", "/é€", "/%00"):
        raw(world, "GET", path)
    for path in ("//login", "//elsewhere.example/", "/static//css/sceau.css", "/static/../x", "*"):
        raw(world, "GET", "/", environ_overrides={"PATH_INFO": path})
    Client(world.provider.web).get("/", base_url="https://elsewhere.example")


def visit_login(world: World) -> None:
    """The login page as it first is, after a wrong try, while locked, to several places."""
    browser = world.browser("192.0.2.50")
    browser.get("/")
    browser.get("/login")
    for _ in range(4):
        browser.log_in(password="wrong")
    client = world.client("outside")
    browser = world.browser("192.0.2.51")
    client.ask(browser, login_hint="gebeaupre", ui_locales="en")
    browser.log_in("patient")
    browser.submit("/consent", answer="refuse")
    client.ask(browser)
    browser.submit("/consent", answer="accept")
    world.client("plain").ask(browser, prompt="login")


def visit_logged_in(world: World) -> None:
    """What somebody who is logged in may see."""
    browser = world.browser("192.0.2.52")
    world.client("dcc").tokens(browser)
    pages = ("/help", "/faq", "/contact", "/toolbox", "/legal", "/terms", "/accessibility")
    for path in ("/", "/account", "/directory", *pages, "/logout"):
        browser.get(path)
    browser.post("/language", {"locale": "en"})
    browser.get("/help")
    browser.post("/language", {"csrf": csrf(browser), "locale": "en", "next": "/account"})
    world.client("plain").ask(browser, response_mode="form_post")
    world.client("plain").ask(browser, response_type="token")
    browser.get("/oidc/logout")
    browser.submit("/logout")


def visit_passkeys(world: World) -> None:
    """Passkeys in the account and at the door, right and wrong."""
    browser = passkeys.entered(world, "infirmiere", "192.0.2.60")
    browser.get("/account/passkeys")
    browser.get(passkeys.NEW)
    browser.submit(passkeys.NEW, credential="{}")
    device = passkeys.enrol(browser, "<b>Bureau</b>")
    browser.get("/account/passkeys")
    for ending in ("name", "remove"):
        [address] = [
            str(one["href"]) for one in browser.page.select(f".entry a[href$='/{ending}']")
        ]
        passkeys.visit(browser, address, device)
        browser.submit(f"/{ending}", name="")
        browser.get("/account/passkeys")
    other = world.browser("192.0.2.61")
    other.get("/login")
    other.get(passkeys.journey_of(other) + "?means=passkey")
    passkeys.log_in_with(other, device, spoilt=True)
    passkeys.log_in_with(other, device)


def visit_contact(world: World) -> None:
    """Addresses and one-time codes, sent and not sent, right and wrong."""
    contact = "/account/contact"
    browser = world.browser("192.0.2.62")
    browser.get(f"{contact}/email")
    browser.log_in("administrateur")
    browser.submit("/email", address="<b>@chu.example")
    browser.submit("/email", address="odile.menard@region.example")
    with mock.patch.object(world.core.post, "is_up", return_value=True):
        browser.submit("/email", address="odile.menard@region.example")
    for form in ({"code": "<b>"}, {"code": "000000"}, {"channel": "email"}):
        browser.submit("/email/code", **form)
    with world.core.database.write() as tx:
        contacts = Contact(world.core.clock, world.core.audit)
        contacts.set_phone(tx, world.cast["administrateur"].id, "+33639980099", ELSEWHERE)
    for page in ("", "?done=email", "/phone", "/phone?verify=yes", "/phone/remove", "/otp"):
        browser.get(contact + page)
    browser.get(f"{contact}/phone/remove")
    browser.submit("/phone/remove")


def visit_problems(world: World) -> None:
    """The pages that say no."""
    browser = world.browser("192.0.2.53")
    dcc = world.client("dcc")
    journey = begin(browser, "dcc")
    world.browser("192.0.2.54").get(journey)
    browser.get("/login/unknown")
    browser.post(journey + "/cancel", {})
    browser.get(journey)
    browser.log_in("patient")
    world.client("strong").ask(browser)
    other = world.browser("192.0.2.57")
    world.client("patients").ask(other)
    other.log_in("medecin")
    register(world, "findable", policy={"directory": "visible"}).ask(other)
    for key in ("shut", "bad", "nobody"):
        browser.get(world.client("plain").authorize_url(client_id=key))
    browser.get(dcc.authorize_url(redirect_uri="https://evil.example/"))
    world.browser().get(dcc.authorize_url(response_type="token"))
    browser.get("/oidc/logout?post_logout_redirect_uri=https://evil.example/")
    browser.post("/language", {"csrf": "x" * 100_000})
    journey = begin(browser, "dcc", prompt="login")
    browser.post(journey + "/cancel", {"csrf": csrf(browser)})
    browser.get(journey)
    visit_late(world)
    closed = world.browser("192.0.2.55")
    dcc.ask(closed)
    closed.log_in("ancienne")


def visit_late(world: World) -> None:
    """Pages of what changed while somebody looked away."""
    browser = world.browser("192.0.2.58")
    journey = begin(browser, "plain")
    world.clock.pass_by(4000)
    browser.get(journey)
    journey = begin(browser, "plain")
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, "plain", enabled=False)
    browser.get(journey)
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, "plain", enabled=True)
    hint = world.client("plain").tokens(browser)["id_token"]
    other = world.browser("192.0.2.59")
    world.client("plain").tokens(other, "patient")
    world.client("plain").ask(other, id_token_hint=hint)


def visit_breakdowns(world: World) -> None:
    """What is shown when something of ours breaks."""
    views = world.provider.web.view_functions
    for fault in (RuntimeError("a secret of the inside"), Unavailable("database")):
        kept = views["help"]
        views["help"] = functools.partial(fail, fault)
        try:
            raw(world, "GET", "/help")
        finally:
            views["help"] = kept


def fail(fault: Exception) -> None:
    """A view that breaks."""
    raise fault


def begin(browser: Browser, key: str, **changes: str) -> str:
    """Ask for a login; the address of the journey."""
    browser.world.client(key).ask(browser, **changes)
    return browser.form("/password")[0].removesuffix("/password")


def visit_protocol(world: World) -> None:
    """Answers for programs, right and wrong."""
    browser = world.browser("192.0.2.56")
    dcc = world.client("dcc")
    tokens = dcc.tokens(browser)
    dcc.userinfo(tokens["access_token"])
    dcc.userinfo("nothing")
    dcc.introspect(tokens["access_token"])
    dcc.refresh(tokens["refresh_token"])
    dcc.refresh(tokens["refresh_token"])
    dcc.post("/oidc/revoke", {"token": tokens["access_token"]})
    dcc.post("/oidc/par", {"response_type": "nothing"})
    dcc.post("/oidc/bc-authorize", {"scope": "nothing"})
    dcc.post("/oidc/token", {"grant_type": "nothing"})
    dcc.post("/oidc/token", {"grant_type": "refresh_token"}, Authorization=basic("dcc", "wrong"))
    world.client("robot").post("/oidc/token", {"grant_type": "client_credentials"})
    raw(world, "POST", "/oidc/token", json={"grant_type": "refresh_token"})
    raw(world, "POST", "/oidc/token", data={"x": "y" * 100_000})
    for path in ("/ssf/stream", "/ssf/status", "/ssf/verify", "/ssf/poll"):
        raw(world, "POST", path, {"Authorization": "Bearer nothing"}, json={})
    for path in ("/api/v1/me", "/api/v1/nothing", "/scim/v2/Users", "/scim/v2/Schemas"):
        for token in ("", "nothing", tokens["access_token"]):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            for method in ("GET", "POST", "OPTIONS"):
                raw(world, method, path, headers)


def basic(key: str, secret: str) -> str:
    """A Basic header."""
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def csrf(browser: Browser) -> str:
    """The token that forms of the page carry."""
    field = browser.page.find("input", attrs={"name": "csrf"})
    assert field is not None
    return str(field["value"])


@pytest.fixture(scope="session")
def crawled(sqlite_template, tmp_path_factory) -> list[Seen]:
    """Everything the provider answers to a walk through all of it, by https."""
    file = tmp_path_factory.mktemp("crawl") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    world = open_world(f"sqlite:///{file}", THROTTLE_ADDRESS_FREE="3", **SET_UP)
    with Recorder(world).listening() as recorder:
        visit_everything(world)
    world.provider.close()
    return recorder.seen


@pytest.fixture(scope="session")
def ours(crawled: list[Seen]) -> list[Seen]:
    """What is shown at our own address and nowhere else."""
    return [one for one in crawled if one.path.partition("?")[0] not in PROXIED]


@pytest.fixture(scope="session")
def pages(crawled: list[Seen]) -> list[Seen]:
    """The pages among them, each shape once."""
    found = [one for one in crawled if one.kind == "text/html" and one.body]
    return list({(one.path.partition("?")[0], one.status): one for one in found}.values())


@pytest.fixture
def quiet() -> None:
    """Logs go nowhere: where faults come by the hundred, showing them costs more than all else."""
    configure(LogSettings(level="error", format="json"), io.StringIO())
