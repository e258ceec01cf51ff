# SPDX-License-Identifier: Apache-2.0
"""Several tabs, several journeys, one browser."""

from playwright.sync_api import expect


def test_two_journeys_at_once_each_lead_to_their_own_application(visit) -> None:
    first = visit()
    second = first.tab()
    first.open_example("dcc", "/dossiers")
    second.open_example("rcp", "/meetings")
    second.expect_login()
    first.log_in()
    first.expect_application("dcc")
    # The other tab still shows its form; whoever fills it in arrives.
    second.log_in()
    second.expect_application("rcp")
    assert second.path == "/meetings"


def test_two_tabs_of_one_application_both_arrive(visit) -> None:
    first = visit()
    second = first.tab()
    first.open_example("dcc", "/dossiers")
    second.open_example("dcc", "/connection")
    second.log_in()
    second.expect_application("dcc")
    assert second.path == "/connection"
    first.log_in()
    first.expect_application("dcc")
    assert first.path == "/dossiers"


def test_a_reload_in_the_second_tab_needs_no_second_login(visit) -> None:
    first = visit()
    second = first.tab()
    first.open_example("dcc", "/dossiers")
    second.open_example("rcp", "/meetings")
    first.log_in()
    first.expect_application("dcc")
    second.page.reload()
    second.expect_application("rcp")


def test_oa_180_another_person_in_the_second_tab_replaces_the_first(visit) -> None:
    first = visit()
    second = first.tab()
    first.open_example("rcp", "/meetings")
    second.open_example("rcp", "/meetings")
    first.log_in()
    first.expect_application("rcp")
    second.log_in("patient")
    second.expect_application("rcp")
    expect(second.page.locator(".person-name")).to_contain_text("Ébeaupré")
    first.page.reload()
    expect(first.page.locator(".person-name")).to_contain_text("Ébeaupré")


def test_oa_180_a_wrong_password_in_the_second_tab_opens_nothing(visit) -> None:
    first = visit()
    second = first.tab()
    first.open_example("dcc", "/dossiers")
    second.open_example("rcp", "/meetings")
    first.log_in()
    first.expect_application("dcc")
    second.log_in("mistaken", "Une tout autre phrase 1")
    expect(second.page.get_by_role("alert")).to_be_visible()
    second.open_example("dcc", "/dossiers")
    second.expect_application("dcc")


def test_a_tab_restored_after_the_login_leads_on(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    journey = somebody.page.url
    somebody.log_in()
    somebody.expect_application("dcc")
    restored = somebody.tab()
    restored.page.goto(journey)
    restored.expect_problem("journey-finished")
    restored.follow(restored.main.locator("a.button").first)
    restored.expect_application("dcc")


def test_a_tab_restored_at_the_address_of_a_sent_form_shows_the_journey(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    somebody.log_in("guessed", "Une tout autre phrase 1")
    posted = somebody.page.url
    assert posted.endswith("/password")
    restored = somebody.tab()
    restored.page.goto(posted)
    restored.expect_login()
    restored.log_in("guessed")
    restored.expect_application("dcc")


def test_a_tab_restored_after_the_browser_was_closed_helps(visit, site) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    journey = somebody.page.url
    later = visit()
    later.page.goto(journey)
    later.expect_problem("journey-other-browser")
    somebody.log_in()
    somebody.expect_application("dcc")
