# SPDX-License-Identifier: Apache-2.0
"""The double, a tiny application on the kit, and a browser with cookies."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from relying_parties.kit.login import Login
from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.sqlite_store import SqliteSessionStore
from relying_parties.kit.views import mount
from tests.unit.relying_parties.double import Double

HOME = "http://localhost:5999"


class Clock:
    """A time that tests move; it starts where the machine is."""

    def __init__(self):
        self.value = 1_800_000_000
        self.ticks = 1000.0

    def __call__(self):
        return self.value

    def monotonic(self):
        return self.ticks

    def advance(self, seconds):
        self.value += seconds
        self.ticks += seconds


class Browser:
    """One browser: cookies, and the way to the provider and back."""

    def __init__(self, app, double):
        self.double = double
        self.client = app.test_client()

    def get(self, path, **kwargs):
        return self.client.get(path, base_url=HOME, **kwargs)

    def post(self, path, data=None, **kwargs):
        return self.client.post(path, base_url=HOME, data=data, **kwargs)

    def start(self, path="/login"):
        """Leave for the provider; the address of its authorization endpoint."""
        response = self.get(path)
        assert response.status_code == 303, response.text
        return response.headers["Location"]

    def arrive(self, callback):
        """Come back with the provider's answer."""
        parts = urlsplit(callback)
        return self.get(f"{parts.path}?{parts.query}")

    def log_in(self, path="/login"):
        """The whole way."""
        return self.arrive(self.double.authorize(self.start(path)))

    def names(self, prefix):
        """The cookies that begin so."""
        return [key[2] for key in self.client._cookies if key[2].startswith(prefix)]

    def token(self, path="/form"):
        """The form token of a page."""
        return self.get(path).text


def error_of(response):
    """The stable id on a page, or None."""
    _, found, rest = response.text.partition('data-error="')
    return rest.partition('"')[0] if found else None


def asked(location):
    """The parameters of an authorization request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def double(clock):
    provider = Double(clock)
    yield provider
    provider.close()


@pytest.fixture
def settings(double):
    return {
        "issuer": double.issuer,
        "client_id": double.client_id,
        "client_secret": double.client_secret,
        "redirect_uri": f"{HOME}/callback",
        "post_logout_redirect_uri": f"{HOME}/logged-out",
    }


@pytest.fixture
def make_login(settings, clock, tmp_path):
    stores = []

    def make(limits=None, opened=lambda _session: None, **changes):
        store = SqliteSessionStore(tmp_path / f"app{len(stores)}.sqlite3")
        stores.append(store)
        login = Login(
            Provider(**{**settings, **changes}),
            store,
            name="app",
            render=lambda refused, again: (
                f'<main id="error" data-error="{refused.reason.value}"><a href="{again}">again</a>'
            ),
            # Patience: the double is quick, the machine may be busy.
            limits=limits or Limits(timeout=30),
            now=clock,
            opened=opened,
        )
        for remembered in (login.client._discovery._remembered, login.client.keys._remembered):
            remembered._monotonic = clock.monotonic
        return login

    yield make
    for store in stores:
        store.shut()


@pytest.fixture
def make_app():
    def make(login):
        app = Flask("tiny")
        app.testing = False
        mount(app, login)
        app.add_url_rule("/", "home", lambda: "home")
        app.add_url_rule("/form", "form", login.form_token)
        app.add_url_rule("/token", "token", lambda: login.access_token() or ("none", 401))
        private = login.require_login(lambda: f"hello {login.session().subject}")
        app.add_url_rule("/private", "private", private)
        strong = login.require_level(2)(lambda: "strong")
        app.add_url_rule("/strong", "strong", strong, methods=["GET", "POST"])
        app.add_url_rule("/recent", "recent", login.require_fresh(60)(lambda: "recent"))
        app.add_url_rule("/logged-out", "logged_out", lambda: "logged out")
        return app

    return make


@pytest.fixture
def login(make_login):
    return make_login()


@pytest.fixture
def app(make_app, login):
    return make_app(login)


@pytest.fixture
def browser(app, double):
    return Browser(app, double)
