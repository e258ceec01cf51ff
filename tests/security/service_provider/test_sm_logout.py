# SPDX-License-Identifier: Apache-2.0
"""The kit as service provider: only the provider ends a session here, and only the one it names."""

from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from idp.saml.names import PARTIAL_LOGOUT, SAMLP, SUCCESS
from relying_parties.kit.saml.names import samlp
from tests.protocol.saml.messages import certificate
from tests.unit.relying_parties.conftest import HOME, error_of
from tests.unit.relying_parties.saml_app import SamlBrowser
from tests.unit.relying_parties.saml_double import APP, SLO


@pytest.fixture
def inside(browser):
    assert browser.log_in("/private").status_code == 303
    return browser


def by_soap(browser, body):
    """The provider calls, without any browser."""
    kind = "text/xml"
    return browser.app.test_client().post("/saml/soap", base_url=HOME, data=body, content_type=kind)


SOAP_HERE = {"Destination": f"{HOME}/saml/soap"}


def test_a_logout_here_ends_the_one_at_the_provider(inside, double):
    answer = inside.post("/logout", {"form_token": inside.token()})
    location = answer.headers["Location"]
    assert location.startswith(SLO + "?SAMLRequest=")
    root, _relay = double.request(location)
    name = root.find("{*}NameID")
    assert (name.text, name.get("NameQualifier")) == ("honest", double.issuer)
    assert root.find("{*}SessionIndex").text == "_session-1"
    assert not inside.is_inside()
    back = inside.get(double.logout_answer(location)).headers["Location"]
    assert back.startswith("/logged-out?state=")


def test_a_logout_that_did_not_reach_everybody_says_so(inside, double):
    location = inside.post("/logout", {"form_token": inside.token()}).headers["Location"]
    status = (
        f'<samlp:StatusCode Value="{SUCCESS}"><samlp:StatusCode Value="{PARTIAL_LOGOUT}"/>'
        "</samlp:StatusCode>"
    )
    answer = inside.get(double.logout_answer(location, status))
    assert answer.headers["Location"] == "/logged-out?provider=partial"


@pytest.mark.parametrize(
    "changes",
    [{"InResponseTo": "_other"}, {"Destination": "https://other"}, {"Destination": ""},
     {"IssueInstant": "2027-01-15T07:00:00Z"}, {"Version": "1.1"}],
)  # fmt: skip
def test_sm_060_an_answer_that_is_not_ours_tells_nothing(inside, double, changes):
    location = inside.post("/logout", {"form_token": inside.token()}).headers["Location"]
    answer = inside.get(double.logout_answer(location, **changes))
    assert answer.headers["Location"] == "/logged-out"


def test_sm_060_nor_does_one_in_another_browser(inside, app, double):
    location = inside.post("/logout", {"form_token": inside.token()}).headers["Location"]
    other = SamlBrowser(app, double)
    assert other.get(double.logout_answer(location)).headers["Location"] == "/logged-out"


def test_the_provider_ends_it_by_the_browser_and_is_answered(inside, double):
    answer = inside.get(double.redirected(double.logout()))
    location = answer.headers["Location"]
    root, relay = double.request(location, "SAMLResponse")
    assert root.tag == f"{{{SAMLP}}}LogoutResponse"
    assert root.find(".//{*}StatusCode").get("Value") == SUCCESS
    assert relay == "relay"
    assert not inside.is_inside()
    assert not inside.names("app_session")


def test_the_provider_ends_it_by_itself_and_is_answered(inside, double):
    answer = by_soap(inside, double.soap(double.logout(**SOAP_HERE)))
    assert answer.status_code == 200
    from idp.saml.signatures import verify
    from idp.saml.xml import parse

    envelope = parse(answer.data, "{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    response = envelope.find(f".//{samlp('LogoutResponse')}")
    signed = verify(response, samlp("LogoutResponse"), (certificate(APP),))
    assert signed.find(".//{*}StatusCode").get("Value") == SUCCESS
    assert not inside.is_inside()


@pytest.mark.parametrize("sessions", [("_session-1",), ("_other", "_session-1"), ()])
def test_the_session_named_ends_or_all_where_none_is(inside, double, sessions):
    assert (
        by_soap(inside, double.soap(double.logout(sessions=sessions, **SOAP_HERE))).status_code
        == 200
    )
    assert not inside.is_inside()


def test_whatever_session_was_opened_can_be_named_when_it_ends(browser, double):
    """Some providers put what they know into the name of a session."""
    double.sid = "_" + "s" * 1000
    assert browser.log_in("/private").status_code == 303
    named = double.logout(sessions=(double.sid,), **SOAP_HERE)
    assert by_soap(browser, double.soap(named)).status_code == 200
    assert not browser.is_inside()


@pytest.mark.parametrize(
    "named", [{"sessions": ("_other",)}, {"subject": "somebody"},
              {"subject": "somebody", "sessions": ()}]
)  # fmt: skip
def test_sm_060_nobody_elses_session_ends(inside, double, named):
    assert by_soap(inside, double.soap(double.logout(**named, **SOAP_HERE))).status_code == 200
    assert inside.is_inside()


BAD = [
    {"Destination": "https://other"},
    {"Version": "1.1"},
    {"IssueInstant": "2027-01-15T07:00:00Z"},
    {"IssueInstant": "2027-01-15T09:00:00Z"},
    {"NotOnOrAfter": "2027-01-15T07:59:00Z"},
    {"ID": "1"},
]


@pytest.mark.parametrize("changes", BAD)
@pytest.mark.parametrize("way", ["redirect", "soap"])
def test_sm_060_a_request_that_is_not_for_us_now_ends_nothing(inside, double, changes, way):
    if way == "soap":
        message = double.logout(**SOAP_HERE | changes)
        assert by_soap(inside, double.soap(message)).status_code == 500
    else:
        answer = inside.get(double.redirected(double.logout(**changes)))
        assert error_of(answer) == "answer-refused"
    assert inside.is_inside()


@pytest.mark.parametrize("name", ["", "saml evil", APP])
def test_sm_060_unsigned_or_by_another_it_ends_nothing(inside, double, name):
    answer = inside.get(double.redirected(double.logout(), name=name))
    assert error_of(answer) == "answer-refused"
    told = by_soap(inside, double.soap(double.logout(**SOAP_HERE), name=name))
    # Refused, and not broken.
    assert etree.fromstring(told.data).find(".//faultcode").text == "soap:Client"
    assert inside.is_inside()


def test_sm_060_it_is_good_once(inside, double):
    message = double.redirected(double.logout(sessions=("_other",)))
    assert inside.get(message).status_code == 303
    assert error_of(inside.get(message)) == "answer-refused"
    body = double.soap(double.logout(sessions=("_other",), **SOAP_HERE))
    assert [by_soap(inside, body).status_code for _ in range(2)] == [200, 500]


def test_sm_034_a_redirect_is_read_in_one_way(inside, double):
    good = double.redirected(double.logout())
    for changed in (
        good.replace("SAMLRequest", "%53AMLRequest"),
        good + "&RelayState=other",
        good.replace("RelayState=relay", "RelayState=other"),
        good.replace("&SigAlg", "&SAMLResponse=x&SigAlg"),
        good.partition("&Signature")[0],
    ):
        assert error_of(inside.get(changed)) == "answer-refused"
    assert inside.is_inside()
    assert inside.get(good).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        lambda body: b"<!DOCTYPE x>" + body,
        lambda body: body.replace(b"<s:Body>", b"<s:Body><x/>").replace(b"LogoutRequest", b"X"),
        lambda _body: b"",
        lambda _body: b"<x/>",
    ],
)
def test_sm_016_060_an_envelope_of_another_shape(inside, double, change):
    body = change(double.soap(double.logout(**SOAP_HERE)))
    answer = by_soap(inside, body)
    assert answer.status_code == 500
    fault = etree.fromstring(answer.data).find(".//faultcode")
    assert fault.text == "soap:Client"
    assert inside.is_inside()


def test_a_login_under_way_does_not_open_what_was_just_logged_out(inside, double):
    fields = double.answer(inside.start())
    where = inside.post_from_elsewhere(fields).headers["Location"]
    by_soap(inside, double.soap(double.logout(**SOAP_HERE)))
    assert error_of(inside.get(where)) == "login-expired"
    assert not inside.is_inside()


def test_a_provider_without_single_logout_ends_it_here(inside, double, clock):
    double.publish(change=lambda text: text.replace("SingleLogoutService", "ManageNameIDService"))
    clock.advance(3601)
    assert inside.log_in().status_code == 303
    answer = inside.post("/logout", {"form_token": inside.token()})
    assert answer.headers["Location"] == "/logged-out"
    assert not inside.is_inside()
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {}
