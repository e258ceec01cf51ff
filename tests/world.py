# SPDX-License-Identifier: Apache-2.0
"""A whole provider for a test: both databases, a clock that stands still, browsers that click."""

import base64
import hashlib
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup
from lxml.html import document_fromstring
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from idp.app import Provider, create_provider
from idp.config import Settings, load
from idp.credentials.beside import KEPT
from idp.db import Database
from idp.http.services import Core
from idp.opening import open_core, open_database
from idp.schema import upgrade
from tests.answers import Answer, soup_of
from tests.cast import APPLICATIONS, PASSWORD, PEOPLE, SECRET, Cast, bring_in, find_cast
from tests.compiled_pages import compile_once
from tests.databases import PostgresCluster

CONFIRM = "/account/confirm"
ISSUER = "https://sceau.example"
START = 1_790_000_000
RING = "test:" + base64.b64encode(bytes(range(32))).decode()


class StandingClock:
    """A clock that moves when told to."""

    def __init__(self, now: int = START) -> None:
        self.at = float(now)

    def now(self) -> int:
        return int(self.at)

    def micros(self) -> int:
        return int(self.at * 1_000_000)

    def monotonic(self) -> float:
        return self.at

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds


def settings_for(url: str, **changes: str) -> Settings:
    """Settings of a test; `changes` are names of environment variables without their prefix."""
    environ = {
        "SCEAU_SERVER_ISSUER": ISSUER,
        "SCEAU_DATABASE_URL": url,
        "SCEAU_SECRETS_KEYS": RING,
    }
    environ |= {f"SCEAU_{name}": value for name, value in changes.items()}
    return load(None, environ)


@dataclass
class World:
    """A provider, its people, its clock."""

    provider: Provider
    clock: StandingClock
    cast: Cast
    issuer: str = ISSUER
    # For those who look at the database while its connections fail.
    beside: Database | None = None

    def close(self) -> None:
        """Leave nothing open."""
        # Whoever is being told of a logout is told beside all else, by the same database.
        self.provider.services.leaving._pool.shutdown(wait=True, cancel_futures=True)
        self.provider.close()
        if self.beside is not None:
            self.beside.close()

    @property
    def core(self) -> Core:
        return self.provider.services.core

    def browser(self, address: str = "192.0.2.10", **headers: str) -> "Browser":
        """A fresh browser somewhere on the network."""
        return Browser(self, address, headers)

    def client(self, key: str) -> "RelyingParty":
        """An application of the cast, as its own server sees the provider."""
        return RelyingParty(self, key)

    def events(self, kind: str = "") -> list[Any]:
        """Audit events so far, oldest first."""
        with self.core.database.read() as tx:
            rows = tx.execute(text("SELECT * FROM audit_events ORDER BY id")).all()
        return [row for row in rows if not kind or row.kind == kind]


@dataclass
class Browser:
    """A browser that follows our own redirects, fills in forms, and stops at other sites."""

    world: World
    address: str
    headers: dict[str, str]
    client: Client = field(init=False)
    last: TestResponse = field(init=False)
    # Whoever sits here has the account's mailbox, and types the code where one is asked for beside
    # a password that stands alone. Tests of that very step say no.
    reads_mail: bool = True

    def __post_init__(self) -> None:
        self.client = Client(self.world.provider.web)

    def request(self, method: str, url: str, **options: Any) -> TestResponse:
        """One request, no redirect followed."""
        headers = {"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"} | self.headers
        headers |= options.pop("headers", {})
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self.last = self.client.open(
            target,
            method=method,
            base_url=self.world.issuer,
            headers=headers,
            environ_base={"REMOTE_ADDR": self.address},
            **options,
        )
        return self.last

    def get(self, url: str, **options: Any) -> TestResponse:
        """GET, following redirects while they stay here."""
        return self._follow(self.request("GET", url, **options))

    def post(self, url: str, data: Any = None, **options: Any) -> TestResponse:
        """POST, following redirects while they stay here."""
        return self._follow(self.request("POST", url, data=data, **options))

    def _follow(self, response: TestResponse) -> TestResponse:
        for _hop in range(10):
            location = response.headers.get("Location", "")
            if response.status_code != 303 or not self._is_ours(location):
                if self.reads_mail and response.request.path == CONFIRM:
                    response = self._confirm(response.request.args.get("for", ""))
                return response
            response = self.request("GET", location)
        raise RuntimeError("too many redirects")

    def _confirm(self, page: str) -> TestResponse:
        """As if the code had come and been typed; the page that asked for it."""
        core = self.world.core
        with core.database.write() as tx:
            host = urlsplit(self.world.issuer).hostname or ""
            cookie = self.client.get_cookie(core.jar.name("session"), domain=host)
            session = core.sessions.find(tx, cookie.value) if cookie else None
            assert session is not None
            now = str(core.clock.now())
            core.pending.keep(tx, KEPT, session.id, session.account, now)
        return self.get(f"/account/{page}")

    def _is_ours(self, location: str) -> bool:
        return location.startswith(("/", self.world.issuer + "/"))

    @property
    def page(self) -> BeautifulSoup:
        return soup_of(self.last)

    @property
    def problem(self) -> str:
        """The stable id of the error page shown, or nothing."""
        main = self.page.find(id="error")
        return str(main["data-error"]) if main else ""

    def form(self, action: str = "") -> tuple[str, dict[str, str]]:
        """Address and hidden or filled fields of the page's form (the first whose address fits)."""
        # The page as a soup costs as much again as its making.
        page = document_fromstring(self.last.get_data(as_text=True) or "<p>")
        for form in page.iter("form"):
            url = form.get("action")
            if form.get("method") == "post" and action in url and "/language" not in url:
                inputs = [one for one in form.iter("input") if one.get("name")]
                return url, {one.get("name"): one.get("value", "") for one in inputs}
        raise LookupError(f"no form {action!r} on this page")

    def submit(self, action: str = "", **values: str) -> TestResponse:
        """Fill in the page's form and send it."""
        url, fields = self.form(action)
        return self.post(url, fields | values)

    def log_in(self, who: str = "medecin", password: str = PASSWORD) -> TestResponse:
        """Fill in the password form on the page shown."""
        return self.submit("/password", identifier=PEOPLE[who].identifier, password=password)

    def cookie(self, purpose: str) -> str:
        """The value of one of our cookies in this browser."""
        found = self.client.get_cookie(f"__Host-sceau_{purpose}", domain="sceau.example")
        return found.value if found else ""


@dataclass
class RelyingParty:
    """An application's side, by hand, so that a test can say each word wrong."""

    world: World
    key: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(40))

    @property
    def settings(self) -> dict[str, Any]:
        return APPLICATIONS[self.key]["oidc"]

    @property
    def redirect_uri(self) -> str:
        return str(self.settings["redirect_uris"][0])

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def authorize_url(self, **changes: str | None) -> str:
        """The address of a request; a value of None leaves a parameter out."""
        parameters: dict[str, str | None] = {
            "client_id": self.key,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid profile email",
            "state": "state-of-this-tab",
            "nonce": "nonce-of-this-tab",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        parameters |= changes
        sent = {name: value for name, value in parameters.items() if value is not None}
        return "/oidc/authorize?" + urlencode(sent)

    def ask(self, browser: Browser, **changes: str | None) -> TestResponse:
        """Send the browser to the provider."""
        return browser.get(self.authorize_url(**changes))

    def answered(self, response: TestResponse) -> dict[str, str]:
        """The parameters with which the browser comes back to this application."""
        location = response.headers["Location"]
        assert location.startswith(self.redirect_uri), location
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def code_for(self, browser: Browser, who: str = "medecin", **changes: str | None) -> str:
        """A code, by logging in on the way where the provider asks for it."""
        response = self.ask(browser, **changes)
        if response.status_code == 200:
            response = browser.log_in(who)
        return self.answered(response)["code"]

    def basic(self, secret: str = SECRET) -> dict[str, str]:
        """The header of client_secret_basic."""
        pair = base64.b64encode(f"{self.key}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def post(self, path: str, data: Mapping[str, str], **headers: str) -> Answer:
        """A form to an endpoint, authenticated as registered; `Authorization=""` sends none."""
        body = dict(data)
        sent = dict(headers)
        method = self.settings.get("token_endpoint_auth_method", "client_secret_basic")
        if "Authorization" not in sent:
            if method == "client_secret_basic":
                sent |= self.basic()
            elif method == "client_secret_post":
                body |= {"client_id": self.key, "client_secret": SECRET}
            elif method == "none":
                body |= {"client_id": self.key}
        sent = {name: value for name, value in sent.items() if value}
        response = Client(self.world.provider.web).post(
            path,
            data=body,
            base_url=self.world.issuer,
            headers=sent,
            environ_base={"REMOTE_ADDR": "198.51.100.7"},
        )
        return Answer(response.status_code, response.get_json(silent=True) or {}, response.headers)

    def redeem(self, code: str, **changes: str) -> Answer:
        """The code at the token endpoint."""
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self.post("/oidc/token", body | changes)

    def refresh(self, token: str, **changes: str) -> Answer:
        """A refresh token at the token endpoint."""
        return self.post(
            "/oidc/token", {"grant_type": "refresh_token", "refresh_token": token} | changes
        )

    def tokens(
        self, browser: Browser, who: str = "medecin", **changes: str | None
    ) -> dict[str, Any]:
        """A whole login: the token endpoint's answer."""
        answer = self.redeem(self.code_for(browser, who, **changes))
        assert answer.status == 200, answer
        return answer.json

    def userinfo(self, token: str) -> Answer:
        """The userinfo endpoint with a bearer token."""
        response = Client(self.world.provider.web).get(
            "/oidc/userinfo",
            base_url=self.world.issuer,
            headers={"Authorization": f"Bearer {token}"},
        )
        return Answer(response.status_code, response.get_json(silent=True) or {}, response.headers)

    def introspect(self, token: str) -> Answer:
        """The introspection endpoint."""
        return self.post("/oidc/introspect", {"token": token})


def open_world(url: str, clock: Any = None, **changes: str) -> World:
    """A provider over a database that has the cast in it."""
    clock = clock or StandingClock()
    compile_once()
    provider = create_provider(settings_for(url, **changes), clock)
    return World(provider, clock, find_cast(provider.services.core))


def populate(url: str) -> None:
    """Tables by migration, keys, and the cast: what every test's database begins as."""
    settings = settings_for(url)
    database = open_database(settings)
    upgrade(database)
    core, _secrets = open_core(settings, database, StandingClock())
    bring_in(core)
    core.passwords.close()
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A populated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "sceau.sqlite3"
    populate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: PostgresCluster) -> str:
    """The name of a populated PostgreSQL database, to be copied."""
    name = postgres_cluster.create(empty=True)
    populate(postgres_cluster.url(name))
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, database_folder: Path) -> str:
    """A populated SQLite database of the test's own."""
    file = database_folder / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A populated database of the test's own, of each kind in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    template = request.getfixturevalue("postgres_template")
    name = cluster.clone(template)
    yield cluster.url(name)
    cluster.give_back(name)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A provider on each database."""
    opened = open_world(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_world(sqlite_url: str) -> Iterator[World]:
    """A provider on SQLite alone, for what no database can change."""
    opened = open_world(sqlite_url)
    yield opened
    opened.close()
