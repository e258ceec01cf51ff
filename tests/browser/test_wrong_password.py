# SPDX-License-Identifier: Apache-2.0
"""A wrong password, then the right one; too many wrong ones."""

from playwright.sync_api import expect


def test_a_wrong_password_is_told_and_corrected(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    journey = somebody.path
    somebody.log_in("guessed", "Une tout autre phrase 1")
    told = somebody.page.get_by_role("alert")
    expect(told).to_be_visible()
    assert somebody.path.startswith(journey)
    expect(somebody.page.locator("#identifier")).to_have_value("vroussel")
    expect(somebody.password).to_have_value("")
    # The hand is where the correction is made.
    expect(somebody.password).to_be_focused()
    assert somebody.password.get_attribute("aria-invalid") == "true"
    described = somebody.password.get_attribute("aria-describedby")
    expect(somebody.page.locator(f"#{described}")).to_contain_text(told.inner_text().split("\n")[0])
    somebody.log_in("guessed")
    somebody.expect_application("dcc")


def test_an_unknown_name_looks_the_same(visit) -> None:
    somebody = visit()
    somebody.open("/login")
    somebody.log_in("mistaken", "Une tout autre phrase 1")
    known = somebody.page.get_by_role("alert").inner_text()
    somebody.page.locator("#identifier").fill("personne.de.ce.nom")
    somebody.password.fill("Une tout autre phrase 1")
    somebody.follow(somebody.button)
    assert somebody.page.get_by_role("alert").inner_text() == known


def test_cr_030_a_lock_is_told_only_after_the_right_password(visit) -> None:
    somebody = visit()
    somebody.open("/login")
    for _try in range(6):
        somebody.log_in("paused", "Une tout autre phrase 1")
        expect(somebody.page.get_by_role("alert")).to_be_visible()
        expect(somebody.page.locator(".notice-warning")).to_have_count(0)
    somebody.log_in("paused")
    locked = somebody.page.locator("#form-error.notice-warning")
    expect(locked).to_be_visible()
    # « réessayez à 14:32 »: a time of day, not a number of seconds.
    assert ":" in locked.inner_text()
    somebody.open("/account")
    somebody.expect_login()


def test_a_lock_does_not_stop_somebody_else(visit) -> None:
    somebody = visit()
    somebody.open("/login")
    for _try in range(6):
        somebody.log_in("mistaken", "Une tout autre phrase 1")
    somebody.log_in("hesitating")
    expect(somebody.main.locator(".tiles").first).to_be_visible()


def test_characters_are_shown_when_asked(visit) -> None:
    somebody = visit()
    somebody.open("/login")
    somebody.fill()
    toggle = somebody.page.locator("[data-secret-toggle]")
    toggle.check()
    assert somebody.password.get_attribute("type") == "text"
    somebody.button.click()
    somebody.page.wait_for_url(somebody.site.issuer + "/")
