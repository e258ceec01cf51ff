# SPDX-License-Identifier: Apache-2.0
"""SM-035 to SM-038: what a request asks of the login, and what comes along with it."""

from base64 import b64encode

import pytest

from connectors.base import Level
from idp.applications.registration import read_registration
from idp.saml.application import check_application
from tests.protocol.kit import add_proof, settled
from tests.saml_kit import CLASS, SSO, SamlParty, posted, register_saml, saml_application
from tests.security.saml_scene import classes, named, refused
from tests.world import Browser, World

FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
FORMAT_1 = "urn:oasis:names:tc:SAML:1.1:nameid-format:"


def test_sm_035_a_forced_login_asks_again(party: SamlParty, browser: Browser) -> None:
    party.go(browser, ForceAuthn="true")
    assert browser.page.find("form", id="post") is None
    browser.world.clock.pass_by(60)
    browser.log_in()
    told = party.told(browser)
    assert told.codes == ["Success"]
    at = told.assertion.find(".//{*}AuthnStatement").get("AuthnInstant")
    assert at == party.moment()


@pytest.mark.parametrize("force", ["true", "1", None])
def test_sm_035_a_passive_request_never_shows_a_page(
    party: SamlParty, provider: World, force: str | None
) -> None:
    stranger = provider.browser()
    party.go(stranger, IsPassive="true", ForceAuthn=force)
    told = party.told(stranger)
    assert told.codes == ["Responder", "NoPassive"]
    assert told.assertion is None


def test_sm_035_a_passive_request_of_somebody_known_is_answered(
    party: SamlParty, browser: Browser
) -> None:
    party.go(browser, IsPassive="1")
    assert party.told(browser).codes == ["Success"]
    party.go(browser, IsPassive="1", ForceAuthn="1")
    assert party.told(browser).codes == ["Responder", "NoPassive"]


def test_sm_035_a_passive_request_asks_nobody_what_they_agree_to(
    provider: World, browser: Browser
) -> None:
    party = register_saml(provider, policy={"consent": True})
    party.go(browser, IsPassive="true")
    told = party.told(browser)
    assert (told.codes, told.assertion) == (["Responder", "NoPassive"], None)
    party.go(browser)
    browser.submit("/consent", answer="accept")
    party.go(browser, IsPassive="true")
    assert party.told(browser).codes == ["Success"]


CARD, TWO, ONE = (
    f"{CLASS}SmartcardPKI",
    f"{CLASS}TimeSyncToken",
    f"{CLASS}PasswordProtectedTransport",
)


@pytest.mark.parametrize(
    ("comparison", "asked", "had", "answered"),
    [
        ("exact", [ONE], 1, ONE),
        (None, [ONE], 3, ONE),
        ("exact", [TWO, CARD], 3, CARD),
        ("exact", [CARD], 1, None),
        ("exact", ["urn:sceau:level:2"], 2, "urn:sceau:level:2"),
        ("minimum", [ONE], 3, CARD),
        ("minimum", [TWO], 2, TWO),
        ("minimum", [CARD], 2, None),
        ("better", [ONE], 2, TWO),
        ("better", [ONE], 1, None),
        ("better", [TWO], 2, None),
        ("better", [CARD], 3, "NoAuthnContext"),
        ("maximum", [TWO], 2, TWO),
        ("maximum", [ONE], 3, ONE),
        ("exact", [f"{CLASS}Kerberos"], 3, "NoAuthnContext"),
        ("exact", [f"{CLASS}Kerberos", ONE], 1, ONE),
    ],
)
def test_sm_035_the_class_that_was_asked_is_reached_or_nothing_is_said(
    provider: World,
    comparison: str | None,
    asked: list[str],
    had: int,
    answered: str | None,
) -> None:
    means = {1: "password", 2: "totp", 3: "cps"}
    party = register_saml(provider, policy={"means": ["password", "totp", "cps"]})
    visitor = settled(provider)
    if had > 1:
        add_proof(provider, visitor, means[had], Level(had))
    party.go(visitor, classes(*asked, comparison=comparison))
    if answered is None:
        # A page asks for more.
        assert visitor.page.find("form", id="post") is None
        assert not visitor.problem
        party.go(visitor, classes(*asked, comparison=comparison), IsPassive="true")
        assert party.told(visitor).codes == ["Responder", "NoPassive"]
    elif answered == "NoAuthnContext":
        assert party.told(visitor).codes == ["Requester", "NoAuthnContext"]
    else:
        assert party.told(visitor).class_ref == answered


def test_sm_035_a_maximum_below_the_registered_minimum_cannot_be_met(
    provider: World, browser: Browser
) -> None:
    party = register_saml(provider, policy={"level": 2, "means": ["totp"]})
    party.go(browser, classes(ONE, comparison="maximum"))
    assert party.told(browser).codes == ["Requester", "NoAuthnContext"]


def test_sm_035_a_level_that_nothing_reaches_is_told(provider: World, browser: Browser) -> None:
    party = register_saml(provider)
    party.go(browser, classes(CARD), IsPassive="true")
    assert party.told(browser).codes == ["Responder", "NoAuthnContext"]


def test_sm_036_somebody_else_than_was_named_is_refused(
    provider: World, party: SamlParty, browser: Browser
) -> None:
    party.go(browser)
    own = party.told(browser).name_id.text
    party.go(browser, named(own, Format=f"{FORMAT}persistent"))
    assert party.told(browser).codes == ["Success"]
    other = settled(provider, "infirmiere")
    party.go(other, named(own, Format=f"{FORMAT}persistent"), IsPassive="true")
    told = party.told(other)
    assert told.codes == ["Responder", "RequestDenied"]
    assert told.assertion is None
    party.go(other, named("made-up", Format=f"{FORMAT}persistent"), IsPassive="true")
    assert party.told(other).codes == ["Responder", "RequestDenied"]


@pytest.mark.parametrize(
    ("registered", "format_of", "value"),
    [
        ("persistent", f"{FORMAT_1}emailAddress", "claire.durand@chu.example"),
        ("persistent", f"{FORMAT_1}emailAddress", "nobody@chu.example"),
        ("transient", f"{FORMAT_1}emailAddress", "claire.durand@chu.example"),
        ("email", f"{FORMAT}persistent", "cdurand"),
    ],
)
def test_sm_036_a_name_that_the_application_is_not_given_tells_it_nothing(
    provider: World, browser: Browser, registered: str, format_of: str, value: str
) -> None:
    party = register_saml(provider, saml={"subject_format": registered})
    party.go(browser, named(value, Format=format_of), IsPassive="true")
    assert party.told(browser).codes == ["Requester", "RequestDenied"]


@pytest.mark.parametrize(
    ("registered", "who", "value", "codes"),
    [
        ("email", "medecin", "claire.durand@chu.example", ["Success"]),
        ("email", "medecin", "Claire.Durand@CHU.example", ["Success"]),
        ("email", "medecin", "cdurand", ["Responder", "RequestDenied"]),
        # An address that she never confirmed.
        ("email", "infirmiere", "mf.villeneuve@clinique.example", ["Responder", "RequestDenied"]),
        ("unspecified", "medecin", "cdurand", ["Success"]),
        ("unspecified", "medecin", "claire.durand@chu.example", ["Responder", "RequestDenied"]),
    ],
)
def test_sm_036_a_person_is_named_as_the_application_is_told_of_them(
    provider: World, registered: str, who: str, value: str, codes: list[str]
) -> None:
    party = register_saml(provider, saml={"subject_format": registered})
    visitor = settled(provider, who)
    party.go(visitor, named(value), IsPassive="true")
    assert party.told(visitor).codes == codes


CONFIRMED = (
    '<saml:Subject><saml:NameID>x</saml:NameID><saml:SubjectConfirmation Method="urn:x"/>'
    "</saml:Subject>"
)


@pytest.mark.parametrize(
    ("inside", "codes"),
    [
        (named("x", SPNameQualifier="https://other.example"), ["Requester", "RequestDenied"]),
        (named("x", NameQualifier="https://other.example"), ["Requester", "RequestDenied"]),
        (named("x", Format=f"{FORMAT}transient"), ["Responder", "UnknownPrincipal"]),
        (named("x", Format=f"{FORMAT}kerberos"), ["Requester", "RequestDenied"]),
        (
            CONFIRMED,
            ["Requester", "RequestDenied"],
        ),
        (
            f'<samlp:NameIDPolicy Format="{FORMAT}transient"/>',
            ["Requester", "InvalidNameIDPolicy"],
        ),
        (
            f'<samlp:NameIDPolicy Format="{FORMAT}encrypted"/>',
            ["Requester", "InvalidNameIDPolicy"],
        ),
        (
            '<samlp:NameIDPolicy SPNameQualifier="https://other.example"/>',
            ["Requester", "InvalidNameIDPolicy"],
        ),
        (f'<samlp:NameIDPolicy Format="{FORMAT}persistent" AllowCreate="true"/>', ["Success"]),
        ("<samlp:NameIDPolicy/>", ["Success"]),
    ],
)
def test_sm_036_a_name_of_another_kind_or_of_another_application_is_refused(
    party: SamlParty, browser: Browser, inside: str, codes: list[str]
) -> None:
    party.go(browser, inside)
    told = party.told(browser)
    assert told.codes == codes
    assert told.response.get("InResponseTo") == party.last_id
    assert (told.assertion is not None) == (codes == ["Success"])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "http://x.example/acs"])
def test_sm_037_no_address_that_is_none_is_ever_registered(provider: World, url: str) -> None:
    for name in ("acs", "slo"):
        document = saml_application("sp", saml={name: [{"url": url}]})
        found = check_application(read_registration(document, frozenset({"password"})))
        assert [one for one in found if one.place == f"saml.{name}"]


@pytest.mark.parametrize("relay", ['"><script>alert(1)</script>', "'onmouseover=x", "</form><b>"])
def test_sm_037_what_comes_along_is_text_and_nothing_else(
    party: SamlParty, browser: Browser, relay: str
) -> None:
    browser.get(party.redirect_url(party.request(), relay))
    assert posted(browser)[1]["RelayState"] == relay
    assert relay not in browser.last.get_data(as_text=True)


@pytest.mark.parametrize(
    "relay", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_sm_038_what_is_echoed_leads_nowhere(
    party: SamlParty, browser: Browser, relay: str
) -> None:
    browser.get(party.redirect_url(party.request(), relay))
    action, fields = posted(browser)
    assert (action, fields["RelayState"]) == (party.acs, relay)
    assert "evil.example" not in browser.last.headers["Content-Security-Policy"]


def test_a_page_that_was_asked_for_may_be_longer_than_80_bytes(
    party: SamlParty, browser: Browser
) -> None:
    deep = "https://application.example/dossiers?" + "&".join(["filtre=oui"] * 180)
    browser.get(party.redirect_url(party.request(), deep))
    assert posted(browser)[1]["RelayState"] == deep


@pytest.mark.parametrize("relay", ["x" * 2049, "é" * 1025, "a\r\nSet-Cookie: x=1", "a\x00b"])
@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_sm_038_no_more_than_a_link_has_and_no_line_ends(
    party: SamlParty, browser: Browser, relay: str, binding: str
) -> None:
    if binding == "redirect":
        browser.get(party.redirect_url(party.request(), relay))
    else:
        sent = {
            "SAMLRequest": b64encode(party.signed(party.request())).decode(),
            "RelayState": relay,
        }
        browser.post(SSO, sent)
    assert refused(party, browser, "request-unreadable")
