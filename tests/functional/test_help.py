# SPDX-License-Identifier: Apache-2.0
"""Help, questions, contact, what the region publishes, and the toolbox without a script."""

import pytest

from tests.world import World, open_world

ENGLISH = {"Accept-Language": "en"}
FOOT = ("/directory", "/help", "/faq", "/toolbox", "/contact", "/accessibility", "/legal", "/terms")


def test_every_page_leads_to_all_help(quick: World):
    browser = quick.browser()
    for path in ("/", "/login", "/nothing/here", *FOOT):
        browser.get(path)
        links = [one["href"] for one in browser.page.select("footer a")]
        assert links == list(FOOT), path
    for path in FOOT:
        assert browser.get(path).status_code == 200


def test_links_to_questions_lead_to_answers(quick: World):
    browser = quick.browser()
    browser.get("/faq")
    answers = {one["id"] for one in browser.page.select(".answer")}
    assert len(answers) == len(browser.page.select("details.question")) > 10
    browser.get("/help")
    asked = {one["href"].partition("#")[2] for one in browser.page.select('a[href^="/faq#"]')}
    assert asked
    assert asked <= answers


@pytest.mark.parametrize(
    ("path", "calm"),
    [("/terms", "not published"), ("/legal", "not published"), ("/contact", "not published")],
)
def test_a_region_that_wrote_nothing_still_has_a_page(quick: World, path, calm):
    browser = quick.browser(**ENGLISH)
    browser.get(path)
    assert calm in browser.page.main.text


def test_what_the_region_wrote_is_shown_by_paragraph(sqlite_url: str):
    world = open_world(
        sqlite_url,
        REGION_TERMS="Usage professionnel.\n\nRien <b>d’autre</b>.",
        REGION_CONTACT="De 8 h à 18 h.",
        REGION_SUPPORT_PHONE="02 99 00 00 00",
        REGION_SUPPORT_EMAIL="aide@region.example",
    )
    browser = world.browser()
    browser.get("/terms")
    texts = [one.text for one in browser.page.select("article > p")]
    assert texts == ["Usage professionnel.", "Rien <b>d’autre</b>."]
    browser.get("/contact")
    assert "De 8 h à 18 h." in browser.page.main.text
    assert browser.page.main.find("a", href="tel:0299000000")
    assert browser.page.main.find("a", href="mailto:aide@region.example")
    world.provider.close()


def answers(browser) -> dict[str, str]:
    """What the toolbox says before any script."""
    return {
        check["data-check"]: one["data-answer"]
        for check in browser.page.select("[data-check]")
        for one in check.select("[data-answer]:not([hidden])")
    }


def test_the_toolbox_tells_without_a_script_what_the_server_sees(quick: World):
    browser = quick.browser()
    # A browser that comes for the first time is not taken for one that refuses cookies.
    browser.get("/toolbox")
    told = answers(browser)
    assert told["cookies"] == "kept"
    assert told["connection"] == "secure"
    assert told["script"] == "off"
    assert {told[one] for one in ("clock", "browser", "storage", "passkeys", "holder")} == {
        "unseen"
    }
    assert "Firefox" in browser.page.find(id="checks-title").text


def test_the_toolbox_sees_refused_cookies(quick: World):
    browser = quick.browser()
    browser.client = type(browser.client)(quick.provider.web, use_cookies=False)
    browser.get("/toolbox")
    assert browser.last.status_code == 200
    assert answers(browser)["cookies"] == "refused"


def test_the_toolbox_gives_the_servers_time(quick: World):
    quick.clock.at = 1_790_000_123.456
    answer = quick.browser().get("/toolbox/clock")
    assert answer.get_json() == {"now": 1_790_000_123_456}
    assert answer.headers["Cache-Control"] == "no-store"
