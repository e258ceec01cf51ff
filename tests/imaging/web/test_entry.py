# SPDX-License-Identifier: Apache-2.0
"""The way in: who comes to which page, who is refused, what each answer carries."""

import shutil

import pytest
from bs4 import BeautifulSoup

from imaging_app.access.visitor import Kind
from tests.imaging.web.conftest import CHU, CLINIC, HOMES, PEOPLE, make_scene
from tests.unit.relying_parties.conftest import asked, error_of

SPACES = ("/professional", "/patient", "/establishment")


def test_two_ways_in_and_the_region(scene):
    page = scene.browser().page("/")
    assert page.select_one("#way-professional")["href"] == "/login?next=/enter"
    assert page.select_one("#way-patient")["href"] == "/login?next=/enter"
    assert [one.get("href") for one in page.select(".choices a")] == ["/regions/0", "/regions/1"]


def test_regions_elsewhere(scene):
    browser = scene.browser()
    there = browser.get("/regions/0")
    assert (there.status_code, there.headers["Location"]) == (303, "https://imagerie.example/")
    assert "Nulle part" in browser.page("/regions/1").get_text()
    assert error_of(browser.get("/regions/2")) == "not-found"


@pytest.mark.parametrize("who", HOMES)
def test_each_comes_to_their_own_page(scene, who):
    browser = scene.inside(who)
    assert browser.get("/").headers["Location"] == HOMES[who]
    assert browser.get("/enter").headers["Location"] == "/"
    page = browser.page(HOMES[who])
    assert page.select_one(".person-name").get_text() == PEOPLE[who]["name"]
    # Nothing is made up: what is empty says so.
    # Where there is nothing yet, the page says so; staff are told what there is to do.
    assert page.select(".empty, .task")


@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_opens_the_space_of_others(scene, who):
    browser = scene.inside(who)
    own = {HOMES[who]} if who in HOMES else set()
    if who == "head":
        own |= {"/establishment"}
    for space in SPACES:
        answer = browser.get(space)
        assert (answer.status_code == 200) is (space in own), space
        if space not in own:
            expected = "not-your-space" if own else "no-place-here"
            assert (answer.status_code, error_of(answer)) == (403, expected)


def test_who_has_two_spaces_goes_from_one_to_the_other(scene):
    page = scene.inside("head").page("/professional")
    assert [one["href"] for one in page.select(".spaces a")] == ["/professional", "/establishment"]
    assert [one["href"] for one in page.select(".spaces a[aria-current]")] == ["/professional"]


@pytest.mark.parametrize("who", ["clerk", "trainee"])
def test_who_is_neither_is_told_so_and_can_leave(scene, who):
    answer = scene.inside(who).get("/")
    assert (answer.status_code, error_of(answer)) == (403, "no-place-here")
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one("#error button[form=logout]")


@pytest.mark.parametrize("space", [*SPACES, "/launched", "/launched/1", "/enter"])
def test_without_a_login_every_space_leads_to_one(scene, space):
    answer = scene.browser().get(space)
    assert answer.status_code == 303
    assert asked(answer.headers["Location"])["acr_values"] == "urn:sceau:level:2"


def test_level_two_is_compared_and_not_only_asked_for(scene):
    browser = scene.browser()
    browser.come_as("doctor", level=1)
    answer = browser.log_in("/login?next=/enter")
    assert (answer.status_code, error_of(answer)) == (403, "level-not-reached")
    assert browser.get("/professional").status_code == 303


@pytest.mark.parametrize(
    "told",
    [
        {"population": "professional", "SubjectNameID": 810101234567},
        {"population": ["professional"], "SubjectNameID": "810101234567"},
        {"population": "Professional", "SubjectNameID": "810101234567"},
        {"population": "professional", "SubjectNameID": "8<script>"},
        {"population": "administrator", "administers": [CHU]},
        {"administers": [CHU]},
        {"population": "staff", "administers": "0B0057881"},
        {"population": "staff", "administers": [{"finess": "0B0057881"}, "x", None]},
        {"population": "patient\n"},
        {"role": "professional", "preferred_username": "8101"},
    ],
)
def test_claims_that_are_not_as_documented_open_nothing(scene, told):
    browser = scene.browser()
    browser.double.person |= {"sub": "s", "acr": "urn:sceau:level:2"}
    browser.double.info = {"sub": "s", **told}
    browser.log_in("/login?next=/enter")
    assert error_of(browser.get("/")) == "no-place-here"


def test_a_patient_is_nobody_s_staff(scene):
    browser = scene.inside("patient")
    browser.double.info |= {"administers": [CHU], "works_for": [CHU]}
    browser.log_in("/login?fresh=1")
    assert error_of(browser.get("/establishment")) == "not-your-space"


def visitors(scene, who):
    """What those who decide are told, asked in a request of that person's."""
    portal, found = scene.app.extensions["imaging-portal"], {}

    def look():
        for kind in Kind:
            for finess in ("", CHU["finess"], CLINIC["finess"]):
                found[kind, finess] = portal.visitor(kind, finess)
        return "looked"

    scene.app.add_url_rule("/look", view_func=look)
    assert scene.inside(who).get("/look").text == "looked"
    return {key: one for key, one in found.items() if one}


@pytest.mark.parametrize(("who", "administers"), [("manager", True), ("secretary", False)])
def test_who_works_somewhere_does_not_administer_it(scene, who, administers):
    assert visitors(scene, who)[Kind.STAFF, CHU["finess"]].administers is administers


def test_those_who_decide_are_told_by_the_login_alone(scene):
    found = visitors(scene, "doctor")
    assert set(found) == {(Kind.PROFESSIONAL, ""), (Kind.PROFESSIONAL, CHU["finess"])}
    one = found[Kind.PROFESSIONAL, ""]
    assert (one.rpps, one.name, one.establishment) == (
        "10101234567",
        "Claire Durand",
        CHU["finess"],
    )
    assert (one.subject, one.level, one.auth_at) == ("sub-doctor", 2, scene.time())
    assert one.address == "127.0.0.1"
    assert one.session
    # One request is one in the trace.
    assert {each.request_id for each in found.values()} == {one.request_id}


def test_staff_act_for_an_establishment_of_theirs_alone(scene):
    found = visitors(scene, "head")
    assert [key for key in found if key[0] is Kind.STAFF] == [(Kind.STAFF, CLINIC["finess"])]
    assert found[Kind.STAFF, CLINIC["finess"]].rpps == ""


def test_a_patient_is_known_by_their_account(scene):
    found = visitors(scene, "patient")
    assert set(found) == {(Kind.PATIENT, "")}
    assert found[Kind.PATIENT, ""].subject == "sub-patient"


def test_what_is_grave_asks_for_more_and_comes_back(scene):
    portal = scene.app.extensions["imaging-portal"]

    def grave():
        return "done"

    guarded = portal.require(Kind.PROFESSIONAL, level=3, fresh=300)(grave)
    scene.app.add_url_rule("/grave", view_func=guarded, methods=["GET", "POST"])
    browser = scene.inside("doctor")
    location = browser.get("/grave").headers["Location"]
    assert asked(location)["acr_values"] == "urn:sceau:level:3"
    browser.come_as("doctor", level=3)
    assert browser.arrive(browser.double.authorize(location)).headers["Location"] == "/grave"
    assert browser.get("/grave").text == "done"
    scene.time.pass_by(400)
    assert asked(browser.get("/grave").headers["Location"])["max_age"] == "300"
    # A form can't be sent through a login: the person is told.
    refused = browser.post("/grave", {"form_token": browser.form_token()})
    assert (refused.status_code, error_of(refused)) == (403, "step-up-needed")
    # Whoever may not, may not by any level.
    browser.come_as("patient", level=3)
    browser.log_in("/login?fresh=1")
    assert error_of(browser.get("/grave")) == "not-your-space"


def test_every_answer_is_locked_down(scene):
    browser = scene.inside("doctor")
    for path in ("/professional", "/nothing", "/session", "/sw.js", "/offline", "/static/x"):
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        if not path.startswith("/static"):
            assert headers["Cache-Control"] == "no-store"


def test_cookies_are_locked_to_the_host_on_tls(double, time, sqlite_template, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "imaging.sqlite3")
    scene = make_scene(double, time, tmp_path, "https://imagerie.example")
    answer = scene.browser().get("/login")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-imaging_login_")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    scene.app.extensions["imaging-portal"].rooms.database.close()


def test_another_host_is_told_our_address(scene):
    answer = scene.browser().client.get("/", base_url="http://evil.example")
    assert (answer.status_code, answer.text) == (400, "http://localhost:8004/\n")


def test_pages_are_in_two_languages(scene):
    browser = scene.browser()
    assert browser.page("/", headers={"Accept-Language": "en"}).html["lang"] == "en"
    assert browser.page("/", headers={"Accept-Language": "de"}).html["lang"] == "fr"
    assert browser.get("/language/en?next=//evil.example").headers["Location"] == "/"
    assert browser.page("/").html["lang"] == "en"


def test_what_is_asked_wrongly_is_answered_by_a_page(scene):
    browser = scene.inside("doctor")
    assert error_of(browser.get("/nothing")) == "not-found"
    assert error_of(browser.post("/logout")) == "form-expired"
    refused = browser.post("/professional")
    assert (refused.status_code, error_of(refused)) == (405, "bad-request")
    assert "GET" in refused.headers["Allow"]


LAUNCH = {
    "patient": {"file": "b/2026 2", "birth_date": "1961-03-12", "family_name": "AUBÉPINE"},
    "source": {"name": "Hôpital Manager", "establishment": "0B0057881"},
}


def test_a_launch_opens_the_file_of_the_software(scene):
    browser = scene.browser()
    browser.come_as("doctor")
    browser.double.twists.token_answer = lambda answer: answer | {"launch_context": LAUNCH}
    assert browser.log_in("/login?launch=handle").headers["Location"] == "/launched"
    where = browser.get("/launched").headers["Location"]
    assert where == "/launched/b/2026%202"
    page = browser.page(where)
    assert page.select_one("main")["data-file"] == "b/2026 2"
    assert "AUBÉPINE" in page.h1.get_text()
    # Another tab's file, of an earlier launch.
    answer = browser.get("/launched/2026-0001")
    assert (answer.status_code, error_of(answer)) == (410, "file-not-open")


def test_a_launch_of_a_patient_s_account_opens_no_file(scene):
    browser = scene.browser()
    browser.come_as("patient")
    browser.double.twists.token_answer = lambda answer: answer | {"launch_context": LAUNCH}
    browser.log_in("/login?launch=handle")
    assert error_of(browser.get("/launched")) == "not-your-space"


def test_without_a_launch_there_is_no_file(scene):
    browser = scene.inside("doctor")
    assert browser.get("/launched").headers["Location"] == "/"
    assert error_of(browser.get("/launched/1")) == "file-not-open"
