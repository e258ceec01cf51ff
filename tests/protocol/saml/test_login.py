# SPDX-License-Identifier: Apache-2.0
"""A login for a SAML application, from its request to the assertion that it reads."""

from dataclasses import replace

import pytest

from connectors.base import Level
from idp.saml.attributes import Released, read_attributes
from idp.saml.names import BASIC
from tests.protocol.kit import add_proof, settled
from tests.saml_kit import CLASS, pem, posted, register_saml
from tests.world import ISSUER, World


def test_somebody_logs_in_and_is_known_to_the_application(world: World) -> None:
    party = register_saml(world)
    browser = world.browser()
    party.go(browser)
    browser.log_in()
    told = party.told(browser)
    assert told.action == party.acs
    assert told.fields["RelayState"] == "relay-of-this-tab"
    assert told.codes == ["Success"]
    assert told.response.get("InResponseTo") == party.last_id
    assert told.class_ref == f"{CLASS}PasswordProtectedTransport"
    assert told.attributes == {
        "urn:oid:0.9.2342.19200300.100.1.3": ["claire.durand@chu.example"],
        "SubjectNameID": ["810101234567"],
    }
    admitted = world.events("login.admitted")
    assert [(one.application, one.account) for one in admitted] == [
        (party.key, world.cast["medecin"].id)
    ]


def test_whoever_is_logged_in_passes_without_a_page(sqlite_world: World) -> None:
    party = register_saml(sqlite_world)
    browser = settled(sqlite_world)
    party.go(browser)
    assert party.told(browser).codes == ["Success"]


def test_a_posted_request_finds_the_session(world: World) -> None:
    """Cookies do not come with another site's form; the request waits until they do."""
    party = register_saml(world)
    browser = settled(world)
    party.post(browser, party.signed(party.request()))
    told = party.told(browser)
    assert told.codes == ["Success"]
    assert told.fields["RelayState"] == "relay-of-this-tab"


def test_a_posted_request_of_somebody_unknown_leads_to_the_login(sqlite_world: World) -> None:
    party = register_saml(sqlite_world)
    browser = sqlite_world.browser()
    party.post(browser, party.signed(party.request()))
    browser.log_in()
    assert party.told(browser).codes == ["Success"]


def test_a_waiting_request_is_taken_up_once(sqlite_world: World) -> None:
    party = register_saml(sqlite_world)
    browser = settled(sqlite_world)
    party.post(browser, party.signed(party.request()))
    waiting = browser.last.request.url
    assert "/saml/resume?" in waiting
    browser.get(waiting)
    assert browser.problem == "journey-finished"


def test_the_page_that_carries_the_answer_works_without_a_script(sqlite_world: World) -> None:
    party = register_saml(sqlite_world)
    browser = settled(sqlite_world)
    party.go(browser)
    action, _fields = posted(browser)
    assert browser.page.find("form", id="post").find("button")
    policy = browser.last.headers["Content-Security-Policy"]
    assert "form-action 'self' https://" in policy
    assert action.removesuffix("/acs") in policy


@pytest.mark.parametrize(
    ("written", "format_of", "value"),
    [
        ("persistent", "2.0:nameid-format:persistent", None),
        ("transient", "2.0:nameid-format:transient", None),
        ("email", "1.1:nameid-format:emailAddress", "claire.durand@chu.example"),
        ("unspecified", "1.1:nameid-format:unspecified", "cdurand"),
    ],
)
def test_the_person_is_named_as_registered(
    sqlite_world: World, written: str, format_of: str, value: str | None
) -> None:
    party = register_saml(sqlite_world, saml={"subject_format": written})
    browser = settled(sqlite_world)
    names = []
    for each in (browser, browser, settled(sqlite_world)):
        party.go(each)
        names.append(party.told(each).name_id)
    assert {one.get("Format") for one in names} == {f"urn:oasis:names:tc:SAML:{format_of}"}
    if value is not None:
        assert {one.text for one in names} == {value}
    # The same each time, but for one that is to be another in each session.
    assert names[0].text == names[1].text
    assert (names[0].text == names[2].text) == (written != "transient")


def test_a_persistent_name_is_each_applications_own(sqlite_world: World) -> None:
    names = []
    for _application in range(2):
        party = register_saml(sqlite_world)
        browser = settled(sqlite_world)
        party.go(browser)
        name = party.told(browser).name_id
        assert name.get("NameQualifier") == f"{ISSUER}/saml/metadata"
        assert name.get("SPNameQualifier") == party.entity_id
        names.append(name.text)
    assert names[0] != names[1]
    assert sqlite_world.cast["medecin"].id not in names


def test_an_address_that_nobody_confirmed_names_nobody(sqlite_world: World) -> None:
    party = register_saml(sqlite_world, saml={"subject_format": "email"})
    browser = settled(sqlite_world, "infirmiere")
    party.go(browser)
    assert party.told(browser).codes == ["Responder", "InvalidNameIDPolicy"]


@pytest.mark.parametrize(
    ("who", "told"), [("medecin", {"mail": ["claire.durand@chu.example"]}), ("infirmiere", {})]
)
def test_an_address_or_a_number_that_nobody_confirmed_is_not_told(
    sqlite_world: World, who: str, told: dict[str, list[str]]
) -> None:
    released = [
        {"source": one, "name": name} for one, name in (("email", "mail"), ("phone", "tel"))
    ]
    party = register_saml(sqlite_world, saml={"attributes": released})
    assert sqlite_world.cast["medecin"].person.phone
    browser = settled(sqlite_world, who)
    party.go(browser)
    assert party.told(browser).attributes == told


def test_a_number_that_was_confirmed_is_told(sqlite_world: World) -> None:
    account = sqlite_world.cast["medecin"]
    confirmed = replace(account, person=replace(account.person, phone_verified=True))
    released = (Released("phone", "tel", BASIC),)
    assert read_attributes(confirmed, released) == [(released[0], ("+33612345678",))]


def test_an_encrypted_assertion_is_read_by_the_application_alone(sqlite_world: World) -> None:
    encrypted = {"encrypted_assertions": True, "encryption_certificates": [pem("saml application")]}
    party = register_saml(sqlite_world, saml=encrypted)
    browser = settled(sqlite_world)
    party.go(browser)
    told = party.told(browser)
    assert told.response.find(f"{{{'urn:oasis:names:tc:SAML:2.0:assertion'}}}Assertion") is None
    assert told.name_id.text


def test_it_is_encrypted_by_what_the_application_declares(sqlite_world: World) -> None:
    by = ["http://www.w3.org/2009/xmlenc11#aes128-gcm", "http://www.w3.org/2009/xmlenc11#rsa-oaep"]
    encrypted = {
        "encrypted_assertions": True,
        "encryption_certificates": [pem("saml application")],
        "encryption_methods": by,
    }
    party = register_saml(sqlite_world, saml=encrypted)
    browser = settled(sqlite_world)
    party.go(browser)
    told = party.told(browser)
    used = told.response.findall(".//{http://www.w3.org/2001/04/xmlenc#}EncryptionMethod")
    assert [one.get("Algorithm") for one in used] == by
    assert told.name_id.text


def test_the_class_tells_how_the_level_was_reached(sqlite_world: World) -> None:
    means = ["password", "cps", "totp", "passkey"]
    party = register_saml(sqlite_world, policy={"means": means})
    found = []
    for kind, level in (("totp", 2), ("passkey", 2), ("cps", 3)):
        browser = settled(sqlite_world)
        add_proof(sqlite_world, browser, kind, Level(level))
        party.go(browser)
        found.append(party.told(browser).class_ref)
    assert found == [f"{CLASS}TimeSyncToken", "urn:sceau:level:2", f"{CLASS}SmartcardPKI"]


def test_what_is_released_is_what_the_person_agreed_to(sqlite_world: World) -> None:
    party = register_saml(sqlite_world, policy={"consent": True})
    browser = settled(sqlite_world)
    party.go(browser)
    page = browser.page.get_text()
    assert "claire.durand@chu.example" in page
    assert "810101234567" in page
    browser.submit("/consent", answer="accept")
    assert party.told(browser).codes == ["Success"]


@pytest.mark.parametrize("asked", [False, True])
def test_what_is_registered_while_they_log_in_is_not_told_unasked(
    sqlite_world: World, asked: bool
) -> None:
    """They were asked about their address; their national identifier came later."""
    few, more = [{"source": "email"}], [{"source": "email"}, {"source": "national_id"}]
    party = register_saml(sqlite_world, policy={"consent": asked}, saml={"attributes": few})
    browser = settled(sqlite_world)
    if asked:
        party.go(browser)
        browser.submit("/consent", answer="accept")
    party.go(browser, ForceAuthn="true")
    changed = {**party.document, "saml": party.document["saml"] | {"attributes": more}}
    with sqlite_world.core.database.write() as tx:
        sqlite_world.core.applications.register(tx, changed)
    browser.log_in()
    told = party.told(browser)
    if not asked:
        assert told.attributes["SubjectNameID"] == ["810101234567"]
        return
    assert told.codes == ["Responder", "RequestDenied"]
    assert told.assertion is None
    assert sqlite_world.events("login.refused")[-1].application == party.key
    # The next time they are asked, and then it is told.
    party.go(browser)
    assert "810101234567" in browser.page.get_text()
    browser.submit("/consent", answer="accept")
    assert party.told(browser).attributes["SubjectNameID"] == ["810101234567"]


def test_whoever_turns_back_is_refused_by_a_status(sqlite_world: World) -> None:
    from tests.protocol.kit import cancel

    party = register_saml(sqlite_world)
    browser = sqlite_world.browser()
    party.go(browser)
    cancel(browser)
    told = party.told(browser)
    assert told.codes == ["Responder", "AuthnFailed"]
    assert told.assertion is None
    assert told.response.get("InResponseTo") == party.last_id
