# SPDX-License-Identifier: Apache-2.0
"""What the configuration holds, as console, API and commands show it."""

import json
from collections.abc import Iterator

import pytest
from bs4 import Tag
from click.testing import CliRunner
from flask_babel import force_locale

from idp.__main__ import program as commands
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.administration.rules.settings_desk import GROUPS, InForce, line_of, names_of
from idp.config.loading import schema
from idp.config.reference import render
from idp.web.admin.setting_words import NAMES, lasting
from tests.administration.api_kit import program
from tests.administration.kit import Opened, open_office
from tests.world import RING, open_world, settings_for

# What whoever runs the server has set, and what must never be read here.
SECRETS = {"SMTP_PASSWORD": "hush-mail", "SMS_TOKEN": "hush-sms", "CARDS_PROXY_SECRET": "h" * 40}
CHANGED = {"SESSION_IDLE": "5400", "SMTP_HOST": "mail.chu.example", "SMTP_SENDER": "a@chu.example"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, sqlite_template: object) -> Iterator[Opened]:
    """Somebody has changed a few settings of this server; nothing here changes the database."""
    file = tmp_path_factory.mktemp("settings") / "sceau.sqlite3"
    file.write_bytes(sqlite_template.read_bytes())  # type: ignore[attr-defined]
    file.chmod(0o600)
    world = open_world(f"sqlite:///{file}", **SECRETS, **CHANGED)
    yield open_office(world)
    world.provider.close()


def fact(page: Tag, setting: str) -> str:
    """How the page tells of one setting, in one line."""
    (found,) = (one for one in page.select(".fact") if one.select_one("code").text == setting)
    return " ".join(found.text.split())


def test_the_page_tells_what_was_changed_and_what_is_as_it_comes(office: Opened) -> None:
    browser = office.enter("auditrice")
    assert browser.get("/admin/policies", headers={"Accept-Language": "en"}).status_code == 200
    changed, usual = fact(browser.page, "session.idle"), fact(browser.page, "tokens.code")
    assert changed == (
        "A session ends unused after 1 hour 30 minutes Changed By default: 1 hour session.idle"
    )
    assert usual == "Authorization code 1 minute By default tokens.code"
    assert "mail.chu.example" not in browser.last.text
    assert fact(browser.page, "smtp.host").startswith("E-mails leave Yes Changed")
    rows = browser.page.select("#means tbody tr")
    means = [one.select_one("th").text for one in rows]
    assert len(means) == 7
    assert "CPS card reader" in means
    assert not any(one in browser.last.text for one in (*SECRETS.values(), RING))


def test_programs_read_the_same(office: Opened) -> None:
    caller = program(office, Held(Role.AUDITOR), ("sceau.policies.read",))
    answer = caller.get("/settings")
    told = {one["name"]: one for one in answer.get_json()["settings"]}
    idle = told["session.idle"]
    assert (idle["value"], idle["default"], idle["changed"]) == (5400, 3600, True)
    assert (idle["unit"], idle["about"]) == ("seconds", "Ends after so long without use.")
    assert told["smtp.host"]["value"] is True
    levels = {one["kind"]: one["level"] for one in answer.get_json()["means"]}
    assert levels["password"] == 1
    assert levels["cps"] == 3
    assert not any(one in answer.text for one in (*SECRETS.values(), RING))


def test_means_are_those_that_applications_offer(office: Opened) -> None:
    core, desk = office.world.core, office.world.provider.services.office
    with core.database.read() as tx:
        held = desk.settings.listed(tx, office.authority("auditrice"))
        opened = [one for one in core.applications.every(tx) if one.enabled]
    assert isinstance(held, InForce)
    found = {one.kind: one for one in held.means}
    by_card = [one for one in opened if "cps" in one.policy.means]
    assert found["cps"].applications == len(by_card)
    # An application that asks for the card offers no password, whatever it lists.
    strict = [one for one in opened if one.policy.level > 1]
    assert strict
    assert found["password"].applications <= len(opened) - len(strict)
    assert held.applications == len(opened)


def test_a_command_tells_them_too(office: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = office.world.core.settings
    environ = CHANGED | {
        "SERVER_ISSUER": settings.server.issuer,
        "DATABASE_URL": settings.database.url,
        "SECRETS_KEYS": RING,
    }
    for name, value in environ.items():
        monkeypatch.setenv(f"SCEAU_{name}", value)
    listed = CliRunner().invoke(commands(), ["policies", "list"])
    assert "5400 seconds" in listed.output, listed.output
    assert "set (default 3600 seconds)" in listed.output
    told = json.loads(CliRunner().invoke(commands(), ["policies", "list", "--json"]).output)
    assert {one["population"] for one in told["passwords"]} == {"professional", "patient", "staff"}
    changed = {one["name"] for one in told["settings"] if one["changed"]}
    assert changed == {"session.idle", "smtp.host"}


def test_every_setting_that_is_shown_has_a_name_and_none_is_a_secret() -> None:
    names = [name for group in GROUPS for name in names_of(group)]
    assert sorted(names) == sorted(NAMES)
    assert not any(
        schema()[section][name].kind.secret
        for section, _dot, name in (one.partition(".") for one in names)
    )
    reference = render()
    assert all(f"| `{one.partition('.')[2]}`<br>" in reference for one in names)


def test_a_secret_is_no_more_than_there(tmp_path: object) -> None:
    line = line_of(settings_for(f"sqlite:///{tmp_path}/x"), "none", "secrets.keys")
    assert (line.value, line.default) == (True, False)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (90, "1 minute 30 seconds"), (93_601, "1 day 2 hours 1 second")],
)
def test_a_length_of_time_is_told_exactly(office: Opened, seconds: int, words: str) -> None:
    with office.world.provider.web.app_context(), force_locale("en"):
        assert lasting(seconds) == words
