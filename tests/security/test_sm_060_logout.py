# SPDX-License-Identifier: Apache-2.0
"""SM-060: whoever may not log somebody out, does not, by whichever binding they try it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.protocol.kit import session_of, settled
from tests.saml_kit import SamlParty, register_saml
from tests.saml_logout import (
    SLO_SOAP,
    Known,
    answer_of,
    ask,
    ask_by_soap,
    by_redirect,
    enter,
    logout_request,
    party_with_slo,
    post,
    soap_answer,
)
from tests.world import ISSUER, Browser, World


@pytest.fixture
def party(provider: World) -> SamlParty:
    return party_with_slo(provider, "redirect", "post", "soap")


@pytest.fixture
def known(party: SamlParty, browser: Browser) -> Known:
    """What the application was told in the session of this browser."""
    return enter(party, browser)


BY: dict[str, Callable[[SamlParty, Browser, bytes], Any]] = {
    "redirect": ask,
    "post": post,
    "soap": lambda party, _browser, message: ask_by_soap(party, message),
}
AT = {"redirect": "/saml/slo", "post": "/saml/slo", "soap": SLO_SOAP}


# The last is somebody's, of another person.
NOBODY = ["", "_", "cdurand'--", "_AAAAAAAAAAAAAAAAAAAAAA", "mf.villeneuve@clinique.example"]


def refusal(browser: Browser, response: Any) -> str:
    """The problem of the page, or of the envelope; nothing of the protocol is in it."""
    text = response.get_data(as_text=True)
    assert "LogoutResponse" not in text
    assert "SAMLResponse" not in text
    assert "Location" not in response.headers
    if response.request.path == SLO_SOAP:
        assert response.status_code in {403, 500}
        return str(response.status_code)
    assert response.status_code == 400
    browser.last = response
    return browser.problem


def is_logged_in(world: World, browser: Browser) -> bool:
    return session_of(world, browser) is not None


@pytest.mark.parametrize("signed_requests", [True, False])
def test_sm_060_a_request_that_is_not_signed(
    provider: World, browser: Browser, signed_requests: bool
) -> None:
    """Whatever is registered of other requests."""
    party = party_with_slo(provider, "redirect", "post", "soap", signed_requests=signed_requests)
    known = enter(party, browser)
    message = logout_request(party, known.name, known.index)
    tries = [
        browser.request("GET", by_redirect(party, message, sign=False)),
        party.post(browser, message, path="/saml/slo"),
        ask_by_soap(
            party,
            logout_request(party, known.name, known.index, Destination=ISSUER + SLO_SOAP),
            sign=False,
        ),
    ]
    told = [refusal(browser, one) for one in tries]
    assert told == ["application-misconfigured"] * 2 + ["403"]
    assert is_logged_in(provider, browser)


@pytest.mark.parametrize("binding", BY)
def test_sm_060_a_signature_of_another_key(
    provider: World, party: SamlParty, browser: Browser, known: Known, binding: str
) -> None:
    thief = SamlParty(provider, party.document, key_name="saml evil")
    message = logout_request(thief, known.name, known.index, Destination=ISSUER + AT[binding])
    refusal(browser, BY[binding](thief, browser, message))
    assert is_logged_in(provider, browser)


@pytest.mark.parametrize("binding", BY)
@pytest.mark.parametrize(
    "changes",
    [
        {"Destination": "https://other.example/saml/slo"},
        {"Destination": f"{ISSUER}/saml/sso"},
        {"IssueInstant": -301},
        {"IssueInstant": 301},
        {"NotOnOrAfter": -61},
        {"Version": "2.1"},
        {"issuer": "https://nobody.example/metadata"},
        {"ID": "1-begins-with-a-digit"},
    ],
)
def test_sm_060_a_request_that_is_not_for_here_and_now(
    provider: World,
    party: SamlParty,
    browser: Browser,
    known: Known,
    binding: str,
    changes: dict[str, Any],
) -> None:
    changed = {
        name: party.moment(value) if isinstance(value, int) else value
        for name, value in changes.items()
    }
    there = {"Destination": ISSUER + AT[binding]} | changed
    message = logout_request(party, known.name, known.index, **there)
    refusal(browser, BY[binding](party, browser, message))
    assert is_logged_in(provider, browser)


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_sm_060_a_browser_brings_nothing_that_does_not_say_where_to(
    provider: World, party: SamlParty, browser: Browser, known: Known, binding: str
) -> None:
    message = logout_request(party, known.name, known.index, Destination=None)
    refusal(browser, BY[binding](party, browser, message))
    assert is_logged_in(provider, browser)


@pytest.mark.parametrize("binding", BY)
def test_sm_060_a_request_is_taken_once(
    provider: World, party: SamlParty, browser: Browser, known: Known, binding: str
) -> None:
    """Also where the person has logged in again meanwhile, and to all their sessions."""
    message = logout_request(party, known.name, Destination=ISSUER + AT[binding])
    assert BY[binding](party, browser, message).status_code in {200, 303}
    assert not is_logged_in(provider, browser)
    again = settled(provider)
    enter(party, again)
    refusal(again, BY[binding](party, again, message))
    assert is_logged_in(provider, again)


def unfit(party: SamlParty, browser: Browser, message: bytes) -> bool:
    """The application is told so, at its own address, and nothing else has happened."""
    ask(party, browser, message)
    answered = answer_of(party, browser)
    assert answered.url == f"https://{party.key}.example/slo/redirect"
    return answered.codes == ["Requester", "UnknownPrincipal"]


def test_sm_060_the_index_of_another_application(
    provider: World, party: SamlParty, browser: Browser, known: Known
) -> None:
    other = party_with_slo(provider)
    theirs = enter(other, browser)
    assert theirs.index != known.index
    assert unfit(party, browser, logout_request(party, known.name, theirs.index))
    # Nor by the name that the other one was given.
    assert unfit(party, browser, logout_request(party, theirs.name, theirs.index))
    assert is_logged_in(provider, browser)


@pytest.mark.parametrize("written", ["persistent", "transient", "unspecified"])
def test_sm_060_the_name_of_somebody_else(provider: World, browser: Browser, written: str) -> None:
    party = party_with_slo(provider, subject_format=written)
    mine = enter(party, browser)
    other = settled(provider, "infirmiere")
    theirs = enter(party, other)
    assert unfit(party, browser, logout_request(party, theirs.name, mine.index))
    assert unfit(party, browser, logout_request(party, mine.name, theirs.index))
    assert is_logged_in(provider, browser)
    assert is_logged_in(provider, other)


@pytest.mark.parametrize("written", ["persistent", "transient", "email", "unspecified"])
@pytest.mark.parametrize("name", NOBODY)
def test_sm_060_the_name_of_nobody(
    provider: World, browser: Browser, written: str, name: str
) -> None:
    party = party_with_slo(provider, subject_format=written)
    known = enter(party, browser)
    assert unfit(party, browser, logout_request(party, name, known.index))
    assert unfit(party, browser, logout_request(party, name))
    assert is_logged_in(provider, browser)


@pytest.mark.parametrize(
    "named",
    [
        {"Format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"},
        {"SPNameQualifier": "https://other.example/metadata"},
        {"NameQualifier": "https://other.example/saml/metadata"},
    ],
)
def test_sm_060_a_name_of_another_kind(
    provider: World, party: SamlParty, browser: Browser, known: Known, named: dict[str, str]
) -> None:
    assert unfit(party, browser, logout_request(party, known.name, known.index, named=named))
    assert is_logged_in(provider, browser)


def test_sm_060_an_application_that_was_never_opened(
    provider: World, party: SamlParty, browser: Browser, known: Known
) -> None:
    """Though it is told the same name: they are of one sector."""
    sector = f"saml:{party.entity_id}"
    beside = party_with_slo(provider, sector=sector)
    elsewhere = settled(provider, "infirmiere")
    enter(beside, elsewhere)
    assert unfit(beside, browser, logout_request(beside, known.name))
    assert unfit(beside, browser, logout_request(beside, known.name, known.index))
    assert is_logged_in(provider, browser)


def test_sm_060_a_disabled_application(
    provider: World, party: SamlParty, browser: Browser, known: Known
) -> None:
    message = logout_request(party, known.name, known.index)
    with provider.core.database.write() as tx:
        provider.core.applications.set_enabled(tx, party.key, enabled=False)
    assert refusal(browser, ask(party, browser, message)) == "application-closed"
    assert is_logged_in(provider, browser)


def test_sm_060_without_a_registered_key_nobody_is_logged_out(
    provider: World, browser: Browser
) -> None:
    party = register_saml(provider, saml={"signing_certificates": [], "signed_requests": False})
    browser.get(party.redirect_url(party.request(), sign=False))
    told = party.told(browser)
    index = str(told.assertion.find(".//{*}AuthnStatement").get("SessionIndex"))
    message = logout_request(party, told.name_id.text, index)
    assert refusal(browser, ask(party, browser, message)) == "application-misconfigured"
    assert is_logged_in(provider, browser)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not xml",
        "<!DOCTYPE x><x/>",
        "{message}",
        "{open}</s:Envelope>",
        "{open}<s:Body/></s:Envelope>",
        "{open}<s:Body>{message}{message}</s:Body></s:Envelope>",
        "{open}<s:Body>{message}</s:Body><s:Body>{message}</s:Body></s:Envelope>",
        "{open}<s:Header>{must}</s:Header><s:Body>{message}</s:Body></s:Envelope>",
        "{open}<s:Body><s:Body>{message}</s:Body></s:Body></s:Envelope>",
    ],
)
def test_sm_060_an_envelope_that_holds_something_else(
    provider: World, party: SamlParty, browser: Browser, known: Known, body: str
) -> None:
    message = logout_request(party, known.name, known.index, Destination=ISSUER + SLO_SOAP)
    written = body.format(
        open='<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">',
        must='<x xmlns="urn:x" s:mustUnderstand="1"/>',
        message=party.signed(message).decode(),
    )
    response = provider.browser().request("POST", SLO_SOAP, data=written, content_type="text/xml")
    refusal(browser, response)
    assert is_logged_in(provider, browser)


def test_sm_060_the_door_of_servers_is_fair(
    provider: World, party: SamlParty, browser: Browser, known: Known
) -> None:
    """What the refusals above have in common is not that nothing is ever taken there."""
    message = logout_request(party, known.name, known.index, Destination=ISSUER + SLO_SOAP)
    assert soap_answer(party, ask_by_soap(party, message)).codes == ["Success"]
    assert not is_logged_in(provider, browser)
