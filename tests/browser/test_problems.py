# SPDX-License-Identifier: Apache-2.0
"""Pages that say "not this way" lead on: each way is taken, and arrives somewhere."""

import pytest
from playwright.sync_api import expect

from tests.browser.tour import PROBLEMS


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_an_expired_journey_is_begun_again_by_its_button(visit, javascript: bool) -> None:
    somebody = visit(javascript=javascript)
    PROBLEMS["journey-expired"](somebody)
    somebody.expect_problem("journey-expired")
    somebody.follow(somebody.main.locator("a.button-primary"))
    somebody.expect_at("dcc")
    somebody.follow(somebody.page.locator("main a.button").first)
    somebody.log_in()
    somebody.expect_application("dcc")


def test_a_form_sent_after_its_journey_expired_helps(visit, site) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    somebody.fill()
    site.age_journeys()
    somebody.follow(somebody.button)
    somebody.expect_problem("journey-expired")


def test_a_form_without_its_cookie_says_so(visit) -> None:
    somebody = visit()
    PROBLEMS["form-expired"](somebody)
    somebody.expect_problem("form-expired")


def test_who_lacks_the_community_learns_which_and_returns(visit) -> None:
    somebody = visit()
    PROBLEMS["community"](somebody)
    expect(somebody.main).to_contain_text("Onco Centre")
    somebody.follow(somebody.main.locator("a.button-primary"))
    somebody.expect_at("dcc")
    # The application says why in its own words, and nobody is logged in there.
    expect(somebody.page.locator("main#error")).to_be_visible()
    expect(somebody.page.locator(".person-name")).to_have_count(0)


def test_a_problem_page_gives_a_reference_that_support_can_use(visit) -> None:
    somebody = visit()
    PROBLEMS["application-unknown"](somebody)
    assert somebody.page.locator(".reference code").inner_text().strip()
    expect(somebody.main.locator(".support a[href^='tel:']")).to_be_visible()


def test_wb_011_the_language_form_leads_nowhere_else(visit) -> None:
    somebody = visit()
    somebody.open("/login?next=https://elsewhere.example/")
    somebody.page.evaluate(
        "document.querySelector('form.languages [name=next]').value = '//elsewhere.example/'"
    )
    somebody.follow(somebody.page.locator("button[name=locale][value=en]"))
    expect(somebody.page.locator("html")).to_have_attribute("lang", "en")
    assert somebody.where == "sceau"


def test_oa_172_a_journey_of_another_browser_is_not_continued(visit) -> None:
    victim, attacker = visit(), visit()
    attacker.open_example("dcc", "/dossiers")
    victim.page.goto(attacker.page.url)
    victim.expect_problem("journey-other-browser")
    victim.follow(victim.main.locator("a.button").first)
    assert victim.path in {"/", "/login"} or victim.where == "dcc"
