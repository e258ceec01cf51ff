# SPDX-License-Identifier: Apache-2.0
"""SM-030 to SM-038: requests that are not what they seem, or ask for what is not theirs.

What is not believed ends on a page of ours with a stable id, and nothing is posted anywhere.
"""

import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Level
from tests.protocol.kit import add_proof, settled
from tests.saml_kit import (
    CLASS,
    SSO,
    SamlParty,
    posted,
    register_saml,
)
from tests.world import ISSUER, Browser, World, open_world

ARTIFACT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"


@pytest.fixture(scope="module")
def provider(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One provider for all: each test has an application of its own."""
    file = tmp_path_factory.mktemp("saml") / "sceau.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    opened = open_world(f"sqlite:///{file}")
    yield opened
    opened.provider.close()


@pytest.fixture
def party(provider: World) -> SamlParty:
    return register_saml(provider)


@pytest.fixture
def browser(provider: World) -> Browser:
    return settled(provider)


def refused(party: SamlParty, browser: Browser, problem: str) -> bool:
    """A page of ours that leads nowhere else; nobody was admitted."""
    assert browser.last.status_code == 400
    assert browser.page.find("form", id="post") is None
    assert not admitted(party)
    return browser.problem == problem


def admitted(party: SamlParty) -> int:
    """How often somebody was let in."""
    return sum(one.application == party.key for one in party.world.events("login.admitted"))


def classes(*names: str, comparison: str | None = None) -> str:
    how = "" if comparison is None else f' Comparison="{comparison}"'
    inside = "".join(
        f"<saml:AuthnContextClassRef>{one}</saml:AuthnContextClassRef>" for one in names
    )
    return f"<samlp:RequestedAuthnContext{how}>{inside}</samlp:RequestedAuthnContext>"


def named(value: str, **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<saml:Subject><saml:NameID{written}>{value}</saml:NameID></saml:Subject>"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/acs",
        "{acs}/",
        "{acs}?x=1",
        "{acs}#x",
        "{acs}%2f..",
        "https://{host}.evil.example/acs",
        "https://{host}@evil.example/acs",
        "https://evil.example\\@{host}/acs",
        "http://{host}/acs",
        "HTTPS://{host}/acs",
        "https://{host}:443/acs",
        "javascript:alert(1)",
        "data:text/html,x",
        "//{host}/acs",
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_sm_030_nothing_is_posted_to_an_address_that_is_not_registered(
    party: SamlParty, provider: World, address: str, known: bool
) -> None:
    visitor = settled(provider) if known else provider.browser()
    host = party.acs.split("/")[2]
    url = address.format(acs=party.acs, host=host)
    party.go(visitor, AssertionConsumerServiceURL=url)
    assert refused(party, visitor, "application-misconfigured")
    assert url not in visitor.last.headers["Content-Security-Policy"]


def test_sm_030_an_address_taken_out_of_the_registration_gets_nothing(
    party: SamlParty, provider: World
) -> None:
    """The login had begun when it was still there."""
    visitor = provider.browser()
    other = party.document["saml"]["acs"][1]["url"]
    party.go(visitor, AssertionConsumerServiceURL=other)
    kept = party.document["saml"] | {"acs": party.document["saml"]["acs"][:1]}
    with provider.core.database.write() as tx:
        provider.core.applications.register(tx, party.document | {"saml": kept})
    visitor.log_in()
    assert posted(visitor)[0] == party.acs


@pytest.mark.parametrize(
    ("changes", "chosen"),
    [
        ({"AssertionConsumerServiceURL": None, "ProtocolBinding": None}, 0),
        ({"AssertionConsumerServiceURL": None}, 0),
        ({"AssertionConsumerServiceIndex": "7"}, 1),
        ({"AssertionConsumerServiceIndex": "0"}, 0),
        ({"AssertionConsumerServiceIndex": "3"}, None),
        ({"AssertionConsumerServiceIndex": "65536"}, None),
    ],
)
def test_sm_031_an_index_names_a_registered_address(
    party: SamlParty, browser: Browser, changes: dict[str, Any], chosen: int | None
) -> None:
    if "AssertionConsumerServiceIndex" in changes:
        changes = changes | {"AssertionConsumerServiceURL": None, "ProtocolBinding": None}
    party.go(browser, **changes)
    if chosen is None:
        assert browser.problem in {"application-misconfigured", "request-unreadable"}
    else:
        assert posted(browser)[0] == party.document["saml"]["acs"][chosen]["url"]


@pytest.mark.parametrize(
    "changes",
    [
        {"AssertionConsumerServiceIndex": "0", "ProtocolBinding": None},
        {"AssertionConsumerServiceIndex": "0", "AssertionConsumerServiceURL": None},
        {"ProtocolBinding": ARTIFACT},
        {"ProtocolBinding": ARTIFACT, "AssertionConsumerServiceURL": None},
    ],
)
def test_sm_031_an_index_beside_an_address_or_another_binding_is_refused(
    party: SamlParty, browser: Browser, changes: dict[str, Any]
) -> None:
    party.go(browser, **changes)
    assert refused(party, browser, "application-misconfigured")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Destination": "https://evil.example/saml/sso"}, "application-misconfigured"),
        ({"Destination": f"{ISSUER}{SSO}/"}, "application-misconfigured"),
        ({"Destination": None}, "application-misconfigured"),
        ({"Version": "1.1"}, "application-misconfigured"),
        ({"Version": "2.1"}, "application-misconfigured"),
        ({"issuer": "https://nobody.example/metadata"}, "application-unknown"),
        ({"issuer": ""}, "application-unknown"),
        ({"issuer": "plain"}, "application-unknown"),
        ({"IssueInstant": "2026-09-21T00:00:00+02:00"}, "application-misconfigured"),
        ({"ID": "1-begins-with-a-digit"}, "request-unreadable"),
        ({"ID": None}, "request-unreadable"),
        ({"Invented": "x"}, "request-unreadable"),
    ],
)
def test_sm_032_a_message_for_another_or_by_another_is_refused(
    party: SamlParty, browser: Browser, changes: dict[str, Any], problem: str
) -> None:
    party.go(browser, **changes)
    assert refused(party, browser, problem)


@pytest.mark.parametrize("off", [-301, 301, -86_400])
def test_sm_032_neither_an_old_request_nor_one_of_the_future(
    party: SamlParty, browser: Browser, off: int
) -> None:
    party.go(browser, IssueInstant=party.moment(off))
    assert refused(party, browser, "journey-expired")


@pytest.mark.parametrize("off", [-299, 299])
def test_sm_032_clocks_may_differ_a_little(party: SamlParty, browser: Browser, off: int) -> None:
    party.go(browser, IssueInstant=party.moment(off))
    assert party.told(browser).codes == ["Success"]


def test_sm_032_a_request_is_taken_once(world: World) -> None:
    party = register_saml(world)
    browser, other = settled(world), world.browser()
    url = party.redirect_url(party.request())
    used = party.last_id
    browser.get(url)
    assert party.told(browser).codes == ["Success"]
    for again in (browser, other):
        again.get(url)
        assert again.problem == "journey-expired"
    # The same identifier in another message, and by the other binding.
    party.post(browser, party.signed(party.request(ID=party.last_id)))
    used = party.request(
        ID=re.search(rb'ID="([^"]+)"', party.request(ID=party.last_id))[1].decode()
    )
    party.post(browser, party.signed(used))
    party.post(browser, party.signed(used))
    assert browser.problem == "journey-expired"


def test_sm_032_a_disabled_application_gets_nothing(
    party: SamlParty, browser: Browser, provider: World
) -> None:
    with provider.core.database.write() as tx:
        provider.core.applications.set_enabled(tx, party.key, enabled=False)
    party.go(browser)
    assert refused(party, browser, "application-closed")


def test_sm_033_each_binding_asks_for_the_signature(party: SamlParty, browser: Browser) -> None:
    browser.get(party.redirect_url(party.request(), sign=False))
    assert refused(party, browser, "application-misconfigured")
    party.post(browser, party.request())
    assert refused(party, browser, "application-misconfigured")
    # Signed inside, as a post is: a Redirect has its signature in the query.
    browser.get(party.redirect_url(party.signed(party.request()), sign=False))
    assert refused(party, browser, "application-misconfigured")


def test_sm_033_by_nobody_elses_key(party: SamlParty, browser: Browser) -> None:
    party.key_name = "somebody else"
    party.go(browser)
    assert refused(party, browser, "application-misconfigured")
    party.post(browser, party.signed(party.request()))
    assert refused(party, browser, "application-misconfigured")


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_sm_033_where_none_is_asked_for_a_wrong_one_is_still_refused(
    provider: World, browser: Browser, binding: str
) -> None:
    party = register_saml(provider, saml={"signed_requests": False})
    browser.get(party.redirect_url(party.request(Destination=None), sign=False))
    assert party.told(browser).codes == ["Success"]
    party.key_name = "somebody else"
    if binding == "redirect":
        party.go(browser)
    else:
        party.post(browser, party.signed(party.request()))
    assert browser.problem == "application-misconfigured"
    assert admitted(party) == 1


def test_sm_033_what_was_signed_is_what_is_read(party: SamlParty, browser: Browser) -> None:
    message = party.signed(party.request(AssertionConsumerServiceURL=None))
    changed = message.replace(b"<samlp:AuthnRequest", b'<samlp:AuthnRequest ForceAuthn="true"', 1)
    party.post(browser, changed)
    assert refused(party, browser, "application-misconfigured")


@pytest.mark.parametrize(
    "change",
    [
        lambda query: query + "&SAMLRequest=x",
        lambda query: query + "&%53AMLRequest=x",
        lambda query: query + "&SAMLResponse=x",
        lambda query: query + "&RelayState=other",
        lambda query: query + "&Relay%53tate=other",
        lambda query: query.replace("RelayState=relay", "RelayState=other"),
        lambda query: re.sub(r"&RelayState=[^&]*", "", query),
        lambda query: re.sub(r"&RelayState=[^&]*", "&RelayState=", query),
        lambda query: re.sub(r"&SigAlg=[^&]*", "", query),
        lambda query: re.sub(r"&Signature=[^&]*", "", query),
        lambda query: query.replace("rsa-sha256", "rsa-sha1"),
        lambda query: query.replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"),
    ],
)
def test_sm_034_a_redirect_is_what_was_signed_byte_by_byte(
    party: SamlParty, browser: Browser, change: Any
) -> None:
    url = party.redirect_url(party.request())
    browser.get(change(url))
    assert browser.problem in {"application-misconfigured", "request-unreadable"}
    assert not admitted(party)


def test_sm_018_a_small_message_that_unpacks_into_much_is_refused(
    party: SamlParty, browser: Browser
) -> None:
    bomb = party.request() + b" " * (20 << 20)
    url = party.redirect_url(bomb)
    assert len(url) < 64 * 1024
    browser.get(url)
    assert refused(party, browser, "request-unreadable")


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
    from idp.applications.registration import read_registration
    from idp.saml.application import check_application
    from tests.saml_kit import saml_application

    for name in ("acs", "slo"):
        document = saml_application("sp", saml={name: [{"url": url}]})
        found = check_application(read_registration(document, frozenset({"password"})))
        assert [one for one in found if one.startswith(f"saml.{name}: ")]


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


@pytest.mark.parametrize("relay", ["x" * 81, "é" * 41, "a\r\nSet-Cookie: x=1", "a\x00b"])
@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_sm_038_no_more_than_80_bytes_and_no_line_ends(
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
