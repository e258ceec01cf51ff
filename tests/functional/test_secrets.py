# SPDX-License-Identifier: Apache-2.0
"""WB-050: after a whole story, no secret of it is in the audit, in the logs, or readable in the
database.
"""

import base64
import io
import sqlite3

import pytest

from idp import logs
from idp.app import create_provider
from idp.clock import SystemEntropy
from idp.config.sections import LogSettings
from tests.cast import PASSWORD, SECRET
from tests.world import StandingClock, World, find_cast, settings_for

TYPED = "typed-by-mistake-Secret-77"


class RememberingEntropy(SystemEntropy):
    """Every unguessable value that the provider made."""

    def __init__(self):
        self.made = []

    def token(self, size=32):
        self.made.append(super().token(size))
        return self.made[-1]


@pytest.fixture
def story(sqlite_url):
    """A story with every kind of secret, its world, its log, its file."""
    stream = io.StringIO()
    logs.configure(LogSettings(level="debug", format="json"), stream)
    entropy = RememberingEntropy()
    clock = StandingClock()
    provider = create_provider(settings_for(sqlite_url), clock, entropy)
    world = World(provider, clock, find_cast(provider.services.core))
    secrets = tell(world)
    yield world, stream, secrets, [one for one in entropy.made if len(one) >= 40]
    provider.close()


def tell(world):
    browser, dcc, outside = world.browser(), world.client("dcc"), world.client("outside")
    dcc.ask(browser)
    browser.log_in(password=TYPED)
    code = dcc.answered(browser.log_in())["code"]
    tokens = dcc.redeem(code).json
    dcc.redeem(code)
    world.client("plain").redeem("not-a-code-" + TYPED)
    more = dcc.refresh(tokens["refresh_token"]).json
    dcc.userinfo(more.get("access_token", ""))
    dcc.post("/oidc/token", {"grant_type": TYPED, "code": TYPED}, **dcc.basic(TYPED))
    outside.ask(browser)
    ticket = browser.form("/consent")[1]["ticket"]
    browser.submit("/consent", answer="accept")
    robot = world.client("robot").post("/oidc/token", {"grant_type": "client_credentials"}).json
    world.client("resource").introspect(robot["access_token"])
    csrf = browser.get("/logout") and browser.form("/logout")[1]["csrf"]
    browser.submit("/logout")
    given = [one for answer in (tokens, more, robot) for one in answer.values()]
    return {
        PASSWORD, SECRET, TYPED, code, ticket, csrf,
        *(one for one in given if isinstance(one, str) and len(one) > 40),
    }  # fmt: skip


def found_in(text: str, secrets) -> list[str]:
    """The secrets that a text holds, whole or their second half."""
    return [one for one in secrets if one in text or one[len(one) // 2 :] in text]


def test_wb_050_nothing_secret_in_the_audit(story):
    world, _stream, secrets, made = story
    rows = world.events()
    assert len(rows) > 10
    text = repr([tuple(row) for row in rows])
    assert not found_in(text, [*secrets, *made])


def test_wb_050_nothing_secret_in_the_logs(story):
    world, stream, secrets, made = story
    # A breakdown in the middle of a login, with everything at hand.
    world.core.passwords._hashing.matches = lambda *_: 1 // 0
    browser = world.browser()
    world.client("dcc").ask(browser)
    browser.log_in()
    assert browser.problem == "server-error"
    assert PASSWORD not in browser.page.text
    text = stream.getvalue()
    assert "ZeroDivisionError" in text
    assert not found_in(text, [*secrets, *made])


def test_wb_050_nothing_in_the_database_can_be_presented(story):
    world, _stream, secrets, made = story
    connection = sqlite3.connect(str(world.core.database.engine.url.database))
    tables = [
        row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")
    ]
    text = ""
    for table in tables:
        for row in connection.execute(f'SELECT * FROM "{table}"'):
            for value in row:
                raw = value if isinstance(value, bytes) else str(value).encode()
                text += raw.decode("latin-1") + "\n"
                text += base64.urlsafe_b64encode(raw).decode() + "\n" + raw.hex() + "\n"
    connection.close()
    assert tables
    assert not found_in(text, [*secrets, *made])
