# SPDX-License-Identifier: Apache-2.0
"""The way out and back: state, browser, `iss`, errors, several tabs."""

import threading

import pytest

from relying_parties.kit.settings import Limits
from tests.unit.relying_parties.conftest import HOME, Browser, asked, error_of


def test_a_person_logs_in_and_is_sent_back_to_the_page(browser):
    answer = browser.arrive(browser.double.authorize(browser.start("/private?a=1")))
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/private?a=1"
    assert browser.get("/private").text == "hello sub-1"


def test_br_009_pkce_and_nonce_are_new_for_each_login(browser):
    first, second = asked(browser.start()), asked(browser.start())
    assert first["code_challenge_method"] == second["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


def test_br_009_a_code_of_another_login_is_refused(browser):
    other = browser.double.authorize(browser.start())
    mine = browser.double.authorize(browser.start())
    stolen = other.split("code=")[1].split("&")[0]
    own = mine.split("code=")[1].split("&")[0]
    answer = browser.arrive(mine.replace(own, stolen))
    assert error_of(answer) == "login-expired"
    assert browser.get("/private").status_code == 303


def test_br_001_a_callback_of_another_browser_is_refused(browser, app, double):
    attacker = Browser(app, double)
    callback = attacker.double.authorize(attacker.start())
    answer = browser.arrive(callback)
    assert answer.status_code == 400
    assert error_of(answer) == "login-mismatch"
    assert not browser.names("app_session")
    assert browser.get("/private").status_code == 303
    # The login stays good where it was started.
    assert attacker.arrive(callback).status_code == 303


def test_br_001_a_forged_cookie_of_the_right_name_is_refused(browser, app, double):
    attacker = Browser(app, double)
    callback = attacker.double.authorize(attacker.start())
    name = attacker.names("app_login_")[0]
    browser.client.set_cookie(name, "1.guessed", domain="localhost")
    assert error_of(browser.arrive(callback)) == "login-mismatch"


def test_br_002_a_state_is_no_session(browser):
    location = browser.start()
    browser.client.set_cookie("app_session", asked(location)["state"], domain="localhost")
    assert browser.get("/private").status_code == 303


def test_br_002_a_login_cookie_is_no_session(browser):
    browser.start()
    name = browser.names("app_login_")[0]
    value = browser.client.get_cookie(name, domain="localhost").value.split(".")[1]
    browser.client.set_cookie("app_session", value, domain="localhost")
    assert browser.get("/private").status_code == 303


def test_br_003_a_callback_is_answered_once(browser):
    callback = browser.double.authorize(browser.start())
    assert browser.arrive(callback).status_code == 303
    assert error_of(browser.arrive(callback)) == "login-expired"
    assert browser.double.calls["/token"] == 1
    assert browser.get("/private").status_code == 200


def test_br_003_parallel_callbacks_redeem_once(app, double, login):
    browser = Browser(app, double)
    callback = double.authorize(browser.start())
    name = browser.names("app_login_")[0]
    value = browser.client.get_cookie(name, domain="localhost").value
    outcomes = []

    def arrive():
        tab = Browser(app, double)
        tab.client.set_cookie(name, value, domain="localhost")
        outcomes.append(tab.arrive(callback).status_code)

    threads = [threading.Thread(target=arrive) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [303, 400, 400, 400, 400, 400]
    assert double.calls["/token"] == 1


def test_br_003_a_login_expires(browser, clock):
    callback = browser.double.authorize(browser.start())
    clock.advance(601)
    answer = browser.arrive(callback)
    assert error_of(answer) == "login-expired"
    assert browser.double.calls["/token"] == 0


@pytest.mark.parametrize("given", [None, "https://other.example", "", "issuer/", ["a", "b"]])
def test_br_004_iss_is_required_and_compared(browser, given):
    double = browser.double

    def answer(right):
        if given is None:
            return {name: value for name, value in right.items() if name != "iss"}
        return {**right, "iss": double.issuer + "/" if given == "issuer/" else given}

    double.twists.answer = answer
    assert error_of(browser.log_in()) == "answer-refused"
    assert double.calls["/token"] == 0


def test_br_004_an_error_without_iss_is_not_believed(browser):
    browser.double.twists.answer = lambda right: {"state": right["state"], "error": "access_denied"}
    assert error_of(browser.log_in()) == "answer-refused"


@pytest.mark.parametrize(
    ("error", "page", "status"),
    [
        ("access_denied", "access-denied", 403),
        ("login_required", "login-required", 403),
        ("unmet_authentication_requirements", "level-not-reached", 403),
        ("temporarily_unavailable", "provider-unreachable", 503),
        ("server_error", "provider-error", 502),
        ("<script>", "provider-error", 502),
    ],
)
def test_a_providers_error_has_a_calm_page(browser, error, page, status):
    browser.double.twists.answer = lambda right: {
        "state": right["state"],
        "iss": right["iss"],
        "error": error,
        "error_description": "<script>alert(1)</script>",
    }
    answer = browser.log_in("/private")
    assert (error_of(answer), answer.status_code) == (page, status)
    assert "<script" not in answer.text
    assert "/login?next=%2Fprivate" in answer.text


@pytest.mark.parametrize("twice", ["code", "state", "iss"])
def test_a_parameter_twice_is_refused(browser, twice):
    browser.double.twists.answer = lambda right: {**right, twice: [right[twice], "x"]}
    assert error_of(browser.log_in()) == "answer-refused"
    assert browser.double.calls["/token"] == 0


@pytest.mark.parametrize("query", ["", "?state=", "?state=unknown&code=x", "?state=" + "a" * 9000])
def test_a_callback_out_of_nowhere_lets_the_person_start_again(browser, query):
    answer = browser.get("/callback" + query)
    assert answer.status_code in {400, 502}
    assert error_of(answer) in {"login-expired", "answer-refused"}
    assert "/login?next=%2F" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_several_tabs_finish_in_any_order(browser):
    first = browser.double.authorize(browser.start("/private?tab=1"))
    second = browser.double.authorize(browser.start("/private?tab=2"))
    assert browser.arrive(second).headers["Location"] == "/private?tab=2"
    assert browser.arrive(first).headers["Location"] == "/private?tab=1"
    assert not browser.names("app_login_")


def test_abandoned_tabs_do_not_pile_up_cookies(browser, clock):
    for _ in range(15):
        location = browser.start()
        clock.advance(1)
    assert len(browser.names("app_login_")) == 10
    assert browser.arrive(browser.double.authorize(location)).status_code == 303


def test_login_cookie_is_short_hidden_and_lax(browser):
    response = browser.get("/login")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=600" in cookie
    assert "Path=/" in cookie
    assert response.headers["Cache-Control"] == "no-store"


def test_cookies_are_host_bound_on_tls(make_login, make_app, double):
    login = make_login(
        redirect_uri="https://app.example/callback",
        post_logout_redirect_uri="https://app.example/logged-out",
    )
    client = make_app(login).test_client()
    response = client.get("/login", base_url="https://app.example")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-app_login_")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    callback = double.authorize(response.headers["Location"])
    arrived = client.get(callback, base_url="https://app.example")
    cookies = arrived.headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-app_session="))
    assert "Secure" in session
    assert "HttpOnly" in session
    assert "Path=/" in session


def test_an_application_is_told_of_each_session_that_begins(make_login, make_app, double):
    told = []
    login = make_login(opened=told.append)
    browser = Browser(make_app(login), double)
    browser.get("/private")
    assert told == []
    browser.log_in()
    browser.get("/private")
    assert [one.subject for one in told] == ["sub-1"]
    browser.log_in()
    assert len({one.id for one in told}) == 2
    # A login that is refused has begun none.
    double.twists.claims = lambda claims: claims | {"aud": "another"}
    assert browser.log_in().status_code != 303
    assert len(told) == 2


def test_oa_172_a_login_gives_a_new_session_id(browser):
    browser.client.set_cookie("app_session", "fixed-by-attacker", domain="localhost")
    browser.log_in()
    first = browser.client.get_cookie("app_session", domain="localhost").value
    assert first != "fixed-by-attacker"
    browser.log_in()
    second = browser.client.get_cookie("app_session", domain="localhost").value
    assert second != first
    browser.client.set_cookie("app_session", first, domain="localhost")
    assert browser.get("/private").status_code == 303


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nb", "/" * 3000],
)
def test_a_login_never_leads_to_another_site(browser, target):
    answer = browser.arrive(
        browser.double.authorize(
            browser.get("/login", query_string={"next": target}).headers["Location"]
        )
    )
    assert answer.headers["Location"] == "/"


def test_a_login_started_elsewhere_goes_to_our_provider_and_page_only(browser):
    query = {"iss": browser.double.issuer, "target_link_uri": f"{HOME}/private", "login_hint": "z"}
    location = browser.get("/login", query_string=query).headers["Location"]
    assert asked(location)["login_hint"] == "z"
    assert browser.arrive(browser.double.authorize(location)).headers["Location"] == "/private"
    foreign = browser.get("/login", query_string={"iss": "https://evil.example"})
    assert error_of(foreign) == "answer-refused"
    query = {"target_link_uri": f"{HOME}.evil.example/x"}
    location = browser.get("/login", query_string=query).headers["Location"]
    assert browser.arrive(browser.double.authorize(location)).headers["Location"] == "/"


def test_a_flood_of_started_logins_stays_bounded(browser, login, monkeypatch):
    monkeypatch.setattr("relying_parties.kit.sqlite_store.MOST_LOGINS", 5)
    for _ in range(12):
        location = browser.start()
    count = login.store._db.execute("SELECT count(*) FROM logins").fetchone()[0]
    assert count == 5
    assert browser.arrive(browser.double.authorize(location)).status_code == 303


@pytest.mark.parametrize("answer", ["<html>", "[]", '{"access_token": 1}', '{"expires_in":"x"}'])
def test_a_senseless_token_answer_is_a_page_not_a_crash(browser, answer):
    browser.double.twists.token_answer = lambda _right: answer
    response = browser.log_in()
    assert error_of(response) in {"provider-unreachable", "answer-refused"}
    assert not browser.names("app_session")


@pytest.mark.parametrize(
    "change",
    [
        {"token_type": "mac"},
        {"token_type": None},
        {"access_token": ""},
        {"access_token": "a b"},
        {"id_token": None},
        {"id_token": 7},
        {"refresh_token": ["x"]},
        {"expires_in": True},
        {"expires_in": -1},
        {"expires_in": "soon"},
        {"expires_in": 1e308},
    ],
)
def test_a_token_answer_with_a_wrong_field_gives_no_session(browser, change):
    browser.double.twists.token_answer = lambda right: {**right, **change}
    response = browser.log_in()
    assert error_of(response) in {"provider-unreachable", "answer-refused"}
    assert not browser.names("app_session")


def test_a_wrong_client_secret_is_the_applications_own_problem(make_login, make_app, double):
    browser = Browser(make_app(make_login(client_secret="wrong")), double)
    assert error_of(browser.log_in()) == "provider-error"


def test_the_provider_down_at_the_callback_is_a_calm_page(browser, double):
    callback = double.authorize(browser.start("/private"))
    double.server.shutdown()
    double.server.server_close()
    answer = browser.arrive(callback)
    assert error_of(answer) == "provider-unreachable"
    assert answer.headers["Retry-After"]
    assert "/login?next=%2Fprivate" in answer.text


def test_levels_and_lifetimes_are_asked_for(make_login, make_app, double):
    browser = Browser(make_app(make_login(level=2, limits=Limits(timeout=30))), double)
    assert asked(browser.start())["acr_values"] == "urn:sceau:level:2"
    location = browser.get("/login?fresh=1&max_age=30").headers["Location"]
    assert (asked(location)["prompt"], asked(location)["max_age"]) == ("login", "30")
    assert asked(browser.start("/login?silent=1"))["prompt"] == "none"
    assert "prompt" not in asked(browser.start())
