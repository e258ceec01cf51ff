# SPDX-License-Identifier: Apache-2.0
"""The toolbox finds out what the browser can do, and says it in plain words."""

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Visit

MINUTES = 5 * 60 * 1000


def examine(somebody: Visit) -> None:
    somebody.open("/toolbox")
    somebody.page.locator("[data-toolbox][data-done]").wait_for()


def said(somebody: Visit, key: str) -> str:
    shown = somebody.page.locator(f"[data-check={key}] [data-answer]:visible")
    expect(shown).to_have_count(1)
    return shown.get_attribute("data-answer") or ""


def test_a_recent_browser_has_all_that_is_needed(visit) -> None:
    somebody = visit()
    examine(somebody)
    told = {
        key: said(somebody, key)
        for key in ("script", "cookies", "connection", "clock", "browser", "storage", "passkeys")
    }
    assert told == {
        "script": "on",
        "cookies": "kept",
        "connection": "secure",
        "clock": "right",
        "browser": "recent",
        "storage": "kept",
        "passkeys": "known",
    }
    assert said(somebody, "holder") in {"present", "absent"}
    expect(somebody.page.locator("[data-said=good]")).to_be_visible()


@pytest.mark.parametrize(
    ("off", "name", "words"), [(MINUTES, "ahead", "5 minutes"), (-MINUTES, "behind", "5 minutes")]
)
def test_a_wrong_clock_is_told_with_how_wrong_it_is(visit, off, name, words) -> None:
    somebody = visit()
    # A clock that is wrong and runs: one that stands still is right again after a while.
    wrong = f"const right = Date.now; Date.now = () => right() + {off}"
    somebody.page.add_init_script(wrong)
    examine(somebody)
    assert said(somebody, "clock") == name
    expect(somebody.page.locator(f"[data-answer={name}]")).to_contain_text(words)
    expect(somebody.page.locator("[data-said=bad]")).to_be_visible()


def test_a_platform_authenticator_is_seen(visit) -> None:
    somebody = visit()
    session = somebody.context.new_cdp_session(somebody.page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    examine(somebody)
    assert said(somebody, "holder") == "present"


def test_the_result_is_copied_and_holds_no_secret(visit) -> None:
    somebody = visit(permissions=["clipboard-read", "clipboard-write"])
    examine(somebody)
    somebody.page.locator("[data-copy]").click()
    expect(somebody.page.locator("[data-copied]")).not_to_be_empty()
    copied = somebody.page.evaluate("navigator.clipboard.readText()")
    assert "JavaScript est activé" in copied
    assert "Chrome" in copied
    for cookie in somebody.context.cookies():
        assert cookie["value"] not in copied
    # Refused, it is offered to be copied by hand.
    refused = visit()
    refused.page.add_init_script("navigator.clipboard.writeText = () => Promise.reject()")
    examine(refused)
    refused.page.locator("[data-copy]").click()
    expect(refused.page.locator("#result")).to_be_focused()


def test_without_script_the_server_tells_what_it_sees(visit) -> None:
    somebody = visit(javascript=False)
    somebody.open("/toolbox")
    assert said(somebody, "cookies") == "kept"
    assert said(somebody, "clock") == "unseen"
    expect(somebody.page.locator("[data-copy]")).to_be_hidden()


def test_the_address_of_a_question_opens_it(visit) -> None:
    somebody = visit()
    somebody.open("/help")
    somebody.follow(somebody.page.locator('a[href="/faq#phone"]'))
    expect(somebody.page.locator("#phone")).to_be_visible()
    expect(somebody.page.locator("#wait")).to_be_hidden()
