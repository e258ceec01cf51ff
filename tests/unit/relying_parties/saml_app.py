# SPDX-License-Identifier: Apache-2.0
"""A tiny application that speaks SAML, and a browser that comes to it from the provider's site."""

from flask import Flask

from relying_parties.kit.saml.login import SamlLogin
from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.saml.signatures import OwnKey
from relying_parties.kit.settings import Limits
from relying_parties.kit.sqlite_store import SqliteSessionStore
from relying_parties.kit.views import mount
from tests.protocol.saml.messages import certificate, private_key
from tests.unit.relying_parties.conftest import HOME, Browser
from tests.unit.relying_parties.saml_double import APP


def tiny(double, clock, path, **changes):
    """The application; `app.store` is its store."""
    settings = {
        "issuer": double.issuer,
        "metadata": double.file,
        "entity_id": "https://app.example/saml",
        "acs_url": f"{HOME}/saml/acs",
        "logged_out_url": f"{HOME}/logged-out",
        "key": OwnKey(private_key(APP), certificate(APP)),
    }
    login = SamlLogin(
        SamlProvider(**settings | changes),
        SqliteSessionStore(path),
        name="app",
        render=lambda refused, again: (
            f'<main id="error" data-error="{refused.reason.value}"><a href="{again}">again</a>'
        ),
        limits=Limits(timeout=30),
        now=clock,
    )
    login.journey.metadata._remembered._monotonic = clock.monotonic
    app = Flask("tiny")
    app.testing = False
    mount(app, login)
    app.add_url_rule("/", "home", lambda: "home")
    app.add_url_rule("/form", "form", login.form_token)
    hello = login.require_login(lambda: f"hello {login.session().subject}")
    app.add_url_rule("/private", "private", hello)
    app.add_url_rule("/claims", "claims", login.require_login(lambda: login.session().claims))
    app.add_url_rule("/strong", "strong", login.require_level(3)(lambda: "strong"))
    app.add_url_rule("/recent", "recent", login.require_fresh(60)(lambda: "recent"))
    app.add_url_rule("/logged-out", "logged_out", lambda: "logged out")
    return app


class SamlBrowser(Browser):
    """As browsers do it: a form of another site arrives without our cookies."""

    def __init__(self, app, double):
        super().__init__(app, double)
        self.app = app

    def post_from_elsewhere(self, fields):
        return self.app.test_client().post("/saml/acs", base_url=HOME, data=fields)

    def arrive(self, fields):
        """Bring the provider's answer, and follow where that leads."""
        answer = self.post_from_elsewhere(fields)
        return self.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    def log_in(self, path="/login"):
        return self.arrive(self.double.answer(self.start(path)))

    def is_inside(self):
        return self.get("/private").status_code == 200
