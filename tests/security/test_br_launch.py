# SPDX-License-Identifier: Apache-2.0
"""BR rows for launches: whatever software does wrong, or somebody between, nobody is logged in."""

import datetime as dt
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from connectors.strict_json import to_text
from idp.launches.seen import NOBODY, seen_as
from idp.outgoing import Fetched, Fetcher
from tests.launching import PATIENT, Software, handed, why
from tests.races import at_once
from tests.security.launch_scene import refused
from tests.world import ISSUER, START

# Each is one thing wrong with the claims, and the word that is said of it.
CLAIMS = {
    "other audience": ({"aud": "https://other.example"}, "aud"),
    "several audiences": ({"aud": [ISSUER]}, "aud"),
    "no audience": ({"aud": None}, "aud"),
    "another source's name": ({"iss": "https://nobody.example"}, "iss"),
    "no source": ({"iss": None}, "iss"),
    "a list as a source": ({"iss": ["https://hm.chu.example"]}, "iss"),
    "old": ({"iat": START - 120, "exp": START - 60}, "old"),
    "a minute and more": ({"iat": START - 71, "exp": START - 11}, "old"),
    "of the future": ({"iat": START + 30, "exp": START + 60}, "future"),
    "not yet": ({"nbf": START + 30}, "future"),
    "strange beginning": ({"nbf": "tomorrow"}, "future"),
    "good for an hour": ({"exp": START + 3600}, "times"),
    "no end": ({"exp": None}, "times"),
    "no beginning": ({"iat": None}, "times"),
    "a text as a moment": ({"iat": str(START)}, "times"),
    "true as a moment": ({"iat": True}, "times"),
    "no name": ({"jti": None}, "jti"),
    "a short name": ({"jti": "1"}, "jti"),
    "a huge name": ({"jti": "x" * 257}, "jti"),
    "nobody": ({"sub": None}, "sub"),
    "a number as a person": ({"sub": 810101234567}, "sub"),
    "an address as a person": ({"sub": "claire.durand@chu.example"}, "sub"),
    "another establishment's person": ({"sub": "3370000999/0042"}, "perimeter"),
    "a name in two lines": ({"given_name": "Claire\nDurand"}, "names"),
    "no application": ({"application": None}, "application"),
    "an application that it may not open": ({"application": "plain"}, "not-allowed"),
    "an application that nobody knows": ({"application": "unheard-of"}, "not-allowed"),
    "an application without the means": ({"application": "by-password"}, "means"),
    "an application out of reach": ({"application": "out-of-reach"}, "level"),
    "an application that takes no file": ({"application": "homely"}, "no-context"),
    "a file as a text": ({"patient": "2026-0417"}, "patient"),
    "a file without its date": ({"patient": {"file": "2026-0417"}}, "patient"),
    "a date that is none": ({"patient": PATIENT | {"birth_date": "1961-02-30"}}, "patient"),
    "a date in another form": ({"patient": PATIENT | {"birth_date": "12/03/1961"}}, "patient"),
    "strange characters": ({"patient": PATIENT | {"file": "'><script>"}}, "patient"),
    "a way up": ({"patient": PATIENT | {"file": "../../etc"}}, "patient"),
    "a line more": ({"patient": PATIENT | {"file": "2026\r\nSet-Cookie: a"}}, "patient"),
    "a huge file": ({"patient": PATIENT | {"file": "9" * 65}}, "patient"),
    "a huge name of a patient": ({"patient": PATIENT | {"family_name": "x" * 129}}, "patient"),
    "right to left": ({"patient": PATIENT | {"family_name": "\u202eab"}}, "patient"),
    "more than a file": ({"patient": PATIENT | {"diagnosis": "C50"}}, "patient"),
    "a huge launch": ({"extra": "x" * 20_000}, "form"),
}
HEADERS = {
    "another kind of token": ({"typ": "JWT"}, "typ"),
    "no kind": ({"typ": None}, "typ"),
    "a key from the outside": ({"jwk": {"kty": "oct"}}, "header"),
    "where to find a key": ({"jku": "https://evil.example"}, "header"),
    "a key that nobody knows": ({"kid": "hm-2"}, "kid"),
}


@pytest.mark.parametrize("wrong", CLAIMS)
def test_br_006_claims(region, software, wrong):
    changes, word = CLAIMS[wrong]
    refused(region, software, software.token(**changes), word)


@pytest.mark.parametrize("wrong", HEADERS)
def test_br_006_header(region, software, wrong):
    changes, word = HEADERS[wrong]
    head = {"alg": "ES256", "typ": "launch+jwt", "kid": "hm-1"} | changes
    head = {name: value for name, value in head.items() if value is not None}
    token = jwt.encode(head, software.claims(), software.key, algorithms=["ES256"])
    refused(region, software, token, word)


def test_br_006_algorithms(region, software):
    head = {"typ": "launch+jwt", "kid": "hm-1"}
    claims = software.claims()
    by_secret = OctKey.import_key(json.dumps(software.key.as_dict(private=False)))
    rsa = RSAKey.generate_key(2048)
    for algorithm, key in (("HS256", by_secret), ("RS256", rsa), ("PS256", rsa)):
        token = jwt.encode(head | {"alg": algorithm}, claims, key, algorithms=[algorithm])
        refused(region, software, token, "alg")
    _head, body, _signature = software.token().split(".")
    bare = to_text(json.dumps(head | {"alg": "none"}).encode())
    refused(region, software, f"{bare}.{body}.", "alg")


def test_br_006_signature(region, software):
    other = ECKey.generate_key("P-256", {"kid": "hm-1"})
    forged = Software(region, key=other).token()
    refused(region, software, forged, "signature")
    refused(region, software, software.token()[:-8] + "AAAAAAAA", "signature")


@pytest.mark.parametrize("text", ["x", "a.b.c", "é.é.é", "..", "x" * 20_000, "e30.e30.e30"])
def test_br_006_form(region, software, text):
    answer = software.push(text)
    assert answer.status_code == 400
    assert why(region) in {"form", "iss"}


def test_br_003_a_launch_is_good_once(region, software):
    token = software.token()
    assert software.push(token).status_code == 201
    assert software.push(token).get_json()["error_description"] == "replayed"
    # As long as it would be believed: the memory of its name is no shorter than that.
    region.clock.pass_by(69)
    assert software.push(token).get_json()["error_description"] == "replayed"
    region.provider.background()._chores.do()
    assert software.push(token).get_json()["error_description"] == "replayed"
    region.clock.pass_by(1)
    assert software.push(token).get_json()["error_description"] == "old"


def test_br_003_of_many_at_once_one_is_taken(region, software):
    token = software.token()
    answers = at_once(lambda _: software.push(token).status_code, range(8))
    assert sorted(answers) == [201] + [400] * 7


def test_br_003_its_address_opens_once(region, software):
    address = software.pushed()
    first, second = region.browser(), region.browser()
    first.request("HEAD", address)
    assert first.last.status_code == 405
    handed(first.get(address))
    second.get(address)
    assert (second.last.status_code, second.problem) == (410, "launch-over")
    assert len(region.events("login.proved")) == 1


def test_br_003_its_address_is_short_lived(region, software):
    address = software.pushed()
    region.clock.pass_by(61)
    browser = region.browser()
    browser.get(address)
    assert (browser.last.status_code, browser.problem) == (410, "launch-over")


def test_br_003_a_name_is_each_source_s_own(region, software):
    other = Software(region, issuer="https://other-hm.example")
    other.register(key="other")
    assert software.push(software.token(jti="the-same-name-of-both")).status_code == 201
    assert other.push(other.token(jti="the-same-name-of-both")).status_code == 201


def test_br_015_keys_are_fetched_from_nowhere_inside(region, software):
    for address in (
        "http://169.254.169.254/keys",
        "https://127.0.0.1/keys",
        "https://localhost/keys",
        "https://[::1]/keys",
        "gopher://hm.example/keys",
    ):
        software.register(jwks="", jwks_uri=address)
        assert software.push(software.token()).status_code == 400
        assert why(region) == "keys"


def test_br_018_strangers_do_not_make_us_ask(region, software, monkeypatch):
    asked = []

    def fetch(self, method, url, **_more):
        asked.append(url)
        return Fetched(200, {}, software.source().jwks.encode())

    monkeypatch.setattr(Fetcher, "fetch", fetch)
    software.register(jwks="", jwks_uri="https://hm.chu.example/keys")
    assert software.push(software.token()).status_code == 201
    for _ in range(20):
        software.push(software.token(header={"kid": "made-up"}))
    assert len(asked) == 2
    region.clock.pass_by(31)
    software.push(software.token(header={"kid": "made-up"}))
    assert len(asked) == 3


def test_a_certificate_names_its_key(region, software):
    def certificate(days: int) -> str:
        key = software.key.private_key
        now = dt.datetime.fromtimestamp(START, dt.UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hm")])
        made = x509.CertificateBuilder(
            name, name, key.public_key(), 1,
            now - dt.timedelta(days=9), now + dt.timedelta(days=days),
        ).sign(key, hashes.SHA256())  # fmt: skip
        return made.public_bytes(Encoding.PEM).decode()

    assert isinstance(software.key.private_key, ec.EllipticCurvePrivateKey)
    software.register(jwks="", certificate=certificate(9))
    assert software.push(software.token(header={"kid": ""})).status_code == 201
    software.register(jwks="", certificate=certificate(-1))
    assert software.push(software.token()).get_json()["error_description"] == "kid"
    software.register(jwks="", certificate=certificate(9), algorithm="RS256")
    assert software.push(software.token()).get_json()["error_description"] == "alg"


def test_a_source_speaks_of_its_own_people(region, software):
    own = "3370000481/0042"
    assert software.push(software.token(sub=own)).status_code == 201
    software.register(numbers=("3370000481/",))
    assert software.push(software.token(sub=own)).status_code == 201
    assert software.push(software.token()).get_json()["error_description"] == "perimeter"


def test_cr_012_who_sends_rubbish_waits(region, software):
    answers = [software.push("rubbish").status_code for _ in range(200)]
    assert answers[0] == 400
    assert answers[-1] == 429
    # While they wait, nothing more is written of them.
    written = len(region.events("launch.refused"))
    assert software.push("rubbish").status_code == 429
    assert len(region.events("launch.refused")) == written
    # Nor do they shut out whoever stands behind the same address: what is signed never waits.
    assert software.push(software.token()).status_code == 201
    late = software.token(iat=START - 120, exp=START - 60)
    assert software.push(late).get_json()["error_description"] == "old"
    handed(region.browser(software.address).get(software.pushed()))
    # Of another address nobody waits.
    software.address = "198.51.100.99"
    assert software.push(software.token()).status_code == 201


def test_cr_012_what_is_signed_and_refused_shuts_nobody_out(region, software):
    late = software.token(iat=START - 120, exp=START - 60)
    for _ in range(200):
        assert software.push(late).status_code == 400
    assert software.push("rubbish").status_code == 400


def test_what_came_is_noted_without_people(region, software):
    software.push(software.token())
    software.push(software.token(aud="https://other.example"))
    software.push(software.token(iss="https://stranger.example"))
    with region.core.database.read() as tx:
        own = region.core.seen.of(tx, seen_as("hm"))
        others = region.core.seen.of(tx, seen_as(NOBODY))
    assert {one.fault for one in own} == {"", "aud"}
    assert isinstance(others, list)
    text = repr(own + others)
    assert "810101234567" not in text
    assert "AUB" not in text
