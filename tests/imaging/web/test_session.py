# SPDX-License-Identifier: Apache-2.0
"""The session as its pages see it: asked without extending, extended, ended, forgotten."""

import pytest
from sqlalchemy.exc import OperationalError

from tests.unit.relying_parties.conftest import asked

MINUTES = 60
WHOLE = 15 * MINUTES
EVERYTHING = '"cache", "storage"'


def left(browser):
    answer = browser.get("/session")
    assert answer.status_code == (200 if answer.json["left"] else 401)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json["left"]


def test_asking_never_extends(scene):
    browser = scene.inside("doctor")
    browser.get("/professional")
    for minute in range(15):
        assert left(browser) == WHOLE - minute * MINUTES
        scene.time.pass_by(MINUTES)
    assert left(browser) == 0
    assert browser.get("/professional").status_code == 303


def test_a_page_extends_and_says_for_how_long(scene):
    browser = scene.inside("doctor")
    scene.time.pass_by(10 * MINUTES)
    page = browser.page("/professional")
    assert page.select_one("#session-timer")["data-left"] == str(WHOLE)
    assert left(browser) == WHOLE
    # Without scripts, the page itself leaves a little after that.
    refresh = page.select_one("noscript meta[http-equiv=refresh]")["content"]
    assert refresh == f"{WHOLE + 2};url=/session-expired?why=idle"


def test_staying_extends_by_our_own_form_alone(scene):
    browser = scene.inside("doctor")
    token = browser.form_token()
    scene.time.pass_by(14 * MINUTES)
    for data in (None, {}, {"form_token": ""}, {"form_token": "0" * 64}):
        assert browser.post("/session", data).status_code == 403
        assert left(browser) == MINUTES
    assert browser.post("/session", {"form_token": token}).json["left"] == WHOLE
    assert left(browser) == WHOLE


def test_a_tab_learns_whose_session_it_is_and_takes_its_forms_value(scene):
    """A second tab: the same browser, a page that is older than the session."""
    browser = scene.inside("doctor")
    page = browser.page("/professional")
    mark = page.select_one("#session-timer")["data-whose"]
    old = browser.form_token()
    browser.log_in("/login?next=/enter")
    told = browser.get("/session").json
    assert (told["whose"], told["token"]) == (mark, browser.form_token())
    assert told["token"] != old
    assert browser.post("/session", {"form_token": told["token"]}).status_code == 200
    browser.come_as("patient")
    answer = browser.log_in("/login?next=/enter")
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    other = browser.get("/session").json
    assert len(other["whose"]) == len(mark) == 32
    assert other["whose"] != mark


def test_the_same_person_keeps_what_the_browser_has(scene):
    browser = scene.inside("doctor")
    assert "Clear-Site-Data" not in browser.log_in("/login?next=/enter").headers


def test_a_logout_that_was_refused_forgets_nothing_and_leads_to_a_page(scene):
    browser = scene.inside("doctor")
    answer = browser.post("/logout", {"form_token": "0" * 64})
    assert answer.status_code == 403
    assert "Clear-Site-Data" not in answer.headers
    assert 'href="/logout"' not in answer.text
    assert "Clear-Site-Data" not in browser.get("/logged-out").headers
    assert left(browser)


def test_a_database_that_does_not_answer_has_a_page_all_the_same(scene, monkeypatch):
    browser = scene.inside("doctor")
    database = scene.app.extensions["imaging-portal"].rooms.database

    def away(*_of):
        raise OperationalError("SELECT", {}, Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr(database, "read", away)
        patch.setitem(scene.app.config, "PROPAGATE_EXCEPTIONS", False)
        for path in ("/", "/professional", "/logged-out"):
            answer = browser.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert 'data-error="breakdown"' in answer.text
            assert "Clear-Site-Data" not in answer.headers
    assert browser.get("/professional").status_code == 200


def test_who_is_not_there_can_not_stay(scene):
    assert scene.browser().post("/session").status_code == 401
    browser = scene.inside("doctor")
    token = browser.form_token()
    scene.time.pass_by(WHOLE)
    answer = browser.post("/session", {"form_token": token})
    assert (answer.status_code, answer.json) == (401, {"left": 0})
    assert left(browser) == 0


def test_after_eight_hours_nothing_extends(scene):
    browser = scene.inside("doctor")
    token = browser.form_token()
    for _ in range(8 * 6 - 1):
        scene.time.pass_by(10 * MINUTES)
        assert browser.post("/session", {"form_token": token}).status_code == 200
    assert left(browser) == 10 * MINUTES
    assert browser.get("/session").json["final"] is True
    page = browser.page("/professional")
    assert page.select_one("#session-timer")["data-final"] == "yes"
    refresh = page.select_one("noscript meta[http-equiv=refresh]")["content"]
    assert refresh == f"{10 * MINUTES + 2};url=/session-expired?why=long"
    scene.time.pass_by(10 * MINUTES)
    assert browser.post("/session", {"form_token": token}).status_code == 401


def test_the_page_of_the_end_is_no_activity_and_throws_everything_away(scene):
    browser = scene.inside("doctor")
    scene.time.pass_by(14 * MINUTES)
    early = browser.get("/session-expired?next=/professional")
    assert 'data-lives="yes"' in early.text
    assert "Clear-Site-Data" not in early.headers
    assert left(browser) == MINUTES
    scene.time.pass_by(MINUTES)
    page = browser.get("/session-expired?next=/professional")
    assert 'data-lives="no"' in page.text
    assert "/login?next=/professional" in page.text
    assert "Durand" not in page.text
    assert page.headers["Clear-Site-Data"] == EVERYTHING
    assert not browser.names("imaging_session")


@pytest.mark.parametrize(
    ("asked", "told"),
    [("idle", "idle"), ("long", "long"), ("", ""), ("<script>", ""), ("lost", "")],
)
def test_the_page_of_the_end_says_why_where_the_page_knew(scene, asked, told):
    page = scene.browser().page("/session-expired", query_string={"why": asked})
    assert page.select_one("#session-expired")["data-why"] == told


@pytest.mark.parametrize("there", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_page_of_the_end_leads_nowhere_else(scene, there):
    page = scene.browser().page(f"/session-expired?next={there}")
    assert not [one["href"] for one in page.select("main a") if "evil" in one["href"]]


def test_a_logout_forgets_what_the_browser_keeps(scene):
    browser = scene.inside("doctor")
    answer = browser.post("/logout", {"form_token": browser.form_token()})
    assert answer.headers["Clear-Site-Data"] == EVERYTHING
    query = asked(answer.headers["Location"])
    assert query["post_logout_redirect_uri"] == "http://localhost:8004/logged-out"
    back = browser.get(f"/logged-out?state={query['state']}")
    assert back.headers["Clear-Site-Data"] == EVERYTHING
    assert left(browser) == 0


def test_a_logout_elsewhere_ends_it_here_at_once(scene):
    browser = scene.inside("doctor")
    told = scene.browser().post(
        "/backchannel-logout", {"logout_token": browser.double.logout_token()}
    )
    assert told.status_code == 200
    assert left(browser) == 0
    assert browser.get("/professional").status_code == 303
