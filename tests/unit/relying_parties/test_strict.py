# SPDX-License-Identifier: Apache-2.0
"""An application by FAPI 2.0: pushed requests, signed ones, and tokens bound to a key."""

import stat
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey
from werkzeug.wrappers import Response

from relying_parties.kit.outcome import SettingsError
from relying_parties.kit.settings import Provider
from relying_parties.own_keys import own_key, told
from tests.unit.relying_parties.conftest import error_of
from tests.unit.relying_parties.double import as_json
from tests.unit.relying_parties.strict_double import StrictDouble

OWN, PROOF = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("own", "proof"))
KEYS = {"client_secret": None, "client_key": OWN, "proof_key": PROOF}


@pytest.fixture(params=["fapi2", "fapi2-signed"])
def profile(request):
    return request.param


@pytest.fixture
def double(clock, profile):
    provider = StrictDouble(clock, signed=profile == "fapi2-signed")
    provider.client_key = OWN
    yield provider
    provider.close()


@pytest.fixture
def login(make_login, profile):
    return make_login(profile=profile, **KEYS)


def test_the_browser_carries_a_name_alone(browser, double):
    location = browser.start("/strong")
    assert set(parse_qs(urlsplit(location).query)) == {"client_id", "request_uri"}
    double.person["acr"] = "urn:sceau:level:2"
    assert browser.arrive(double.authorize(location)).status_code == 303
    assert browser.get("/private").text == "hello sub-1"
    assert double.asked["acr_values"] == "urn:sceau:level:2"
    assert double.asked["dpop_jkt"] == PROOF.thumbprint()


def test_how_old_a_login_may_be_is_a_number_where_it_is_signed(browser, double, profile):
    browser.log_in()
    browser.client.get("/login?max_age=60", base_url="http://localhost:5999")
    (asked,) = double.pushed.values()
    assert asked["max_age"] == (60 if profile == "fapi2-signed" else "60")


def test_a_value_that_the_proof_must_carry_is_taken_over_once(browser, double):
    double.nonce = "first"
    assert browser.log_in().status_code == 303
    assert (double.calls["/token"], double.calls["/userinfo"]) == (2, 1)
    # Another one while it is used: by userinfo this time.
    location = browser.start()
    double.twists.before = lambda request: (
        setattr(double, "nonce", "second") if request.path == "/userinfo" else None
    )
    assert browser.arrive(double.authorize(location)).status_code == 303
    assert (double.calls["/token"], double.calls["/userinfo"]) == (3, 3)


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
def test_a_provider_that_is_never_content_is_asked_twice(browser, double, path):
    callback = double.authorize(browser.start())
    double.nonce = "0"

    def changed(request):
        if request.path == path:
            double.nonce += "0"

    double.twists.before = changed
    before = double.calls[path]
    response = browser.arrive(callback)
    assert error_of(response) is not None
    assert double.calls[path] - before == 2
    assert browser.get("/private").status_code == 303


def test_tokens_are_renewed_with_a_proof(browser, double, clock):
    browser.log_in()
    first = browser.get("/token").text
    clock.advance(290)
    assert browser.get("/token").text not in {first, "none"}


def test_a_token_that_is_bound_to_nothing_is_refused(browser, double):
    double.kind = "Bearer"
    assert error_of(browser.log_in()) == "answer-refused"
    assert double.calls["/userinfo"] == 0


@pytest.mark.parametrize(
    "answer",
    [
        as_json({"error": "invalid_request"}, 400),
        as_json({}, 201),
        as_json({"request_uri": ""}, 201),
        as_json({"request_uri": "x" * 600}, 201),
        as_json({"request_uri": "urn:x"}, 200),
        as_json([], 201),
        Response("no", 500),
        Response("", 302, headers={"Location": "https://elsewhere.example/"}),
    ],
    ids=["refused", "nothing", "empty", "long", "status", "list", "broken", "redirect"],
)
def test_a_request_that_is_not_taken_leads_to_a_calm_page(browser, double, answer):
    double.twists.before = lambda request: answer if request.path == "/par" else None
    assert error_of(browser.get("/login")) == "provider-unreachable"
    assert not browser.names("__")


def test_a_provider_that_takes_no_pushed_requests(browser, double):
    def without(document):
        del document["pushed_authorization_request_endpoint"]
        return document

    double.twists.discovery = without
    assert error_of(browser.get("/login")) == "provider-unreachable"
    assert double.calls["/par"] == 0


@pytest.mark.parametrize(
    ("changes", "told_of"),
    [
        ({"profile": "fapi3"}, "profile"),
        ({"client_key": None, "client_secret": "s"}, "client_key"),
        ({"proof_key": None}, "proof_key"),
        ({"proof_key": ECKey.import_key(PROOF.as_dict(private=False))}, "proof_key"),
        ({"proof_key": ECKey.generate_key("P-384")}, "proof_key"),
        ({"id_token_algorithm": "RS256"}, "id_token_algorithm"),
        ({"client_key_algorithm": "ES384"}, "client_key_algorithm"),
    ],
    ids=["name", "secret", "none", "public", "curve", "answer", "own"],
)
def test_settings_that_contradict_the_profile(settings, profile, changes, told_of):
    right = {**settings, **KEYS, "profile": profile}
    assert Provider(**right).auth_method == "private_key_jwt"
    with pytest.raises(SettingsError) as refused:
        Provider(**{**right, **changes})
    assert told_of in str(refused.value)


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path):
    file = tmp_path / "own.pem"
    first = own_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert own_key(file).as_dict(private=True) == first.as_dict(private=True)
    assert first.kid in told(first)
    assert '"d"' not in told(first)
