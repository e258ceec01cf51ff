# SPDX-License-Identifier: Apache-2.0
"""Consent: shown, refused, given, remembered; and the answer by a form that sends itself."""

import pytest
from playwright.sync_api import expect


def test_what_is_shown_is_what_this_person_gives_away(visit) -> None:
    somebody = visit()
    somebody.ask("asking", scope="openid email")
    somebody.log_in("hesitating")
    facts = somebody.main.locator(".facts dd")
    expect(facts).to_have_text(["iblanc@chu.example"])


def test_a_refusal_goes_back_to_the_application(visit, standin) -> None:
    somebody = visit()
    somebody.ask("asking")
    somebody.log_in("hesitating")
    somebody.follow(somebody.main.locator("button[value=refuse]"))
    somebody.expect_arrival("asking")
    method, answer = standin.last("asking")
    assert method == "GET"
    assert answer["error"] == "access_denied"
    assert answer["state"] == "state-of-this-tab"
    assert answer["iss"] == somebody.site.issuer


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_consent_is_given_once(visit, standin, javascript: bool) -> None:
    somebody = visit(javascript=javascript)
    scope = "openid email" if javascript else "openid phone"
    somebody.ask("asking", scope=scope)
    somebody.log_in("agreeing")
    somebody.follow(somebody.main.locator("button[value=accept]"))
    somebody.expect_arrival("asking")
    assert "code" in standin.last("asking")[1]
    # Nothing more is asked: straight through.
    somebody.ask("asking", scope=scope)
    somebody.expect_arrival("asking")
    # More is asked: shown again.
    somebody.ask("asking", scope=f"{scope} profile")
    expect(somebody.main.locator("button[value=accept]")).to_be_visible()


def test_form_post_sends_itself(visit, standin) -> None:
    somebody = visit()
    somebody.ask("untold", response_mode="form_post")
    somebody.log_in()
    somebody.expect_arrival("untold")
    method, answer = standin.last("untold")
    assert method == "POST"
    assert {"code", "state", "iss"} <= set(answer)


def test_form_post_without_script_has_a_button(visit, standin) -> None:
    somebody = visit(javascript=False)
    somebody.ask("untold", response_mode="form_post")
    somebody.log_in()
    somebody.follow(somebody.main.locator("form#post button"))
    somebody.expect_arrival("untold")
    assert standin.last("untold")[0] == "POST"


def test_back_to_a_form_post_sends_nothing_again(visit, standin) -> None:
    somebody = visit()
    somebody.ask("untold", response_mode="form_post")
    somebody.log_in()
    somebody.expect_arrival("untold")
    before = len(standin.asked)
    somebody.page.go_back()
    somebody.page.locator("main").wait_for()
    assert somebody.where == "sceau"
    assert somebody.problem == "journey-finished" or somebody.page.locator(".top-person").count()
    assert len(standin.asked) == before
