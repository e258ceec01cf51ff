# SPDX-License-Identifier: Apache-2.0
"""The back button, the reload button, the impatient finger."""

from playwright.sync_api import expect


def test_back_to_the_login_page_after_the_login_leads_on(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc")
    somebody.follow(somebody.page.locator("main a.button").first)
    somebody.log_in()
    somebody.expect_application("dcc")
    somebody.page.go_back()
    if somebody.where == "sceau":
        if not somebody.problem:
            somebody.log_in()
        somebody.expect_problem("journey-finished")
        somebody.follow(somebody.main.locator("a.button").first)
    somebody.expect_application("dcc")


def test_back_after_a_wrong_password_gives_a_form_that_works(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    somebody.log_in("guessed", "Une tout autre phrase 1")
    expect(somebody.page.get_by_role("alert")).to_be_visible()
    somebody.page.go_back()
    somebody.expect_login()
    somebody.log_in("guessed")
    somebody.expect_application("dcc")


def test_forward_to_a_callback_that_was_used_shows_no_stack_trace(visit) -> None:
    somebody = visit()
    callbacks: list[str] = []
    somebody.page.on(
        "request", lambda one: callbacks.append(one.url) if "/callback?" in one.url else None
    )
    somebody.log_in_to("dcc")
    answer = somebody.page.goto(callbacks[0])
    assert answer
    assert answer.status < 500
    assert somebody.page.locator("main").is_visible()


def test_reload_of_the_login_page_keeps_the_journey(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    journey = somebody.page.url
    somebody.page.reload()
    assert somebody.page.url == journey
    somebody.log_in()
    somebody.expect_application("dcc")


def test_reload_after_a_wrong_password_counts_as_it_must_and_goes_on(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    somebody.log_in("guessed", "Une tout autre phrase 1")
    somebody.page.reload()
    somebody.log_in("guessed")
    somebody.expect_application("dcc")


def test_a_double_click_sends_one_form(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    posted: list[str] = []
    somebody.page.on("request", lambda one: posted.append(one.url) if one.method == "POST" else 0)
    somebody.fill()
    # The second press comes while the first is on its way: Chromium would send another form.
    somebody.button.evaluate("one => { one.click(); setTimeout(() => one.click(), 20) }")
    somebody.expect_application("dcc")
    assert len(posted) == 1


def test_a_double_click_without_script_arrives_as_well(visit) -> None:
    somebody = visit(javascript=False)
    somebody.open_example("dcc", "/dossiers")
    somebody.fill()
    somebody.button.dblclick(no_wait_after=True)
    somebody.page.locator("main#error, .person-name").wait_for()
    if somebody.where == "sceau":
        somebody.expect_problem("journey-finished")
        somebody.follow(somebody.main.locator("a.button").first)
    somebody.expect_application("dcc")


def test_back_after_logout_shows_nothing_of_the_session(visit) -> None:
    somebody = visit()
    somebody.open("/login")
    somebody.log_in()
    somebody.open("/account")
    expect(somebody.main).to_contain_text("cdurand")
    somebody.open("/logout")
    somebody.follow(somebody.page.locator("form[action='/logout'] button"))
    for _step in range(2):
        somebody.page.go_back()
    expect(somebody.page.locator("body")).not_to_contain_text("cdurand")
