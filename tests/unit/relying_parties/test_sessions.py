# SPDX-License-Identifier: Apache-2.0
"""Living sessions: levels, freshness, refresh, forms, logout, and the file they live in."""

import stat
import threading

import pytest
from joserfc.jwk import ECKey

from relying_parties.kit.outcome import SettingsError
from relying_parties.kit.settings import Provider
from tests.unit.relying_parties.conftest import HOME, Browser, asked, error_of


def raise_level(double, level):
    double.person["acr"] = f"urn:sceau:level:{level}"


def test_step_up_asks_for_the_level_and_comes_back_to_the_same_page(browser):
    browser.log_in()
    location = browser.start("/strong?case=1")
    assert asked(location)["acr_values"] == "urn:sceau:level:2"
    raise_level(browser.double, 2)
    assert browser.arrive(browser.double.authorize(location)).headers["Location"] == (
        "/strong?case=1"
    )
    assert browser.get("/strong").text == "strong"


def test_step_up_that_comes_back_lower_is_refused_and_does_not_loop(browser):
    browser.log_in()
    answer = browser.log_in("/strong")
    assert (error_of(answer), answer.status_code) == ("level-not-reached", 403)
    assert browser.get("/private").status_code == 200


def test_a_higher_level_than_asked_is_enough(browser):
    raise_level(browser.double, 3)
    browser.log_in()
    assert browser.get("/strong").text == "strong"


def test_step_up_as_somebody_else_does_not_land_in_the_first_ones_page(browser):
    browser.log_in()
    location = browser.start("/strong")
    raise_level(browser.double, 2)
    browser.double.person["sub"] = browser.double.info["sub"] = "sub-2"
    assert browser.arrive(browser.double.authorize(location)).headers["Location"] == "/"
    assert browser.get("/private").text == "hello sub-2"


def test_a_form_that_needs_more_is_told_not_redirected(browser):
    browser.log_in()
    token = browser.token()
    answer = browser.post("/strong", {"form_token": token})
    assert (error_of(answer), answer.status_code) == ("step-up-needed", 403)
    assert "/login?level=2&next=%2Fstrong" in answer.text.replace("&amp;", "&")


def test_freshness_is_asked_for_and_checked(browser, clock):
    browser.log_in()
    assert browser.get("/recent").text == "recent"
    clock.advance(120)
    location = browser.start("/recent")
    assert asked(location)["max_age"] == "60"
    assert browser.arrive(browser.double.authorize(location)).headers["Location"] == "/recent"
    assert browser.get("/recent").text == "recent"


def test_sessions_end_by_age_and_by_idleness(browser, clock):
    browser.log_in()
    clock.advance(3599)
    assert browser.get("/private").status_code == 200
    clock.advance(3601)
    assert browser.get("/private").status_code == 303
    browser.log_in()
    for _ in range(9):
        clock.advance(3000)
        browser.get("/private")
    assert browser.get("/private").status_code == 200
    clock.advance(2000)
    assert browser.get("/private").status_code == 303


def test_rl_009_a_session_seen_in_a_time_to_come_is_none(browser, clock):
    browser.log_in()
    assert browser.get("/private").status_code == 200
    clock.advance(-4 * 3600)
    assert browser.get("/private").status_code == 303


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_form_from_elsewhere_is_refused(browser, method):
    raise_level(browser.double, 2)
    browser.log_in()
    send = getattr(browser.client, method)
    for data in ({}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "é"}):
        answer = send("/strong", base_url=HOME, data=data)
        assert answer.status_code in {403, 405}
        if method == "post":
            assert error_of(answer) == "form-expired"
    assert browser.post("/strong", {"form_token": browser.token()}).text == "strong"


def test_a_form_of_an_earlier_session_is_refused(browser):
    raise_level(browser.double, 2)
    browser.log_in()
    old = browser.token()
    browser.log_in()
    assert error_of(browser.post("/strong", {"form_token": old})) == "form-expired"


# Refresh.


def test_tokens_are_refreshed_when_they_near_their_end(browser, clock):
    browser.log_in()
    first = browser.get("/token").text
    assert browser.get("/token").text == first
    clock.advance(280)
    second = browser.get("/token").text
    assert second != first
    assert browser.get("/token").text == second
    assert browser.double.calls["/token"] == 2


def test_parallel_requests_refresh_once(browser, app, double, clock):
    browser.log_in()
    clock.advance(299)
    cookie = browser.client.get_cookie("app_session", domain="localhost").value
    seen = []

    def ask():
        tab = Browser(app, double)
        tab.client.set_cookie("app_session", cookie, domain="localhost")
        seen.append(tab.get("/token").text)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert double.calls["/token"] == 2
    assert browser.get("/private").status_code == 200


def test_a_refresh_that_the_provider_refuses_ends_the_session(browser, clock):
    browser.log_in()
    for grant in browser.double.refresh_tokens.values():
        grant.alive = False
    clock.advance(299)
    assert browser.get("/token").status_code == 401
    assert browser.get("/private").status_code == 303


def test_a_refresh_that_cannot_be_made_keeps_the_session(browser, clock):
    browser.log_in()
    double = browser.double
    secret, double.client_secret = double.client_secret, "changed"
    clock.advance(299)
    assert error_of(browser.get("/token")) == "provider-unreachable"
    double.client_secret = secret
    assert browser.get("/token").status_code == 200


def test_without_a_refresh_token_a_login_is_needed(browser, clock):
    browser.double.twists.token_answer = lambda right: {**right, "refresh_token": None}
    browser.log_in()
    assert browser.get("/token").status_code == 200
    clock.advance(299)
    assert browser.get("/token").status_code == 401
    assert browser.get("/private").status_code == 200


def test_a_refresh_without_new_refresh_or_id_token_keeps_the_old_ones(browser, clock):
    double = browser.double
    browser.log_in()
    double.twists.refresh_has_id_token = False
    clock.advance(299)
    assert browser.get("/token").status_code == 200
    location = browser.post("/logout", {"form_token": browser.token()}).headers["Location"]
    assert asked(location)["id_token_hint"].count(".") == 2


@pytest.mark.parametrize(
    "change",
    [
        {"sub": "sub-2"},
        {"iss": "https://other.example"},
        {"aud": "another"},
        {"nonce": "another"},
        {"auth_time": 7},
        {"exp": 7},
        {"iat": "x"},
    ],
)
def test_a_refreshed_id_token_of_another_login_ends_the_session(browser, clock, change):
    browser.log_in()
    browser.double.twists.refresh_claims = lambda right: {**right, **change}
    clock.advance(299)
    assert browser.get("/token").status_code == 401
    assert browser.get("/private").status_code == 303


def test_a_refresh_never_raises_the_level(browser, clock):
    browser.log_in()
    browser.double.twists.refresh_claims = lambda right: {**right, "acr": "urn:sceau:level:3"}
    clock.advance(299)
    assert browser.get("/token").status_code == 200
    assert browser.get("/strong").status_code == 303


# Logout by the person.


def test_logout_ends_the_session_here_and_at_the_provider(browser):
    browser.log_in("/private")
    cookie = browser.client.get_cookie("app_session", domain="localhost").value
    answer = browser.post("/logout", {"form_token": browser.token()})
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.startswith(f"{browser.double.issuer}/end-session?")
    query = asked(location)
    assert query["post_logout_redirect_uri"] == f"{HOME}/logged-out"
    assert query["client_id"] == "app"
    assert query["id_token_hint"].count(".") == 2
    assert len(query["state"]) >= 40
    browser.client.set_cookie("app_session", cookie, domain="localhost")
    assert browser.get("/private").status_code == 303


def test_logout_works_while_the_provider_is_down(make_login, make_app, double, clock):
    login = make_login()
    browser = Browser(make_app(login), double)
    browser.log_in()
    token = browser.token()
    login.client._discovery._remembered._good = None
    double.server.shutdown()
    double.server.server_close()
    answer = browser.post("/logout", {"form_token": token})
    assert answer.headers["Location"] == "/logged-out?provider=unreachable"
    assert not browser.names("app_session")


def test_logout_needs_a_form_of_ours(browser):
    browser.log_in()
    assert error_of(browser.post("/logout")) == "form-expired"
    assert browser.get("/logout").status_code == 405
    assert browser.get("/private").status_code == 200


def test_logout_without_a_session_shows_the_page(browser):
    assert browser.post("/logout").headers["Location"] == "/logged-out"


# The file.


def test_the_file_holds_no_session_id_and_no_token_in_clear(browser, login, tmp_path):
    seen = []
    browser.double.twists.token_answer = lambda right: seen.append(right) or right
    location = browser.start()
    browser.arrive(browser.double.authorize(location))
    browser.start()
    cookie = browser.client.get_cookie("app_session", domain="localhost").value
    login.store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = (tmp_path / "app0.sqlite3").read_bytes()
    for secret in (cookie, seen[0]["refresh_token"], seen[0]["access_token"], seen[0]["id_token"]):
        assert secret.encode() not in content
    assert stat.S_IMODE((tmp_path / "app0.sqlite3").stat().st_mode) == 0o600


def test_a_touched_row_is_no_session(browser, login):
    browser.log_in()
    login.store._db.execute("UPDATE sessions SET content = zeroblob(80)")
    assert browser.get("/private").status_code == 303


# Settings.


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://sceau.example"},
        {"issuer": "https://u:p@sceau.example"},
        {"redirect_uri": "http://app.example/callback"},
        {"redirect_uri": f"{HOME}/callback?x=1"},
        {"post_logout_redirect_uri": "https://other.example/"},
        {"client_id": ""},
        {"client_secret": ""},
        {"client_key": ECKey.generate_key("P-256")},
        {"scopes": ("profile",)},
        {"level": 0},
        {"level": 4},
        {"id_token_algorithm": "none"},
        {"id_token_algorithm": "HS256"},
        {"endpoint_origins": ("https://a.example/path",)},
    ],
)
def test_wrong_settings_are_refused_at_start(settings, change):
    with pytest.raises(SettingsError):
        Provider(**{**settings, **change})


def test_all_faults_are_told_at_once_and_no_secret_is_shown(settings):
    with pytest.raises(SettingsError) as caught:
        Provider(**{**settings, "client_id": "", "level": 9, "scopes": ()})
    assert len(caught.value.faults) == 3
    assert "s3cret" not in repr(Provider(**settings))


def test_private_key_jwt_instead_of_a_secret(make_login, make_app, double):
    double.client_key = ECKey.generate_key("P-256")
    login = make_login(client_secret=None, client_key=double.client_key)
    assert Browser(make_app(login), double).log_in().status_code == 303


def test_a_public_client_has_no_secret(make_login, make_app, double):
    double.client_secret = None
    login = make_login(client_secret=None)
    assert Browser(make_app(login), double).log_in().status_code == 303
