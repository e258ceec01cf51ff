# SPDX-License-Identifier: Apache-2.0
"""SM-030 to SM-034: requests that are not what they seem.

What is not believed ends on a page of ours with a stable id, and nothing is posted anywhere.
"""

import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.protocol.kit import cancel, settled
from tests.saml_kit import SSO, SamlParty, posted, register_saml
from tests.security.saml_scene import admitted, refused
from tests.world import ISSUER, Browser, World

ARTIFACT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"


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


def test_sm_030_a_refusal_goes_to_no_address_that_was_taken_out(
    party: SamlParty, provider: World
) -> None:
    visitor = provider.browser()
    saml = party.document["saml"] | {
        "acs": [*party.document["saml"]["acs"], {"url": "https://sold.example/acs", "index": 9}]
    }
    with provider.core.database.write() as tx:
        provider.core.applications.register(tx, party.document | {"saml": saml})
    party.go(visitor, AssertionConsumerServiceURL="https://sold.example/acs")
    assert "https://sold.example" in visitor.last.headers["Content-Security-Policy"]
    with provider.core.database.write() as tx:
        provider.core.applications.register(tx, party.document)
    visitor.get(visitor.last.request.path)
    assert "sold.example" not in visitor.last.headers["Content-Security-Policy"]
    cancel(visitor)
    assert posted(visitor)[0] == party.acs
    assert "sold.example" not in visitor.last.headers["Content-Security-Policy"]


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


def test_sm_032_a_strangers_message_is_held_against_no_schema(
    party: SamlParty, browser: Browser
) -> None:
    """One message at a time is, under a lock: nobody waits for what a stranger sends."""
    party.go(browser, issuer="https://nobody.example/metadata", Invented="x")
    assert refused(party, browser, "application-unknown")
    party.go(browser, Invented="x")
    assert refused(party, browser, "request-unreadable")


def test_sm_033_what_is_wrong_with_a_registration_is_logged_and_not_shown(
    provider: World, browser: Browser
) -> None:
    party = register_saml(provider, saml={"signing_certificates": ["no certificate"]})
    with capture_logs() as logs:
        party.go(browser)
    assert refused(party, browser, "application-misconfigured")
    shown = browser.last.get_data(as_text=True)
    assert "its registration must be mended here" in shown
    assert "signing_certificates" not in shown
    found = [one for one in logs if one.get("application") == party.key]
    assert "signing_certificates" in str(found)


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


def test_sm_032_a_request_that_was_refused_is_used_up(party: SamlParty, provider: World) -> None:
    """It yields no assertion to whoever comes with it later."""
    visitor = provider.browser()
    url = party.redirect_url(party.request(IsPassive="true"))
    visitor.get(url)
    assert party.told(visitor).codes == ["Responder", "NoPassive"]
    register_saml(provider).go(visitor)
    visitor.log_in()
    visitor.get(url)
    assert visitor.problem == "journey-expired"
    unfit = party.request('<samlp:NameIDPolicy SPNameQualifier="https://other.example"/>')
    url = party.redirect_url(unfit)
    visitor.get(url)
    assert party.told(visitor).codes == ["Requester", "InvalidNameIDPolicy"]
    visitor.get(url)
    assert visitor.problem == "journey-expired"
    assert not admitted(party)


def test_sm_032_a_posted_request_that_was_refused_is_not_taken_up_again(
    party: SamlParty, provider: World
) -> None:
    visitor = provider.browser()
    party.post(visitor, party.signed(party.request(IsPassive="true")))
    assert party.told(visitor).codes == ["Responder", "NoPassive"]
    waiting = visitor.last.request.url
    assert "/saml/resume?" in waiting
    register_saml(provider).go(visitor)
    visitor.log_in()
    visitor.get(waiting)
    assert visitor.problem == "journey-finished"
    assert not admitted(party)


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


@pytest.mark.parametrize("binding", ["redirect", "post", "inside a redirect"])
def test_sm_033_where_none_is_asked_for_a_wrong_one_is_still_refused(
    provider: World, browser: Browser, binding: str
) -> None:
    party = register_saml(provider, saml={"signed_requests": False})
    browser.get(party.redirect_url(party.request(Destination=None), sign=False))
    assert party.told(browser).codes == ["Success"]
    party.key_name = "somebody else"
    if binding == "redirect":
        party.go(browser)
    elif binding == "post":
        party.post(browser, party.signed(party.request()))
    else:
        browser.get(party.redirect_url(party.signed(party.request()), sign=False))
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
