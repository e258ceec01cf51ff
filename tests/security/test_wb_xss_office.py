# SPDX-License-Identifier: Apache-2.0
"""Hostile names in everything that is stored: the console, the Annuaire, registration, letters."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, meta

from idp import paths
from idp.http.letters import Letters
from tests.administration.kit import Opened, open_office
from tests.administration.rewinding import Rewound
from tests.administration.route_table import ROWS, address
from tests.administration.scenes import Scene, set_scenes
from tests.registration_kit import Applicant
from tests.security.crawl import Recorder, Seen, csrf
from tests.security.hostile import ATTRIBUTE, HOSTILE, SHORT, judge, visible
from tests.security.hostile_office import AGENT, poison, text_of

TEMPLATE_TAG = re.compile(r"<([a-z][a-z0-9]*)")
# What our own templates are made of, and nothing that harm is made of beside it.
TAGS = {
    tag
    for file in paths.templates().rglob("*.html")
    for tag in TEMPLATE_TAG.findall(file.read_text("utf-8"))
}
# Not of a message: its words, and its language.
OURS = {"_", "gettext", "ngettext", "lang"}
NUMBERS = {"minutes", "days", "hours", "count", "total", "waiting", "fresh"}


@pytest.fixture(scope="module")
def attacked(
    sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Seen]]:
    with Rewound.open(sqlite_template, tmp_path_factory.mktemp("evil")) as rewound:
        office = open_office(rewound.world)
        scene = set_scenes(office)[0]
        request = poison(office, scene)
        with Recorder(rewound.world).listening() as recorder:
            visit(office, replace(scene, request=request))
        yield recorder.seen


def visit(office: Opened, scene: Scene) -> None:
    """Bring these texts onto every page that shows any."""
    browser = office.enter("administrateur")
    browser.headers["User-Agent"] = AGENT
    for name, route in ROWS.items():
        if name.startswith("GET"):
            browser.get(address(name, scene), query_string=route.query(scene))
            assert browser.last.status_code == 200, name
    for path in ("/admin/applications/hostile", "/admin/applications/hostile/edit"):
        browser.get(path)
    browser.get(f"/admin/accounts?text={HOSTILE}")
    browser.get(f"/admin/audit?text={HOSTILE}")
    browser.get("/admin/accounts/new")
    browser.post(address("POST patients/<account>/letter", scene), {"csrf": csrf(browser)})
    for path in ("/", "/account", "/directory?town=%3Cb%3E", "/directory?name=%22+aut", "/api"):
        browser.get(path)
    for link in [str(one["href"]) for one in browser.page.select("a[href^='/directory/']")]:
        browser.get(link)
    browser.get("/directory/structures")
    browser.get(f"/directory/structures/{scene.house}")
    applicant = Applicant(office.world.browser("192.0.2.70", **{"User-Agent": AGENT}))
    applicant.begin()
    applicant.say_no_card()
    applicant.fill(last_name=HOSTILE, city=ATTRIBUTE, street=HOSTILE, email=HOSTILE)
    applicant.fill()
    applicant.wish()
    applicant.browser.get("/registration/summary")


def test_wb_007_no_stored_text_becomes_markup(attacked: list[Seen]) -> None:
    pages = [one for one in attacked if one.kind == "text/html" and one.body]
    assert len(pages) > 100
    for page in pages:
        judge(page, TAGS)


def test_wb_007_stored_texts_are_shown_as_they_are(attacked: list[Seen]) -> None:
    """They came so far: else nothing would have been tried."""
    told = {
        page.path.partition("?")[0]: visible(page.html)
        for page in attacked
        if page.kind == "text/html"
    }
    for part in ("accounts", "requests", "patients", "imports", "establishments", "communities",
                 "announcements", "applications", "webhooks", "messages", "directory", "audit",
                 "cards"):  # fmt: skip
        shown = " ".join(text for path, text in told.items() if path.startswith(f"/admin/{part}"))
        assert "evil()" in shown or SHORT in shown, part
    annuaire = " ".join(text for path, text in told.items() if path.startswith("/directory"))
    assert "evil()" in annuaire


def test_wb_008_stored_texts_are_no_templates(attacked: list[Seen]) -> None:
    for page in attacked:
        if page.kind == "text/html":
            for result in ("49{%", "{{7*7}}{% raw %}49", "<Config", "<class ", "SECRET_KEY"):
                assert result not in page.text, f"{page}: {result}"


def test_wb_007_a_letter_on_paper_holds_text_alone(attacked: list[Seen]) -> None:
    [letter] = [one for one in attacked if one.path.endswith("/letter")]
    assert letter.body.startswith(b"%PDF-")
    plain = re.sub(rb"stream.*?endstream", b"", letter.body, flags=re.DOTALL)
    assert not re.search(rb"/(JavaScript|JS|Launch|OpenAction|AA)\b", plain)


def test_wb_007_letters_by_mail_hold_hostile_texts_as_text(sqlite_world: Any) -> None:
    letters = Letters(sqlite_world.provider.services.core.settings)
    environment = Environment(
        loader=FileSystemLoader(paths.templates()), extensions=["jinja2.ext.i18n"]
    )
    files = sorted((paths.templates() / "mail").glob("*-*.html"))
    assert len(files) > 15
    names: set[str] = set()
    for file in (paths.templates() / "mail").iterdir():
        names |= meta.find_undeclared_variables(environment.parse(file.read_text("utf-8")))
    values: dict[str, str | int] = {name: 3 if name in NUMBERS else text_of(400) for name in names}
    values = {name: one for name, one in values.items() if name not in OURS}
    values |= {"link": sqlite_world.issuer + "/x"}
    for file in files:
        rendered = letters.render("email", file.stem, "fr", values)
        assert "\n" not in rendered.subject
        for harm in ("<script", "<img src=x", "<svg", '" autofocus', "onerror=evil()>"):
            assert harm not in rendered.html, f"{file.stem}: {harm}"
