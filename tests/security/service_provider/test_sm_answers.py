# SPDX-License-Identifier: Apache-2.0
"""The kit as service provider: an answer is for us, now, to this request, and good once."""

import threading

import pytest

from tests.security.service_provider.test_sm_wrapping import assert_refused, refused
from tests.unit.relying_parties.conftest import HOME, error_of
from tests.unit.relying_parties.saml_app import SamlBrowser
from tests.unit.relying_parties.saml_double import IDP, SamlDouble

ACS = f"{HOME}/saml/acs"
# 2027-01-15T08:00:00Z, as the double writes it.
NOW, SOON = "2027-01-15T08:00:00Z", "2027-01-15T08:05:00Z"


def swap(old, new, count=-1):
    def change(text):
        assert old in text
        return text.replace(old, new, count)

    return change


OF_THE_ASSERTION = {
    "audience": swap("<saml:Audience>https://app.example/saml", "<saml:Audience>https://other"),
    "audience before": swap("<saml:Audience>", "<saml:Audience> "),
    "no audience": swap("AudienceRestriction>", "OneTimeUse>"),
    "one of two restrictions": swap(
        "</saml:AudienceRestriction>",
        "</saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>urn:x"
        "</saml:Audience></saml:AudienceRestriction>",
    ),
    "recipient": swap(f'Recipient="{ACS}"', 'Recipient="https://other.example/acs"'),
    "no recipient": swap(f'Recipient="{ACS}"', ""),
    "answers another": swap('InResponseTo="_', 'InResponseTo="_0'),
    "confirmed for longer": swap(f'NotOnOrAfter="{SOON}" InResponseTo', "InResponseTo"),
    "over": swap(f'NotOnOrAfter="{SOON}"', 'NotOnOrAfter="2027-01-15T07:59:00Z"'),
    "confirmation over": swap(SOON, "2027-01-15T07:59:00Z", 1),
    "no moment": swap(f'NotOnOrAfter="{SOON}"', 'NotOnOrAfter="tomorrow"'),
    "not yet": swap('NotBefore="2027-01-15T07:59:00Z"', 'NotBefore="2027-01-15T08:01:00Z"'),
    "confirmed not yet": swap("ConfirmationData", f'ConfirmationData NotBefore="{NOW}"', 1),
    "not by its bearer": swap("cm:bearer", "cm:sender-vouches"),
    "issuer": swap(f"<saml:Issuer>{IDP}", "<saml:Issuer>https://evil.example"),
    "version": swap('Version="2.0"', 'Version="1.1"'),
    "from the future": swap(f'IssueInstant="{NOW}"', 'IssueInstant="2027-01-15T08:10:00Z"'),
    "proved in the future": swap(f'AuthnInstant="{NOW}"', f'AuthnInstant="{SOON}"'),
    "proved nothing": swap("AuthnContextClassRef>", "AuthnContextDeclRef>"),
    "no login": swap("AuthnStatement", "AuthzDecisionStatement"),
    "a condition of its own": swap("</saml:Conditions>", "<saml:Condition/></saml:Conditions>"),
    "two subjects": swap("</saml:Subject>", "</saml:Subject><saml:Subject/>"),
    "nobody": swap(">honest<", "><"),
    "somebody with parts": swap(">honest<", ">ho<b/>nest<"),
    "a name for another": swap(
        'SPNameQualifier="https://app.example/saml"', 'SPNameQualifier="https://other"'
    ),
    "an attribute twice": swap("urn:oid:2.16.840.1.113730.3.1.241", "SubjectNameID"),
    "session over": swap("SessionIndex=", f'SessionNotOnOrAfter="{NOW}" SessionIndex='),
}  # fmt: skip
OF_THE_RESPONSE = {
    "destination": swap(f'Destination="{ACS}"', 'Destination="https://other.example/acs"'),
    "no destination": swap(f'Destination="{ACS}"', ""),
    "answers another": swap('InResponseTo="_', 'InResponseTo="_0'),
    "issuer": swap(f"<saml:Issuer>{IDP}", "<saml:Issuer>https://evil.example"),
    "version": swap('Version="2.0"', 'Version="1.1"'),
    "old": swap(NOW, "2027-01-15T07:49:00Z", 1),
    "from the future": swap(NOW, "2027-01-15T08:01:00Z", 1),
    "no success": swap("status:Success", "status:Requester"),
    "no status": swap("samlp:Status>", "samlp:Extensions>"),
}


@pytest.mark.parametrize("row", OF_THE_ASSERTION)
def test_sm_050_an_assertion_that_is_not_for_us_now_is_refused(browser, double, row):
    double.twists.assertion = OF_THE_ASSERTION[row]
    assert_refused(browser)


@pytest.mark.parametrize("row", OF_THE_RESPONSE)
def test_sm_050_a_response_that_is_not_for_us_now_is_refused(browser, double, row):
    double.twists.response = OF_THE_RESPONSE[row]
    assert_refused(browser)


def test_sm_050_control_the_double_writes_what_is_changed_above(browser):
    assert browser.log_in("/private").status_code == 303
    assert browser.is_inside()


@pytest.mark.parametrize("state", ["", "guessed", "x" * 81, "a\r\nb"])
def test_sm_050_what_nobody_asked_for_is_not_taken(browser, double, state):
    fields = double.answer(browser.start())
    assert error_of(browser.arrive(fields | {"RelayState": state})) == "login-expired"
    assert not browser.is_inside()


def test_sm_050_an_answer_for_one_login_does_not_finish_another(browser, double):
    first, second = (double.answer(browser.start()) for _ in range(2))
    mixed = first | {"RelayState": second["RelayState"]}
    assert refused(browser, browser.arrive(mixed))


def test_sm_050_a_login_expires(browser, double, clock):
    fields = double.answer(browser.start())
    clock.advance(601)
    assert error_of(browser.arrive(fields)) == "login-expired"


@pytest.mark.parametrize("times", [0, 2])
def test_sm_050_exactly_one_answer(browser, double, times):
    fields = double.answer(browser.start())
    answer = browser.post_from_elsewhere(
        fields | {"SAMLResponse": [fields["SAMLResponse"]] * times}
    )
    assert error_of(answer) == "answer-refused"


def test_br_001_another_browsers_login_is_not_finished_here(browser, app, double):
    """Login CSRF: the attacker's own answer, posted by the victim's browser."""
    attacker = SamlBrowser(app, double)
    fields = double.answer(attacker.start())
    answer = browser.arrive(fields)
    assert error_of(answer) == "login-mismatch"
    assert not browser.names("app_session")
    assert not browser.is_inside()


def test_br_001_nor_by_an_address_that_was_seen(browser, app, double):
    victim = SamlBrowser(app, double)
    where = victim.post_from_elsewhere(double.answer(victim.start())).headers["Location"]
    assert error_of(browser.get(where)) == "login-mismatch"
    # It was good once; nobody is in.
    assert error_of(victim.get(where)) == "login-expired"
    assert not victim.is_inside()


def test_sm_051_an_assertion_is_good_once(browser, double):
    fields = double.answer(browser.start())
    first = browser.post_from_elsewhere(fields)
    assert first.status_code == 303
    # The login is still under way: it is the assertion that was used.
    assert error_of(browser.post_from_elsewhere(fields)) == "answer-refused"
    assert browser.get(first.headers["Location"]).status_code == 303
    assert error_of(browser.post_from_elsewhere(fields)) == "login-expired"


def test_sm_051_nor_after_a_restart_or_on_another_node(browser, double, make_app):
    fields = double.answer(browser.start())
    first = browser.post_from_elsewhere(fields)
    other = SamlBrowser(make_app(), double)
    assert error_of(other.post_from_elsewhere(fields)) == "answer-refused"
    # What waited is taken up by the other one all the same.
    for cookie in browser.client._cookies.values():
        other.client.set_cookie(cookie.key, cookie.value, domain="localhost")
    assert other.get(first.headers["Location"]).status_code == 303
    assert browser.get(first.headers["Location"]).status_code == 400


def test_sm_051_nor_at_the_same_moment(browser, double, make_app):
    fields = double.answer(browser.start())
    apps = [browser, SamlBrowser(make_app(), double)]
    gate, outcomes = threading.Barrier(6), []

    def post(number):
        gate.wait(timeout=60)
        outcomes.append(apps[number % 2].post_from_elsewhere(fields).status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [303, 502, 502, 502, 502, 502]


@pytest.mark.parametrize("identifier", ["a'b", "x" * 65_536, "1", "a b", ""])
def test_sm_051_an_identifier_that_is_none(browser, double, identifier):
    from html import escape

    written = escape(identifier)
    double.twists.assertion = lambda text: text.replace('ID="_', f'ID="{written}" x="', 1)
    double.signs = ("assertion",)
    # Its signature refers to it, whatever it is.
    assert_refused(browser)


def test_sm_051_it_is_remembered_for_as_long_as_it_would_be_taken(browser, double, clock):
    fields = double.answer(browser.start())
    assert browser.post_from_elsewhere(fields).status_code == 303
    clock.advance(329)
    assert error_of(browser.post_from_elsewhere(fields)) == "answer-refused"
    store = browser.app.extensions["sceau-login"].store
    assert not store.use_once(IDP, _only_row(store), clock(), clock() + 1)


def _only_row(store):
    return store._one("SELECT jti FROM notices", ())[0]


def test_sm_052_another_provider_answers(browser, tmp_path, clock, double):
    """It is a provider of somebody, with keys of its own; not of this application."""
    (tmp_path / "b").mkdir()
    other = SamlDouble(clock, tmp_path / "b", name="saml evil", issuer="https://b.example/saml")
    fields = other.answer(browser.start())
    assert refused(browser, browser.arrive(fields))
    # Even where it says that it is the other one, or has its keys: name and key belong together.
    other.issuer = IDP
    assert refused(browser, browser.arrive(other.answer(browser.start())))
    other.issuer, other.name = "https://b.example/saml", "saml honest"
    assert refused(browser, browser.arrive(other.answer(browser.start())))
