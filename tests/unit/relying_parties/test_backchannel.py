# SPDX-License-Identifier: Apache-2.0
"""The provider's logout: a whole logout token ends sessions, anything less ends none."""

import base64
import json
import threading

import pytest
from joserfc.jwk import ECKey
from werkzeug.wrappers import Response

from tests.unit.relying_parties.conftest import Browser, error_of
from tests.unit.relying_parties.double import EVENT

NOW = 1_800_000_000


def send(browser, token):
    answer = browser.post("/backchannel-logout", {"logout_token": token})
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code


def lives(browser):
    return browser.get("/private").status_code == 200


@pytest.fixture
def logged_in(browser):
    browser.log_in()
    assert lives(browser)
    return browser


def test_br_014_a_whole_token_ends_the_session_at_once(logged_in):
    assert send(logged_in, logged_in.double.logout_token()) == 200
    assert not lives(logged_in)


def test_br_014_only_the_session_named_ends(logged_in, app, double):
    double.person["sid"] = "sid-2"
    other = Browser(app, double)
    other.log_in()
    assert send(logged_in, double.logout_token(sid="sid-1")) == 200
    assert (lives(logged_in), lives(other)) == (False, True)


def test_br_014_a_token_with_sub_alone_ends_all_of_that_person(logged_in, app, double):
    double.person["sid"] = "sid-2"
    other = Browser(app, double)
    other.log_in()
    assert send(other, double.logout_token(drop=("sid",), sub="sub-1")) == 200
    assert not lives(logged_in)
    assert not lives(other)


def test_br_014_an_unknown_session_is_a_success(logged_in):
    assert send(logged_in, logged_in.double.logout_token(sid="unknown")) == 200
    assert lives(logged_in)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["app", "another"]},
        {"aud": None},
        {"iat": NOW - 3600},
        {"iat": NOW + 600},
        {"iat": "x"},
        {"exp": NOW - 60},
        {"exp": None},
        {"jti": ""},
        {"jti": 7},
        {"events": {}},
        {"events": [EVENT]},
        {"events": {EVENT: None}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"sid": 7},
        {"sid": None},
        {"sid": ""},
        {"sub": 7},
        {"nonce": "n"},
        {"nonce": None},
    ],
)
def test_br_014_a_wrong_claim_ends_nothing(logged_in, change):
    assert send(logged_in, logged_in.double.logout_token(**change)) == 400
    assert lives(logged_in)


@pytest.mark.parametrize("name", ["iss", "aud", "iat", "exp", "jti", "events", "sid"])
def test_br_014_a_missing_claim_ends_nothing(logged_in, name):
    assert send(logged_in, logged_in.double.logout_token(drop=(name,))) == 400
    assert lives(logged_in)


@pytest.mark.parametrize("kind", [None, "JWT", "at+jwt"])
def test_oa_079_another_kind_of_token_ends_nothing(logged_in, kind):
    assert send(logged_in, logged_in.double.logout_token({"typ": kind})) == 400
    assert lives(logged_in)


@pytest.mark.parametrize("alg", ["none", "None", "", None, "HS256"])
def test_oa_070_br_014_an_unsigned_token_ends_nothing(logged_in, alg):
    _header, payload, signature = logged_in.double.logout_token().split(".")
    header = {"alg": alg, "kid": "key-1", "typ": "logout+jwt"}
    raw = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    assert send(logged_in, f"{raw}.{payload}.") == 400
    assert send(logged_in, f"{raw}.{payload}.{signature}") == 400
    assert lives(logged_in)


def test_br_014_another_key_ends_nothing(logged_in):
    forged = logged_in.double.logout_token(key=ECKey.generate_key("P-256"))
    assert send(logged_in, forged) == 400
    assert lives(logged_in)


def test_br_014_a_token_is_good_once(logged_in):
    token = logged_in.double.logout_token()
    assert send(logged_in, token) == 200
    logged_in.double.person["sid"] = "sid-3"
    logged_in.log_in()
    assert send(logged_in, token) == 400
    assert lives(logged_in)


def test_br_014_a_replay_is_remembered_as_long_as_the_token_could_pass(logged_in, clock):
    token = logged_in.double.logout_token(exp=NOW + 100_000)
    assert send(logged_in, token) == 200
    for _ in range(30):
        clock.advance(30)
        assert send(logged_in, token) == 400


def test_br_014_parallel_replays_pass_once(logged_in, app, double):
    token = double.logout_token()
    codes = []
    threads = [
        threading.Thread(target=lambda: codes.append(send(Browser(app, double), token)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 400, 400, 400, 400, 400]


def test_a_login_under_way_does_not_open_what_was_just_logged_out(browser):
    callback = browser.double.authorize(browser.start())
    assert send(browser, browser.double.logout_token()) == 200
    assert error_of(browser.arrive(callback)) == "login-expired"
    assert not browser.names("app_session")


@pytest.mark.parametrize("data", [{}, {"logout_token": ""}, {"logout_token": ["a", "b"]}])
def test_a_request_without_one_token_is_refused(logged_in, data):
    answer = logged_in.post("/backchannel-logout", data)
    assert answer.status_code == 400
    assert answer.headers["Cache-Control"] == "no-store"
    assert logged_in.get("/backchannel-logout").status_code == 405


def test_a_token_in_the_address_is_not_read(logged_in):
    token = logged_in.double.logout_token()
    assert logged_in.post(f"/backchannel-logout?logout_token={token}").status_code == 400
    assert lives(logged_in)


def test_oa_077_a_huge_request_is_refused(logged_in):
    answer = logged_in.post("/backchannel-logout", {"logout_token": "a" * 200_000})
    assert answer.status_code in {400, 413}


def test_keys_that_cannot_be_fetched_let_the_provider_try_again(make_login, make_app, double):
    browser = Browser(make_app(make_login()), double)
    token = double.logout_token()
    double.twists.before = lambda _request: Response("down", 500)
    assert send(browser, token) == 503
    double.twists.before = lambda request: request
