# SPDX-License-Identifier: Apache-2.0
"""The ID token and userinfo, each wrong in one way at a time."""

import base64
import hashlib
import json

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from werkzeug.wrappers import Response

from tests.unit.relying_parties.conftest import Browser, error_of
from tests.unit.relying_parties.double import as_json

NOW = 1_800_000_000
DROP = object()


def refused(browser, page="answer-refused"):
    response = browser.log_in()
    assert error_of(response) == page, response.text
    assert not browser.names("app_session")
    assert browser.get("/private").status_code == 303


def b64(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"iss": DROP},
        {"aud": "another"},
        {"aud": DROP},
        {"aud": ["app", "another"]},
        {"aud": []},
        {"azp": "another"},
        {"exp": NOW - 31},
        {"exp": DROP},
        {"iat": NOW + 60},
        {"iat": NOW - 3600},
        {"iat": DROP},
        {"nbf": NOW + 60},
        {"nonce": "another"},
        {"nonce": DROP},
        {"nonce": DROP, "nonce_supported": False},
        {"nonce": "another", "nonce_supported": False},
        {"sub": DROP},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sid": 7},
        {"auth_time": NOW + 600},
        {"auth_time": "now"},
    ],
)
def test_br_006_a_wrong_claim_gives_no_session(browser, change):
    def claims(right):
        wrong = {**right, **change}
        return {name: value for name, value in wrong.items() if value is not DROP}

    browser.double.twists.claims = claims
    refused(browser)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": ["ISSUER"]},
        {"iss": None},
        {"aud": 7},
        {"aud": {"app": 1}},
        {"exp": "1900000000"},
        {"exp": 1900000000.5},
        {"exp": 1e308},
        {"exp": -1},
        {"exp": True},
        {"iat": str(NOW)},
        {"iat": [NOW]},
        {"nonce": ["x"]},
        {"sub": ["sub-1"]},
        {"acr": ["urn:sceau:level:1"]},
    ],
)
def test_oa_078_a_claim_of_another_type_gives_no_session(browser, change):
    double = browser.double
    value = {name: [double.issuer] if v == ["ISSUER"] else v for name, v in change.items()}
    double.twists.claims = lambda right: {**right, **value}
    refused(browser, "level-not-reached" if "acr" in change else "answer-refused")


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub":"a","sub":"b"}',
        b'{"sub":NaN}',
        b'{"sub":"\\ud800"}',
        b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b"[]",
        b"\xff\xfe",
        b'{"exp":' + b"9" * 5000 + b"}",
    ],
)
def test_oa_078_a_payload_that_two_parsers_read_differently(browser, payload):
    from joserfc import jws  # only here the double signs what is no claims set

    double = browser.double
    signed = jws.serialize_compact(
        {"alg": "ES256", "kid": "key-1"}, payload, double.key, algorithms=["ES256"]
    )
    double.twists.id_token = lambda _right: signed
    refused(browser)


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "", None, ["ES256"], "HS256", "RS256"])
def test_oa_070_another_algorithm_gives_no_session(browser, alg):
    def unsigned(right):
        _header, payload, signature = right.split(".")
        return f"{b64({'alg': alg, 'kid': 'key-1'})}.{payload}.{signature}"

    def blank(right):
        _header, payload, _signature = right.split(".")
        return f"{b64({'alg': alg, 'kid': 'key-1'})}.{payload}."

    browser.double.twists.id_token = unsigned
    refused(browser)
    browser.double.twists.id_token = blank
    refused(browser)


@pytest.mark.parametrize("prefix", [b"", b" ", b"\xef\xbb\xbf", b"# comment\n", b"\r\n"])
@pytest.mark.parametrize("form", ["PEM", "DER", "JWK"])
def test_oa_071_a_public_key_is_never_an_hmac_secret(make_login, make_app, double, form, prefix):
    key = RSAKey.generate_key(2048, {"kid": "key-1"})
    browser = Browser(make_app(make_login(id_token_algorithm="RS256")), double)
    double.twists.jwks = lambda _right: {"keys": [key.as_dict(private=False)]}
    if form == "JWK":
        secret = json.dumps(key.as_dict(private=False)).encode()
    else:
        secret = key.as_bytes(form, private=False)
    import hmac  # joserfc refuses such a secret, so the attacker's signature is made by hand

    def forged(right):
        signed = f"{b64({'alg': 'HS256', 'kid': 'key-1'})}.{right.split('.')[1]}"
        digest = hmac.new(prefix + secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{b64(digest)}"

    double.twists.id_token = forged
    refused(browser)


def test_br_006_a_signature_by_another_key_gives_no_session(browser):
    other = ECKey.generate_key("P-256")
    double = browser.double
    double.twists.id_token = lambda right: double.sign(
        json.loads(base64.urlsafe_b64decode(right.split(".")[1] + "==")), key=other
    )
    refused(browser)


def test_br_006_one_changed_byte_gives_no_session(browser):
    def changed(right):
        header, payload, signature = right.split(".")
        other = "A" if signature[10] != "A" else "B"
        return f"{header}.{payload}.{signature[:10]}{other}{signature[11:]}"

    browser.double.twists.id_token = changed
    refused(browser)


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_oa_073_a_key_inside_the_token_is_not_used(browser, name):
    double = browser.double
    own = ECKey.generate_key("P-256", {"kid": "key-1"})
    value = {
        "jwk": own.as_dict(private=False),
        "jku": f"{double.issuer}/evil-jwks",
        "x5u": f"{double.issuer}/evil-x5u",
        "x5c": ["MIIB"],
    }[name]

    def forged(right):
        payload = right.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        return double.sign(claims, {name: value}, key=own)

    double.twists.id_token = forged
    refused(browser)
    assert not [path for path in double.calls if "evil" in path]


@pytest.mark.parametrize(
    "kid", ["../../dev/null", "' OR 1=1", "x" * 400, "key-1 ", 7, ["key-1"], None, ""]
)
def test_oa_074_a_kid_is_an_exact_name(browser, kid):
    def renamed(right):
        _header, payload, signature = right.split(".")
        return f"{b64({'alg': 'ES256', 'kid': kid})}.{payload}.{signature}"

    browser.double.twists.id_token = renamed
    refused(browser)


@pytest.mark.parametrize(
    "extra", [{"crit": ["x"], "x": 1}, {"b64": False, "crit": ["b64"]}, {"zip": "DEF"}]
)
def test_oa_075_unknown_critical_headers(browser, extra):
    def with_header(right):
        _header, payload, signature = right.split(".")
        return f"{b64({'alg': 'ES256', 'kid': 'key-1', **extra})}.{payload}.{signature}"

    browser.double.twists.id_token = with_header
    refused(browser)


def test_oa_076_only_the_compact_form(browser):
    double = browser.double

    def flattened(right):
        protected, payload, signature = right.split(".")
        return json.dumps({"protected": protected, "payload": payload, "signature": signature})

    def unsigned(right):
        return json.dumps({"payload": right.split(".")[1], "signatures": []})

    def encrypted(right):
        return right + ".x.y"

    for form in (flattened, unsigned, encrypted):
        double.twists.id_token = form
        refused(browser)


def test_oa_077_a_huge_token_is_refused_unread(browser):
    browser.double.twists.id_token = lambda right: right + "A" * 40_000
    refused(browser)
    browser.double.twists.id_token = lambda right: (
        f"{b64({'alg': 'ES256', 'x': 'y' * 900})}." + (right.partition(".")[2])
    )
    refused(browser)


@pytest.mark.parametrize("kind", ["logout+jwt", "at+jwt", "application/at+jwt", "secevent+jwt", 7])
def test_oa_079_another_kind_of_token_is_no_id_token(browser, kind):
    def retyped(right):
        _header, payload, signature = right.split(".")
        return f"{b64({'alg': 'ES256', 'kid': 'key-1', 'typ': kind})}.{payload}.{signature}"

    double = browser.double
    double.twists.id_token = retyped
    refused(browser)
    if isinstance(kind, str):
        double.twists.id_token = lambda right: right
        double.twists.header = lambda _right: {"typ": kind}
        refused(browser)


def test_oa_079_an_id_token_is_no_session_cookie(browser, double):
    callback = double.authorize(browser.start())
    seen = []
    double.twists.id_token = lambda right: seen.append(right) or right
    browser.arrive(callback)
    browser.client.set_cookie("app_session", seen[0], domain="localhost")
    assert browser.get("/private").status_code == 303


def test_br_007_a_right_at_hash_is_accepted(browser):
    browser.double.twists.claims = lambda right: {**right, "at_hash": "right"}
    assert browser.log_in().status_code == 303


@pytest.mark.parametrize("value", ["", "wrong", None, 7, ["x"], "A" * 22])
def test_br_007_a_wrong_at_hash_fails_closed(browser, value):
    browser.double.twists.claims = lambda right: {**right, "at_hash": value}
    refused(browser)


@pytest.mark.parametrize(
    "answer",
    [
        {"sub": "another"},
        {"sub": None},
        {"sub": ["sub-1"]},
        {},
        "[]",
        '{"sub":"sub-1","sub":"another"}',
    ],
)
def test_br_008_userinfo_of_somebody_else_gives_no_session(browser, answer):
    browser.double.twists.userinfo = lambda _right: as_json(answer)
    refused(browser)


def test_br_008_an_unsigned_userinfo_jwt_is_refused(browser):
    token = f"{b64({'alg': 'none'})}.{b64({'sub': 'sub-1'})}."
    browser.double.twists.userinfo = lambda _right: Response(token, content_type="application/jwt")
    refused(browser)


def test_br_008_a_userinfo_error_gives_no_session(browser):
    browser.double.twists.userinfo = lambda _right: as_json({"sub": "sub-1"}, 403)
    refused(browser)


def test_what_was_signed_wins_over_userinfo(browser, login):
    browser.double.info["acr"] = "urn:sceau:level:3"
    browser.log_in()
    cookie = browser.client.get_cookie("app_session", domain="localhost").value
    session = login.sessions.find(cookie)
    assert session.level == 1
    assert session.claims["acr"] == "urn:sceau:level:1"
    assert session.claims["name"] == "Zoé Exemple"


def test_max_age_needs_a_recent_auth_time(browser, clock):
    location = browser.get("/login?max_age=60").headers["Location"]
    browser.double.twists.claims = lambda right: {**right, "auth_time": clock() - 120}
    assert error_of(browser.arrive(browser.double.authorize(location))) == "answer-refused"
    location = browser.get("/login?max_age=60").headers["Location"]
    browser.double.twists.claims = lambda right: {
        k: v for k, v in right.items() if k != "auth_time"
    }
    assert error_of(browser.arrive(browser.double.authorize(location))) == "answer-refused"


def test_a_fresh_login_needs_an_auth_time_after_it_began(browser, clock):
    location = browser.get("/login?fresh=1").headers["Location"]
    browser.double.twists.claims = lambda right: {**right, "auth_time": clock() - 60}
    assert error_of(browser.arrive(browser.double.authorize(location))) == "answer-refused"


@pytest.mark.parametrize("acr", [None, "", "urn:sceau:level:0", "urn:sceau:level:9", "2", 2])
def test_an_acr_that_says_nothing_known_reaches_no_level(browser, acr):
    browser.double.person["acr"] = acr
    refused(browser, "level-not-reached")


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "RS256", "PS256", "EdDSA"])
def test_each_algorithm_works_where_it_is_registered(make_login, make_app, double, algorithm):
    from joserfc.jwk import OKPKey  # only here

    double.key = {
        "ES256": lambda: ECKey.generate_key("P-256", {"kid": "k"}),
        "ES384": lambda: ECKey.generate_key("P-384", {"kid": "k"}),
        "RS256": lambda: RSAKey.generate_key(2048, {"kid": "k"}),
        "PS256": lambda: RSAKey.generate_key(2048, {"kid": "k"}),
        "EdDSA": lambda: OKPKey.generate_key("Ed25519", {"kid": "k"}),
    }[algorithm]()
    double.twists.header = lambda right: {**right, "alg": algorithm, "kid": "k"}
    browser = Browser(make_app(make_login(id_token_algorithm=algorithm)), double)
    assert browser.log_in().status_code == 303
    assert error_of(Browser(make_app(make_login()), double).log_in()) == (
        None if algorithm == "ES256" else "answer-refused"
    )


def test_oa_072_an_hmac_key_in_the_key_set_is_passed_over(browser):
    secret = OctKey.generate_key(256, {"kid": "key-2"})
    right = browser.double.key.as_dict(private=False)
    browser.double.twists.jwks = lambda _right: {"keys": [secret.as_dict(), right]}
    assert browser.log_in().status_code == 303
