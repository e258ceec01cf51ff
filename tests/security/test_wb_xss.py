# SPDX-License-Identifier: Apache-2.0
"""Hostile names and texts on every page: shown as text, whatever they hold."""

import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from idp.accounts.service import name_community
from idp.accounts.values import Account, Person, Population
from tests.cast import PASSWORD
from tests.security.crawl import Recorder, Seen, csrf, raw
from tests.security.hostile import (
    ATTRIBUTE,
    HOSTILE,
    MARKUP,
    SHORT,
    hostile_application,
    judge,
    visible,
)
from tests.world import Browser, World, open_world

REGION = {
    "REGION_NAME": f"région {HOSTILE}",
    "REGION_SERVER_NAME": f"serveur {HOSTILE}",
    "REGION_WELCOME": f"bienvenue {HOSTILE}",
    "REGION_ACCESS_MANAGER": f"gestion {HOSTILE}",
    "REGION_SUPPORT_EMAIL": "a'onclick=evil()&lt;@b.example",
    "REGION_SUPPORT_PHONE": f"+33 {ATTRIBUTE}",
    "REGION_LEGAL_NOTICE": f"## {HOSTILE}\n\n{HOSTILE}",
}
PERSON = Person(
    Population.PROFESSIONAL,
    "hostile",
    f"Ève {HOSTILE}"[:128],
    f"Nom {ATTRIBUTE}{MARKUP}"[:128],
    email='"><b>@hostile.example',
    profession=MARKUP[:128],
    national_id=SHORT,
)
# What our own templates are made of; anything else on a page came out of a text.
TAGS = {
    "html", "head", "meta", "title", "link", "script", "body", "div", "a", "header", "span",
    "img", "nav", "form", "input", "abbr", "button", "main", "p", "h1", "h2", "h3", "ul", "li",
    "section", "article", "details", "summary", "code", "footer", "label", "dl", "dt", "dd",
    "table", "thead", "tbody", "tr", "th", "td", "strong", "svg", "path", "circle", "rect", "ol",
    "fieldset", "legend",
}  # fmt: skip


def bring_in_hostile(world: World) -> None:
    """People, applications and communities with such names."""
    core = world.core
    hashed = core.passwords.hashed(PASSWORD)
    with core.database.write() as tx:
        made = core.accounts.create(tx, PERSON)
        assert isinstance(made, Account)
        core.passwords.put(tx, made.id, hashed)
        name_community(tx, "evil", f"communauté {HOSTILE}")
        for document in (
            hostile_application("hostile"),
            hostile_application("asking", policy={"consent": True}),
            hostile_application("closed", policy={"communities": ["evil"]}),
        ):
            core.applications.register(tx, document)


def log_in(browser: Browser, identifier: str = "hostile", password: str = PASSWORD) -> None:
    """Fill in the form shown."""
    browser.submit("/password", identifier=identifier, password=password)


def url(world: World, key: str, **changes: str | None) -> str:
    """A request of one of these applications."""
    own = {"client_id": key, "redirect_uri": f"https://{key}.example/cb"}
    return world.client("plain").authorize_url(**(own | changes))


def visit(world: World) -> None:
    """Bring these texts onto every page that shows any."""
    agent = {"User-Agent": f"Mozilla/5.0 Firefox/1 {HOSTILE}"}
    browser = world.browser(**agent)
    for path in ("/", "/help", "/legal", "/accessibility", f"/{HOSTILE}?{HOSTILE}"):
        browser.get(path)
    browser.get(url(world, "hostile", login_hint=HOSTILE[:256], state=HOSTILE))
    log_in(browser, HOSTILE, "wrong")
    log_in(browser, ATTRIBUTE, "wrong")
    log_in(browser)
    for path in ("/", "/account", "/logout", "/oidc/logout"):
        browser.get(path)
    browser.get(url(world, "asking", state=HOSTILE))
    browser.submit("/consent", answer="accept")
    browser.get(url(world, "asking", response_mode="form_post", state=HOSTILE + ATTRIBUTE))
    browser.get(url(world, "asking", prompt="login"))
    browser.get(url(world, "closed"))
    browser.get(f"/oidc/logout?client_id={HOSTILE}&state={HOSTILE}")
    visit_problems(world, agent)
    browser.get("/logout")
    browser.submit("/logout")


def visit_problems(world: World, agent: dict[str, str]) -> None:
    """Refusals whose pages repeat something of the request."""
    stranger = world.browser(**agent)
    for changes in (
        {"response_type": HOSTILE},
        {"scope": HOSTILE},
        {"prompt": HOSTILE},
        {"response_mode": HOSTILE},
        {"claims": HOSTILE},
        {"max_age": HOSTILE},
        {"code_challenge": HOSTILE},
        {"ui_locales": HOSTILE[:200]},
        {"redirect_uri": f"https://evil.example/{HOSTILE}"},
        {"client_id": HOSTILE[:120]},
    ):
        stranger.get(url(world, "hostile", **changes))
    for name in (HOSTILE, ATTRIBUTE):
        stranger.get(url(world, "hostile") + f"&{name}=1&{name}=2")
    stranger.get(f"/login/{HOSTILE}")
    begin_there = world.browser(**agent)
    begin_there.get(url(world, "hostile"))
    address = begin_there.form("/password")[0]
    begin_there.post(address, {"csrf": csrf(begin_there), HOSTILE: HOSTILE, "identifier": MARKUP})
    stranger.get(address)


@pytest.fixture(scope="module")
def attacked(sqlite_template, tmp_path_factory) -> list[Seen]:
    """The pages after such a visit."""
    file = tmp_path_factory.mktemp("hostile") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    world = open_world(f"sqlite:///{file}", **REGION)
    bring_in_hostile(world)
    with Recorder(world).listening() as recorder:
        visit(world)
    world.provider.close()
    found = [one for one in recorder.seen if one.kind == "text/html" and one.body]
    assert len(found) > 30
    return found


def test_wb_007_no_text_becomes_markup(attacked: list[Seen]) -> None:
    for page in attacked:
        judge(page, TAGS)


def test_wb_007_texts_are_shown_as_they_are(attacked: list[Seen]) -> None:
    """Nothing is dropped either: whoever reads sees what is there."""
    shown = " ".join(visible(page.html) for page in attacked)
    for text in (
        f"région {HOSTILE}",
        f"bienvenue {HOSTILE}",
        f"communauté {HOSTILE}",
        f"hostile {HOSTILE}",
        f"asking {HOSTILE}",
        PERSON.first_name,
    ):
        assert " ".join(text.split()) in shown, text
    values = {str(field.get("value")) for page in attacked for field in page.html.find_all("input")}
    assert HOSTILE[:256] in values, "login_hint"
    assert HOSTILE + ATTRIBUTE in values, "state in form_post"
    assert ATTRIBUTE in values, "identifier typed"


def test_wb_008_templates_and_formats_stay_literal(attacked: list[Seen]) -> None:
    for page in attacked:
        text = visible(page.html)
        for result in ("49{%", "{{7*7}}{% raw %}49", "<Config", "<class ", "SECRET_KEY"):
            assert result not in text, f"{page}: {result}"
        assert text.count("{{7*7}}") == text.count("{% raw %}${7*7}") or SHORT in text, str(page)


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": HOSTILE},
        {"scope": HOSTILE},
        {"prompt": HOSTILE},
        {"response_mode": HOSTILE},
        {"claims": HOSTILE},
        {"max_age": HOSTILE},
        {"acr_values": HOSTILE, "response_type": "token"},
        {"code_challenge_method": HOSTILE},
        {"resource": HOSTILE},
        {"id_token_hint": HOSTILE},
        {"request": HOSTILE},
        {"request_uri": f"https://evil.example/{HOSTILE}"},
    ],
)
def test_wb_040_what_is_wrong_is_told_in_our_own_words(
    sqlite_world: World, changes: dict[str, str]
) -> None:
    """Neither the page nor the application's error_description repeats what was sent."""
    plain = sqlite_world.client("plain")
    stranger, known = sqlite_world.browser(), sqlite_world.browser()
    plain.tokens(known)
    for browser in (stranger, known):
        answer = plain.ask(browser, **changes)
        told = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        shown = browser.page.find(id="error")
        assert told.get("error") or shown, changes
        words = "".join(told.get("error_description", [])) + (shown.get_text() if shown else "")
        assert "evil" not in words, changes


def test_wb_040_an_unknown_client_or_address_is_not_repeated(sqlite_world: World) -> None:
    for changes in ({"client_id": "evil-client"}, {"redirect_uri": "https://evil.example/cb"}):
        answer = sqlite_world.client("plain").ask(sqlite_world.browser(), **changes)
        assert answer.status_code == 400
        fold = answer.get_data(as_text=True)
        shown = BeautifulSoup(fold, "html.parser").find(id="error")
        assert shown is not None
        assert "evil" not in shown.get_text()


def test_wb_040_errors_for_programs_hold_nothing_of_the_request(sqlite_world: World) -> None:
    plain = sqlite_world.client("plain")
    for data in (
        {"grant_type": "evil<b>"},
        {"grant_type": "authorization_code", "code": "evil"},
        {"grant_type": "refresh_token", "refresh_token": "evil"},
        {"grant_type": "authorization_code", "code": "evil" * 100},
    ):
        answer = plain.post("/oidc/token", data)
        assert answer.status == 400
        assert "evil" not in str(answer.json)
    answer = raw(sqlite_world, "GET", "/oidc/userinfo", {"Authorization": 'Bearer evil"<b>'})
    assert answer.status_code == 401
    assert "evil" not in answer.get_data(as_text=True) + answer.headers["WWW-Authenticate"]
