# SPDX-License-Identifier: Apache-2.0
"""A login by SAML: out, back from another site, and what an application may ask for."""

import pytest
from lxml import etree

from tests.protocol.saml.messages import certificate
from tests.unit.relying_parties.conftest import HOME, error_of
from tests.unit.relying_parties.saml_app import SamlBrowser, tiny
from tests.unit.relying_parties.saml_double import NS, SSO, SamlDouble


@pytest.fixture
def double(clock, tmp_path):
    return SamlDouble(clock, tmp_path)


@pytest.fixture
def app(double, clock, tmp_path):
    made = tiny(double, clock, tmp_path / "app.sqlite3")
    yield made
    made.extensions["sceau-login"].store.shut()


@pytest.fixture
def browser(app, double):
    return SamlBrowser(app, double)


def test_a_person_logs_in_and_is_sent_back_to_the_page(browser):
    answer = browser.log_in("/private?a=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/private?a=1"
    assert browser.get("/private").text == "hello honest"
    claims = browser.get("/claims").json
    assert claims["name"] == "Zoé Exemple"
    assert claims["SubjectNameID"] == "899700000013"
    assert claims["amr"] == ["sc"]
    assert browser.get("/strong").text == "strong"


def test_the_request_says_what_is_wanted(browser, double):
    location = browser.start("/strong")
    assert location.startswith(SSO + "?SAMLRequest=")
    root, relay = double.request(location)
    assert root.get("AssertionConsumerServiceURL") == f"{HOME}/saml/acs"
    context = root.find("samlp:RequestedAuthnContext", NS)
    assert context.get("Comparison") == "minimum"
    assert context.find("saml:AuthnContextClassRef", NS).text == "urn:sceau:level:3"
    assert root.get("ForceAuthn") is None
    assert root.get("IsPassive") is None
    assert len(relay) <= 80
    other, other_relay = double.request(browser.start("/strong"))
    assert root.get("ID") != other.get("ID")
    assert relay != other_relay


@pytest.mark.parametrize(("path", "name"), [("/login?fresh=1", "ForceAuthn"),
                                            ("/recent", "ForceAuthn"),
                                            ("/login?silent=1", "IsPassive")])  # fmt: skip
def test_force_and_silent_are_asked_for(browser, double, path, name):
    root, _relay = double.request(browser.start(path))
    assert root.get(name) == "true"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AuthnFailed", "access-denied"),
        ("RequestDenied", "access-denied"),
        ("NoPassive", "login-required"),
        ("NoAuthnContext", "level-not-reached"),
        ("PartialLogout", "provider-error"),
    ],
)
@pytest.mark.parametrize("signs", [("response",), ()])
def test_a_refusal_of_the_provider_is_told(browser, double, code, reason, signs):
    status = "urn:oasis:names:tc:SAML:2.0:status:"
    inside = (
        f'<samlp:StatusCode Value="{status}Responder"><samlp:StatusCode Value="{status}{code}"/>'
        "</samlp:StatusCode>"
    )
    location = browser.start("/private")
    root, relay = double.request(location)
    acs = root.get("AssertionConsumerServiceURL")
    double.twists.response = lambda _text: double.envelope(root.get("ID"), acs, "", inside)
    double.signs = signs
    answer = browser.arrive({"SAMLResponse": double.response(root.get("ID"), acs),
                             "RelayState": relay})  # fmt: skip
    # Who says so without a signature decides nothing of what the page says.
    assert error_of(answer) == (reason if signs else "provider-error")
    assert not browser.is_inside()


def test_a_proof_that_is_too_old_is_refused(browser, double, clock):
    old = double.assertion
    double.twists.assertion = lambda text: text.replace(
        'AuthnInstant="2027-01-15T08:00:00Z"', 'AuthnInstant="2027-01-15T07:00:00Z"'
    )
    assert "2027-01-15T08:00:00Z" in old("_x", "y")
    assert error_of(browser.log_in("/recent")) == "answer-refused"
    assert error_of(browser.log_in("/login?fresh=1")) == "answer-refused"
    assert browser.log_in().status_code == 303


def test_the_level_is_compared_with_what_came(browser, double):
    double.context = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    assert error_of(browser.log_in("/strong")) == "level-not-reached"
    assert browser.log_in("/private").status_code == 303
    assert browser.get("/strong").status_code == 303
    double.context = "urn:sceau:level:3"
    assert browser.log_in("/strong").status_code == 303
    assert browser.get("/strong").text == "strong"


@pytest.mark.parametrize("context", ["urn:sceau:level:4", "urn:x", "urn:sceau:level:3 "])
def test_a_class_that_nobody_knows_proves_nothing(browser, double, context):
    double.context = context
    assert error_of(browser.log_in()) == "level-not-reached"


def test_the_provider_may_end_the_session_sooner(browser, double, clock):
    double.twists.assertion = lambda text: text.replace(
        "SessionIndex=", 'SessionNotOnOrAfter="2027-01-15T08:10:00Z" SessionIndex='
    )
    assert browser.log_in().status_code == 303
    assert browser.is_inside()
    clock.advance(601)
    assert not browser.is_inside()


def test_the_next_key_is_learnt_when_it_signs(browser, double, clock):
    assert browser.log_in().status_code == 303
    double.name = "saml next"
    # Not published: nobody's.
    assert error_of(browser.log_in()) == "answer-refused"
    double.publish("saml honest", "saml next")
    assert error_of(browser.log_in()) == "answer-refused"
    clock.advance(31)
    assert browser.log_in().status_code == 303


def test_the_last_good_metadata_is_kept_for_as_long_as_it_holds(browser, double, clock):
    assert browser.log_in().status_code == 303
    double.file.write_text("<nothing/>")
    clock.advance(3601)
    assert browser.log_in().status_code == 303
    clock.advance(7 * 86_400)
    assert error_of(browser.get("/private")) == "provider-unreachable"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('entityID="https://idp.example/saml"', 'entityID="urn:other"'),
        lambda text: text.replace("IDPSSODescriptor", "AttributeAuthorityDescriptor"),
        lambda text: text.replace("https://idp.example/sso", "http://idp.example/sso"),
        lambda text: text.replace("<md:EntityDescriptor", "<!DOCTYPE x><md:EntityDescriptor"),
        lambda text: text.replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
    ],
)
def test_sm_070_metadata_that_is_not_the_providers_is_not_taken(browser, double, change):
    written = etree.tostring(etree.fromstring(double.file.read_bytes())).decode()
    double.file.write_text(change(written))
    assert error_of(browser.get("/private")) == "provider-unreachable"


def test_sm_070_pinned_metadata_is_signed_by_the_pin_or_by_a_key_it_named(double, clock, tmp_path):
    app = tiny(double, clock, tmp_path / "pinned.sqlite3",
               metadata_certificates=(certificate("saml pin"),))  # fmt: skip
    browser = SamlBrowser(app, double)
    for signer in (None, "saml evil", "saml honest"):
        double.publish(signed_by=signer)
        clock.advance(31)
        assert error_of(browser.get("/private")) == "provider-unreachable"
    double.publish(signed_by="saml pin")
    clock.advance(31)
    assert browser.log_in().status_code == 303
    # The next document may be signed by a key that the last good one named.
    double.publish("saml honest", "saml next", signed_by="saml honest")
    double.name = "saml next"
    clock.advance(3601)
    assert browser.log_in().status_code == 303
    app.extensions["sceau-login"].store.shut()


def test_our_own_metadata_can_be_registered(browser, double):
    from idp.saml.described import described

    page = browser.get("/saml/metadata")
    assert page.content_type == "application/samlmetadata+xml"
    made = described(page.text, 1_800_000_000)
    saml = made.document["saml"]
    assert saml["entity_id"] == "https://app.example/saml"
    assert [one["url"] for one in saml["acs"]] == [f"{HOME}/saml/acs"]
    assert saml["signing_certificates"]
    assert saml["encryption_certificates"]
