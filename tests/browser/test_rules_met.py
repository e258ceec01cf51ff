# SPDX-License-Identifier: Apache-2.0
"""The rules of a new password and its strength, told while it is typed."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect
from sqlalchemy import text

from tests.browser.pages import Visit, identifier_of
from tests.browser.test_every_page import UNDRESS, examine

MEASURING = "measuring"
GUESSED = "motdepasse1234"
# With the last name in it.
OWN = "xx-fontaine-7294-kz"
STRONG = "corbeau-lanterne-7294"
STRENGTHS = {
    "fr": r"très faible|faible|moyenne|bonne|très bonne",
    "en": r"very weak|weak|fair|good",
}


def at_the_form(somebody: Visit) -> None:
    """« Changez votre mot de passe », of somebody who has had theirs for a while."""
    older = text(
        "UPDATE passwords SET changed_at = :before WHERE account_id ="
        " (SELECT id FROM accounts WHERE identifier = :known)"
    )
    with somebody.site.database() as database, database.write() as tx:
        known = {"known": identifier_of(MEASURING), "before": int(time.time()) - 400_000}
        tx.execute(older, known)
    somebody.open("/login")
    somebody.log_in(MEASURING)
    somebody.open("/account/password")
    expect(somebody.page.locator("[data-new-password]")).to_be_visible()


def rule(somebody: Visit, key: str) -> Locator:
    return somebody.page.locator(f"[data-rule={key}]")


def expect_rule(somebody: Visit, key: str, state: str) -> None:
    expect(rule(somebody, key)).to_have_attribute("data-state", state)


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_what_only_the_server_knows_is_told_while_typing(visit, locale: str) -> None:
    somebody = visit(locale=locale, width=390)
    at_the_form(somebody)
    told = somebody.page.locator("[data-told]")
    meter = somebody.page.locator("[data-strength]")
    expect(meter).to_be_hidden()
    for typed, states in (
        (GUESSED, {"known": "unmet", "strength": "unmet", "own-words": "met"}),
        (OWN, {"known": "met", "own-words": "unmet"}),
        (STRONG, {"known": "met", "strength": "met", "own-words": "met"}),
    ):
        somebody.password.fill(typed)
        for key, state in states.items():
            expect_rule(somebody, key, state)
        # By words, and not by colour or length alone.
        expect(meter).to_contain_text(re.compile(STRENGTHS[locale]))
        expect(told).to_contain_text(re.compile(STRENGTHS[locale]))
        expect_rule(somebody, "history", "open")
    somebody.password.fill("")
    expect(meter).to_be_hidden()
    expect(told).to_be_empty()
    for one in somebody.page.locator("[data-rule]").all():
        expect(one).to_have_attribute("data-state", "open")


def test_it_is_read_aloud_calmly(visit) -> None:
    somebody = visit()
    at_the_form(somebody)
    told = somebody.page.locator("[data-told]")
    # A status is polite: it waits until nothing else is being read.
    expect(told).to_have_role("status")
    asked = counted(somebody)
    somebody.password.press_sequentially(STRONG)
    expect_rule(somebody, "strength", "met")
    expect(told).to_contain_text("Règles respectées")
    # In pauses, and not at each key.
    assert len(asked) < len(STRONG)


def counted(somebody: Visit) -> list[str]:
    """The questions that the page asks."""
    asked: list[str] = []
    somebody.page.on(
        "request", lambda one: asked.append(one.url) if one.url.endswith("/rules") else None
    )
    return asked


def answering(somebody: Visit, answer: Callable[[Route], None]) -> None:
    somebody.page.route("**/account/password/rules", answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda route: route.fulfill(status=503, json={"error": "busy"}),
        lambda route: route.fulfill(status=200, body="<html>"),
    ],
    ids=["busy", "something-else"],
)
def test_without_an_answer_the_server_still_decides(visit, answer) -> None:
    somebody = visit()
    at_the_form(somebody)
    somebody.password.fill(GUESSED)
    expect_rule(somebody, "known", "unmet")
    answering(somebody, answer)
    somebody.password.fill(STRONG)
    expect_rule(somebody, "known", "open")
    expect_rule(somebody, "length", "met")
    expect(somebody.page.locator("[data-strength]")).to_be_hidden()
    somebody.password.fill(GUESSED)
    somebody.page.locator("#again").fill(GUESSED)
    somebody.follow(somebody.main.locator("form button[type=submit]").first)
    expect(somebody.page.get_by_role("alert")).to_be_visible()
    expect_rule(somebody, "known", "unmet")


def test_it_stands_well_in_both_themes(visit, shots) -> None:
    somebody = visit(width=390)
    at_the_form(somebody)
    faults = []
    for typed, states in ((GUESSED, "unmet"), (STRONG, "met")):
        somebody.page.emulate_media(color_scheme="light")
        somebody.password.fill(typed)
        expect_rule(somebody, "known", states)
        somebody.page.evaluate(UNDRESS)
        shots(somebody.page, f"rules-{states}-390")
        faults += examine(somebody.page, "light")
        somebody.page.emulate_media(color_scheme="dark")
        shots(somebody.page, f"rules-{states}-390-dark")
        faults += examine(somebody.page, "dark")
        if beyond := somebody.sideways():
            faults.append(f"scrolls sideways by {beyond} px")
    assert faults == [], "\n".join(faults)
