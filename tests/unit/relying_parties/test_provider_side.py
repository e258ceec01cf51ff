# SPDX-License-Identifier: Apache-2.0
"""What the kit fetches: discovery, keys, and the door that every call goes through."""

import time

import pytest
import requests
from joserfc.jwk import ECKey, RSAKey
from werkzeug.wrappers import Response

from relying_parties.kit.keys import read_key
from relying_parties.kit.origins import origin_of
from relying_parties.kit.outcome import ProviderUnreachable
from relying_parties.kit.outgoing import Outgoing
from relying_parties.kit.settings import Limits, Provider
from tests.unit.relying_parties.conftest import Browser, error_of

WELL_KNOWN = "/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://other.example"},
        {"issuer": "SLASH"},
        {"issuer": None},
        {"issuer": ["ISSUER"]},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": None},
        {"jwks_uri": "http://169.254.169.254/jwks"},
        {"jwks_uri": "http://localhost:1/jwks"},
        {"jwks_uri": "gopher://localhost/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://2130706433/jwks"},
        {"jwks_uri": "http://[fd00::1]/jwks"},
        {"userinfo_endpoint": "http://127.0.0.1:9/"},
        {"end_session_endpoint": "https://evil.example/"},
        {"revocation_endpoint": "USERINFO"},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": None},
        {"code_challenge_methods_supported": "S256"},
    ],
)
def test_br_005_a_discovery_document_that_is_not_the_pinned_one(browser, change):
    double = browser.double
    known = {
        "SLASH": double.issuer + "/",
        "USERINFO": double.issuer.replace("//", "//evil@"),
    }
    change = {
        name: [double.issuer] if value == ["ISSUER"] else known.get(str(value), value)
        for name, value in change.items()
    }
    double.twists.discovery = lambda right: {**right, **change}
    answer = browser.get("/login")
    assert error_of(answer) == "provider-unreachable"
    assert answer.status_code == 503
    assert set(double.calls) == {WELL_KNOWN}


@pytest.mark.parametrize("document", ["", "[]", "null", "<html>", '{"issuer":"a","issuer":"b"}'])
def test_br_005_a_discovery_document_that_is_no_document(browser, document):
    browser.double.twists.discovery = lambda _right: document
    assert error_of(browser.get("/login")) == "provider-unreachable"


def test_br_005_a_changed_document_is_noticed_and_the_last_good_one_kept(browser, clock):
    double = browser.double
    assert browser.log_in().status_code == 303
    double.twists.discovery = lambda right: {**right, "issuer": "https://evil.example"}
    clock.advance(3601)
    location = browser.start()
    assert location.startswith(f"{double.issuer}/authorize?")
    assert double.calls[WELL_KNOWN] == 2
    assert browser.arrive(double.authorize(location)).status_code == 303
    # Not asked again for each request while it fails.
    assert double.calls[WELL_KNOWN] == 2
    double.twists.discovery = lambda right: {**right, "token_endpoint": right["issuer"] + "/other"}
    clock.advance(10)
    assert error_of(browser.log_in()) == "provider-unreachable"
    assert double.calls["/other"] == 1


def test_br_005_discovery_is_kept_for_its_age_and_no_longer(browser, clock):
    double = browser.double
    for _ in range(3):
        browser.start()
    assert double.calls[WELL_KNOWN] == 1
    clock.advance(3601)
    browser.start()
    assert double.calls[WELL_KNOWN] == 2


def test_endpoints_may_be_on_origins_that_are_configured(make_login, make_app, double):
    double.twists.discovery = lambda right: {
        **right,
        "end_session_endpoint": "https://logout.example/end",
    }
    login = make_login(endpoint_origins=("https://logout.example",))
    assert Browser(make_app(login), double).log_in().status_code == 303


def test_a_provider_that_recovers_is_found_again(browser, clock):
    double = browser.double
    double.twists.before = lambda _request: Response("down", 500)
    assert error_of(browser.get("/login")) == "provider-unreachable"
    double.twists.before = lambda request: request
    clock.advance(4)
    assert browser.log_in().status_code == 303


def test_br_018_an_unknown_kid_fetches_the_keys_sparingly(browser, clock):
    double = browser.double
    assert browser.log_in().status_code == 303
    double.twists.header = lambda right: {**right, "kid": "unknown"}
    for _ in range(5):
        assert error_of(browser.log_in()) == "answer-refused"
    assert double.calls["/jwks"] == 2
    clock.advance(31)
    assert error_of(browser.log_in()) == "answer-refused"
    assert double.calls["/jwks"] == 3


def test_a_rotated_key_is_found_at_once(browser):
    double = browser.double
    assert browser.log_in().status_code == 303
    double.key = ECKey.generate_key("P-256", {"kid": "key-2"})
    double.twists.header = lambda right: {**right, "kid": "key-2"}
    assert browser.log_in().status_code == 303
    assert double.calls["/jwks"] == 2


def test_a_withdrawn_key_is_forgotten_with_time(browser, clock):
    double = browser.double
    assert browser.log_in().status_code == 303
    double.twists.jwks = lambda _right: {"keys": []}
    clock.advance(901)
    assert error_of(browser.log_in()) == "answer-refused"


def test_oa_074_one_kid_with_two_keys_verifies_nothing(browser):
    other = ECKey.generate_key("P-256", {"kid": "key-1"}).as_dict(private=False)
    browser.double.twists.jwks = lambda right: {"keys": [*right["keys"], other]}
    assert error_of(browser.log_in()) == "provider-unreachable"


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"alg": "ES384"},
        {"crv": "P-384"},
        {"kty": "oct"},
        {"kty": ["EC"]},
        {"kid": 7},
        {"x": "AAAA"},
        {"d": "AAAA"},
    ],
)
def test_a_key_of_another_kind_is_passed_over(change):
    entry = ECKey.generate_key("P-256", {"kid": "k"}).as_dict(private=False)
    assert read_key(entry, "ES256") is not None
    assert read_key({**entry, **change}, "ES256") is None


def test_a_short_rsa_key_is_passed_over():
    entry = RSAKey.generate_key(2048, {"kid": "k"}).as_dict(private=False)
    assert read_key(entry, "RS256") is not None
    assert read_key({**entry, "n": entry["n"][:171]}, "RS256") is None


@pytest.mark.parametrize("entry", [None, 7, "x", [], {}])
def test_what_is_no_key_is_passed_over(entry):
    assert read_key(entry, "ES256") is None


# The door.


@pytest.fixture
def outgoing(settings):
    door = Outgoing(Provider(**settings), Limits(timeout=30, largest_answer=1000))
    yield door
    door.close()


@pytest.fixture
def hasty(settings):
    door = Outgoing(Provider(**settings), Limits(timeout=0.5, largest_answer=1000))
    yield door
    door.close()


def test_br_015_a_redirect_is_not_followed(browser):
    double = browser.double
    double.twists.before = lambda request: (
        Response(status=302, headers={"Location": "/jwks"})
        if request.path == WELL_KNOWN
        else request
    )
    assert error_of(browser.get("/login")) == "provider-unreachable"
    assert "/jwks" not in double.calls


def test_br_015_a_redirect_at_the_token_endpoint_carries_no_secret_away(browser):
    double = browser.double
    double.twists.before = lambda request: (
        Response(status=307, headers={"Location": "/elsewhere"})
        if request.path == "/token"
        else request
    )
    assert error_of(browser.log_in()) == "provider-unreachable"
    assert "/elsewhere" not in double.calls


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/", "http://localhost:1/", "https://example.org/", "file:///x"]
)
def test_br_015_the_door_opens_to_the_provider_only(outgoing, url):
    with pytest.raises(ProviderUnreachable):
        outgoing.get(url)


def test_br_015_a_large_answer_is_cut(outgoing, double):
    double.twists.before = lambda _request: Response("x" * 2000)
    with pytest.raises(ProviderUnreachable, match="too large"):
        outgoing.get(f"{double.issuer}/x")
    double.twists.before = lambda _request: Response(iter(["x" * 300] * 10))
    with pytest.raises(ProviderUnreachable, match="too large"):
        outgoing.get(f"{double.issuer}/x")
    double.twists.before = lambda _request: Response("fine")
    assert outgoing.get(f"{double.issuer}/x").text == "fine"


def test_br_015_a_slow_drip_is_cut(hasty, double):
    def drip():
        # It ends one day: whoever waits for that gets a whole answer.
        for _ in range(50):
            time.sleep(0.1)
            yield "x"

    double.twists.before = lambda _request: Response(drip())
    with pytest.raises(ProviderUnreachable):
        hasty.get(f"{double.issuer}/x")


def test_br_015_silence_is_cut(hasty, double):
    double.twists.before = lambda _request: time.sleep(5) or Response("late")
    with pytest.raises(ProviderUnreachable):
        hasty.get(f"{double.issuer}/x")


def test_br_016_a_compressed_answer_is_refused(outgoing, double):
    double.twists.before = lambda _request: Response("x", headers={"Content-Encoding": "gzip"})
    with pytest.raises(ProviderUnreachable, match="compressed"):
        outgoing.get(f"{double.issuer}/x")


def test_the_environment_changes_nothing(outgoing, double, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert outgoing.get(f"{double.issuer}/jwks").status_code == 200
    assert isinstance(outgoing._plain, requests.Session)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.example", "https://a.example:443"),
        ("https://A.example:8443/x?y", "https://a.example:8443"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("http://a.example/", None),
        ("https://u:p@a.example/", None),
        ("https://a.example/#x", None),
        ("https://a.example\\@evil.example/", None),
        ("https://a.example /", None),
        ("https://a.example:99999/", None),
        ("https:///x", None),
        ("//a.example/", None),
        ("javascript:alert(1)", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_has_one_origin_or_none(url, origin):
    assert origin_of(url) == origin
