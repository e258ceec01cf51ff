# SPDX-License-Identifier: Apache-2.0
"""SM-039 and SM-040: our own answers, our keys, and logins that no application asked for."""

from base64 import b64decode
from itertools import pairwise

import pytest
from lxml import etree

from idp.saml.keys import SamlKeys
from tests.protocol.kit import settled
from tests.saml_kit import NS, posted, register_saml
from tests.world import ISSUER, World

DAY = 86_400


def test_sm_039_control_our_response(sqlite_world: World) -> None:
    party = register_saml(sqlite_world)
    browser = settled(sqlite_world, at=sqlite_world.clock.now() - 600)
    party.go(browser)
    # Read from what is signed alone: the response, and the assertion by itself.
    told = party.told(browser)
    document = etree.fromstring(b64decode(told.fields["SAMLResponse"]))
    assert len(document.findall(".//ds:Signature", NS)) == 2
    assert told.response.get("Destination") == party.acs
    assert told.response.findtext("saml:Issuer", None, NS) == f"{ISSUER}/saml/metadata"
    audiences = told.assertion.findall(".//saml:Audience", NS)
    assert [one.text for one in audiences] == [party.entity_id]
    bound = told.assertion.find(".//saml:SubjectConfirmationData", NS)
    assert bound.get("Recipient") == party.acs
    assert bound.get("InResponseTo") == party.last_id
    assert bound.get("NotOnOrAfter") == party.moment(300)
    conditions = told.assertion.find("saml:Conditions", NS)
    assert conditions.get("NotOnOrAfter") == party.moment(300)
    login = told.assertion.find("saml:AuthnStatement", NS)
    assert login.get("AuthnInstant") == party.moment(-600)
    assert login.get("SessionIndex")


def test_sm_039_identifiers_are_never_the_same(sqlite_world: World) -> None:
    party = register_saml(sqlite_world)
    browser = settled(sqlite_world)
    found: list[str] = []
    for _time in range(3):
        party.go(browser)
        told = party.told(browser)
        found += [told.response.get("ID"), told.assertion.get("ID")]
    # 160 bits, and a name that XML allows.
    assert all(one.startswith("_") and len(one) >= 41 for one in found)
    assert len(set(found)) == len(found)


def test_sm_039_the_session_is_named_to_each_application_in_its_own_way(
    sqlite_world: World,
) -> None:
    browser = settled(sqlite_world)
    found = []
    for key in ("one", "two", "one"):
        party = register_saml(sqlite_world, key)
        party.go(browser)
        told = party.told(browser)
        found.append(told.assertion.find("saml:AuthnStatement", NS).get("SessionIndex"))
    assert found[0] == found[2] != found[1]


def test_sm_039_a_status_says_nothing_about_anybody(sqlite_world: World) -> None:
    party = register_saml(sqlite_world, policy={"populations": ["patient"]})
    browser = settled(sqlite_world)
    party.go(browser, IsPassive="true")
    told = party.told(browser)
    assert told.codes[0] != "Success"
    assert told.response.find(".//saml:Assertion", NS) is None
    assert told.response.find(".//saml:NameID", NS) is None


def test_sm_039_an_answer_is_kept_by_no_cache(sqlite_world: World) -> None:
    party = register_saml(sqlite_world)
    browser = settled(sqlite_world)
    party.go(browser)
    assert browser.last.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("switch", [None, False, True])
def test_sm_040_nobody_is_sent_without_a_request_unless_the_application_takes_it_so(
    sqlite_world: World, switch: bool | None
) -> None:
    saml = {} if switch is None else {"idp_initiated": switch}
    party = register_saml(sqlite_world, saml=saml)
    browser = settled(sqlite_world)
    browser.get(f"/saml/start?application={party.key}&RelayState=https://evil.example/")
    if not switch:
        assert browser.problem == "application-misconfigured"
        assert browser.page.find("form", id="post") is None
        return
    told = party.told(browser)
    assert told.response.get("InResponseTo") is None
    bound = told.assertion.find(".//saml:SubjectConfirmationData", NS)
    assert bound.get("InResponseTo") is None
    # Nothing from the address goes along.
    assert told.fields.keys() == {"SAMLResponse"}


@pytest.mark.parametrize("application", ["", "nobody", "plain", "x" * 200])
def test_sm_040_no_other_application_begins_here(sqlite_world: World, application: str) -> None:
    browser = settled(sqlite_world)
    browser.get(f"/saml/start?application={application}")
    assert browser.problem == "application-unknown"


def test_our_metadata_names_what_there_is_and_nothing_else(sqlite_world: World) -> None:
    page = sqlite_world.browser().get("/saml/metadata")
    assert page.content_type == "application/samlmetadata+xml"
    root = etree.fromstring(page.get_data())
    assert root.get("entityID") == f"{ISSUER}/saml/metadata"
    logins = root.findall(".//md:SingleSignOnService", NS)
    assert {one.get("Location") for one in logins} == {f"{ISSUER}/saml/sso"}
    bindings = [one.get("Binding").rpartition(":")[2] for one in logins]
    assert bindings == ["HTTP-Redirect", "HTTP-POST"]
    logouts = [
        (one.get("Binding").rpartition(":")[2], one.get("Location"))
        for one in root.findall(".//md:SingleLogoutService", NS)
    ]
    assert logouts == [
        ("HTTP-Redirect", f"{ISSUER}/saml/slo"),
        ("HTTP-POST", f"{ISSUER}/saml/slo"),
        ("SOAP", f"{ISSUER}/saml/slo/soap"),
    ]
    service = root.find(".//md:ArtifactResolutionService", NS)
    assert dict(service.attrib) == {
        "Binding": "urn:oasis:names:tc:SAML:2.0:bindings:SOAP",
        "Location": f"{ISSUER}/saml/artifact",
        "index": "0",
    }


def test_our_metadata_is_signed_once_for_many_who_ask(sqlite_world: World) -> None:
    def fetch() -> bytes:
        return sqlite_world.browser().get("/saml/metadata").get_data()

    first = fetch()
    sqlite_world.clock.pass_by(299)
    assert fetch() == first
    sqlite_world.clock.pass_by(1)
    assert fetch() != first


def test_a_key_has_one_certificate_whoever_asks(sqlite_world: World) -> None:
    """Made anew by each process, and the same bytes."""
    core = sqlite_world.core
    first, again = (SamlKeys(core.keys, ISSUER).published() for _time in range(2))
    assert first == again
    assert len(first) == 1


def test_in_roll_over_the_next_key_is_published_before_it_signs(sqlite_world: World) -> None:
    party = register_saml(sqlite_world)
    browser, core = settled(sqlite_world), sqlite_world.core
    before = party.idp_certificates()
    with core.database.write() as tx:
        core.signing.rotate(tx, "RS256")
    core.keys.reload()
    during = party.idp_certificates()
    # Whoever keeps a copy for as long as it says has the next key before it signs.
    described = etree.fromstring(sqlite_world.browser().get("/saml/metadata").get_data())
    kept = int(described.get("cacheDuration").removeprefix("PT").removesuffix("S"))
    assert kept < core.settings.signing.publish_lead
    assert during[0] == before[0]
    assert len(during) == 2
    party.go(browser)
    document = etree.fromstring(b64decode(posted(browser)[1]["SAMLResponse"]))
    shown = document.findtext("ds:Signature//ds:X509Certificate", None, NS)
    # Nor does it sign before those had it who fetch once a day.
    sqlite_world.clock.pass_by(DAY)
    core.keys.reload()
    assert party.idp_certificates()[0] == before[0]
    sqlite_world.clock.pass_by(core.settings.signing.publish_lead)
    core.keys.reload()
    after = party.idp_certificates()
    assert after == [during[1]]
    party.go(settled(sqlite_world))
    document = etree.fromstring(b64decode(posted(browser)[1]["SAMLResponse"]))
    assert document.findtext("ds:Signature//ds:X509Certificate", None, NS) == shown
    for one, next_one in pairwise(during):
        assert one.serial_number != next_one.serial_number
