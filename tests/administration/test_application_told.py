# SPDX-License-Identifier: Apache-2.0
"""What an application is told, in the console: as registered, of a person, and at a trial."""

from dataclasses import replace

from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from sqlalchemy import update

from idp.accounts.models import AccountRow
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.db import table_of
from idp.saml.vihf_trial import by_any
from tests.activities import BOTH, HOSPITAL, PRACTICE, practises
from tests.administration.application_kit import HERE
from tests.administration.kit import DESK, Opened
from tests.protocol.headers.kit import register
from tests.saml_kit import NS, misspelt, pem, register_saml, verified
from tests.vihf_kit import entitled
from tests.world import ISSUER

WISHED = [{"source": "email"}, {"source": "display_name"}, {"source": "national_id"}]


def the_whole(browser) -> str:
    return browser.page.select_one("#document code").get_text()


def try_it(office: Opened, who: str, key: str):
    browser = office.enter(who)
    browser.get(f"{HERE}/{key}")
    browser.submit("/trial")
    assert browser.last.request.path == f"{HERE}/{key}/trial"
    return browser


def rows(browser) -> dict[str, list[str]]:
    """Each row of the sections: its name, what stands beside it."""
    return {
        row.th.get_text(): [cell.get_text() for cell in row.find_all("td")]
        for row in browser.page.select(".grid tbody tr")
    }


def test_a_trial_shows_the_assertion_as_it_would_be(office: Opened) -> None:
    party = register_saml(office.world, "mail", saml={"attributes": WISHED})
    browser = try_it(office, "administrateur", "mail")
    found, person = rows(browser), office["administrateur"].person
    assert found["displayName (urn:oid:2.16.840.1.113730.3.1.241)"] == [
        person.display_name,
        "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
    ]
    assert found["Audience"][0] == party.entity_id
    assert found["Recipient"][0] == party.acs
    assert found["X509Certificate"][0].startswith("SHA-256 ")
    # What staff have not is named.
    assert "SubjectNameID" in browser.page.select_one(".notice-warning").get_text()
    assertion = etree.fromstring(the_whole(browser)).find("saml:Assertion", NS)
    name = assertion.findtext("saml:Subject/saml:NameID", None, NS)
    assert found["NameID"][0] == name
    # The application is told the very same.
    party.go(browser)
    told = party.told(browser)
    assert told.name_id.text == name
    released = {
        one.get("Name"): [value.text for value in one]
        for one in assertion.iterfind(".//saml:Attribute", NS)
    }
    assert told.attributes == released
    assert told.assertion.find("saml:AuthnStatement", NS).get("SessionIndex") == (
        assertion.find("saml:AuthnStatement", NS).get("SessionIndex")
    )


def test_sm_039_nothing_of_a_trial_is_worth_anything(sqlite_office: Opened) -> None:
    party = register_saml(sqlite_office.world, "mail")
    browser = try_it(sqlite_office, "administrateur", "mail")
    response = etree.fromstring(the_whole(browser))
    values = response.findall(".//ds:SignatureValue", NS)
    assert [one.text for one in values] == ["taken-out"] * 2
    for element in (response, response.find("saml:Assertion", NS)):
        try:
            verified(etree.fromstring(etree.tostring(element)), party.idp_certificates())
        except Exception:  # noqa: BLE001 - whatever a foreign verifier says
            continue
        raise AssertionError("it verifies")
    assert response.get("InResponseTo") == "the-request-of-the-application"
    # It goes to no other site, and nothing was issued.
    assert not browser.page.select("form[action^='https://mail.example']")
    events = {one.kind for one in sqlite_office.world.events() if one.application == "mail"}
    assert "application.tried" in events
    assert "login.admitted" not in events


def test_what_is_encrypted_is_shown_before_with_whom_for(sqlite_office: Opened) -> None:
    saml = {"encryption_certificates": [pem("sp encryption")], "encrypted_assertions": True}
    register_saml(sqlite_office.world, "mail", saml=saml)
    browser = try_it(sqlite_office, "administrateur", "mail")
    assert "aes256-gcm" in rows(browser)["EncryptionMethod"][0]
    assert "sp encryption" in browser.page.get_text()
    assert "EncryptedAssertion" not in the_whole(browser)


def test_whom_it_is_encrypted_for_is_said_where_the_name_cannot_be_read(
    sqlite_office: Opened,
) -> None:
    saml = {"encryption_certificates": [misspelt("sp encryption")], "encrypted_assertions": True}
    register_saml(sqlite_office.world, "mail", saml=saml)
    browser = try_it(sqlite_office, "administrateur", "mail")
    assert rows(browser)["X509Certificate"][0].startswith("SHA-256 ")


def test_somebody_without_a_name_of_that_format_is_said(sqlite_office: Opened) -> None:
    register_saml(sqlite_office.world, "mail", saml={"subject_format": "email"})
    accounts, mine = table_of(AccountRow), sqlite_office["administrateur"].id
    with sqlite_office.world.core.database.write() as tx:
        tx.execute(update(accounts).where(accounts.c.id == mine).values(email_verified=0))
    browser = try_it(sqlite_office, "administrateur", "mail")
    assert "nameid-format:emailAddress" in browser.page.select_one(".notice-warning").get_text()
    assert not browser.page.select("#document")


def test_headers_are_shown_as_the_application_reads_them(sqlite_office: Opened) -> None:
    register(sqlite_office.world)
    browser = try_it(sqlite_office, "administrateur", "old")
    assert sqlite_office["administrateur"].person.display_name in browser.page.get_text()


def test_each_protocol_says_what_it_tells_without_anybody(sqlite_office: Opened) -> None:
    register_saml(sqlite_office.world, "mail", saml={"attributes": WISHED})
    register(sqlite_office.world)
    browser = sqlite_office.enter("auditrice")
    browser.get(f"{HERE}/mail/told")
    assert rows(browser)["SubjectNameID"][0] == "Identifiant national"
    browser.get(f"{HERE}/dcc/told")
    assert rows(browser)["given_name"] == ["–", "profile"]
    browser.get(f"{HERE}/old/told")
    assert rows(browser)["X-Remote-User"][0] == "L’identifiant avec lequel elles se connectent"
    assert not sqlite_office.world.events("account.viewed")


def test_wb_015_a_person_within_reach_is_shown_and_that_is_kept(office: Opened) -> None:
    register_saml(office.world, "mail", saml={"attributes": WISHED})
    medecin = office["medecin"]
    browser = office.enter("auditrice")
    browser.get(f"{HERE}/mail/told?who={medecin.person.identifier}")
    assert rows(browser)["SubjectNameID"][0] == medecin.person.national_id
    [event] = office.world.events("account.viewed")
    assert (event.account, event.application) == (medecin.id, "mail")
    for nobody in ("nobody.known", "%00"):
        browser.get(f"{HERE}/mail/told?who={nobody}")
        assert browser.page.select("#person .notice-warning")
    # Who sees no applications sees nobody this way either.
    for who in ("chu", "assistance"):
        denied = office.enter(who).get(f"{HERE}/mail/told?who={medecin.person.identifier}")
        assert denied.status_code == 403
    assert len(office.world.events("account.viewed")) == 1


def test_what_whoever_connects_it_types_is_on_its_page(sqlite_office: Opened) -> None:
    party = register_saml(sqlite_office.world, "mail")
    register(sqlite_office.world)
    browser = sqlite_office.enter("auditrice")
    told = {}
    for key in ("mail", "dcc", "old"):
        browser.get(f"{HERE}/{key}")
        told[key] = [one.get_text() for one in browser.page.select("#connect code")]
    ours = party.idp_certificates()[0].fingerprint(SHA256()).hex(":").upper()
    assert {f"{ISSUER}/saml/metadata", f"{ISSUER}/saml/sso", ours, party.acs} <= set(told["mail"])
    assert f"{ISSUER}/.well-known/openid-configuration" in told["dcc"]
    assert {f"{ISSUER}/headers/check", "Basic base64(old:SECRET)"} <= set(told["old"])


def test_a_trial_shows_the_vihf_and_no_seal_vouches_for_it(sqlite_office: Opened) -> None:
    world = sqlite_office.world
    entitled(world, "dmp")
    practises(world, HOSPITAL)
    root = world.provider.services.office.authorities.of_command(DESK)
    with world.core.database.write() as tx:
        roles = world.provider.services.office.roles
        assert roles.give(tx, root, world.cast["medecin"].id, Held(Role.SUPER)) is True
    browser = try_it(sqlite_office, "medecin", "dmp")
    found = rows(browser)
    assert found["Identifiant_Structure"][0] == "1370000481"
    assert "SM36" in found["urn:oasis:names:tc:xacml:2.0:subject:role"][0]
    vihf = the_whole(browser).partition("<!-- VIHF -->")[2]
    assert "Identifiant_Structure" in vihf
    assert "Signature" not in vihf
    assert not world.events("vihf.issued")
    # Of somebody else none can be made, and it is said why.
    other = try_it(sqlite_office, "administrateur", "dmp")
    assert "no-national-identifier" in other.page.select_one(".notice-warning").get_text()


ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
PLACE = "Identifiant_Structure"


def sections(browser) -> dict[str, dict[str, list[str]]]:
    """The sections that tell of a VIHF: the names in each, and the values of a name."""
    found: dict[str, dict[str, list[str]]] = {}
    for table in browser.page.select("table.grid"):
        told: dict[str, list[str]] = {}
        for row in table.select("tbody tr"):
            told.setdefault(row.th.get_text(), []).append(row.td.get_text())
        if PLACE in told:
            found[table.find_parent("section").h2.get_text()] = told
    return found


def look_at(office: Opened, who: str = "auditrice", whom: str = "medecin"):
    browser = office.enter(who)
    browser.get(f"{HERE}/dmp/told?who={office[whom].person.identifier}")
    return browser


def test_the_vihf_of_somebody_else_is_shown_for_the_activity_that_they_come_in(
    office: Opened,
) -> None:
    world = office.world
    entitled(world, "dmp")
    practises(world, *BOTH)
    browser = look_at(office)
    each = sections(browser)
    assert {title: told[PLACE] for title, told in each.items()} == {
        "VIHF · CHU DE TOURS": ["1370000481"],
        "VIHF · CABINET DU DR DURAND": ["499700000013008"],
    }
    notice = browser.page.select_one("#person .notice").get_text()
    assert "CHU DE TOURS, CABINET DU DR DURAND" in notice
    with world.core.database.write() as tx:
        world.core.activities.choose(tx, office["medecin"].id, "dmp", PRACTICE, DESK)
    browser = look_at(office)
    [(title, told)] = sections(browser).items()
    assert (title, told[PLACE]) == ("VIHF", ["499700000013008"])
    assert "CABINET DU DR DURAND" in browser.page.select_one("#person .notice").get_text()
    assert [one[:2] for one in told[ROLE]] == ["10", "SM"]
    # Nobody has logged in: which of the means they will use is not known.
    classes = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
    by_any = f"{classes}TimeSyncToken | {classes}SmartcardPKI"
    assert told["AuthnContextClassRef"] == [by_any]
    assert told["Authentification_Mode"] == ["INDIRECTE"]


def test_by_which_of_its_ways_they_will_come_from_pro_sante_connect_is_not_known() -> None:
    said = by_any(["psc", "totp"])
    assert said.mode == "INDIRECTE_RENFORCEE | INDIRECTE"
    classes = [one.rpartition(":")[2] for one in said.context.split(" | ")]
    assert classes == ["SmartcardPKI", "MobileTwoFactorUnregistered", "TimeSyncToken"]


def test_sm_039_a_vihf_that_is_looked_at_is_signed_by_nobody(sqlite_office: Opened) -> None:
    entitled(sqlite_office.world, "dmp")
    practises(sqlite_office.world, *BOTH)
    browser = look_at(sqlite_office)
    page = browser.last.get_data(as_text=True)
    assert "SignatureValue" not in page
    assert "saml:Assertion" not in page
    assert not browser.page.select("#document")
    kinds = {one.kind for one in sqlite_office.world.events()}
    assert "account.viewed" in kinds
    assert not kinds & {"vihf.issued", "vihf.withheld", "activity.chosen", "login.admitted"}


def test_why_somebody_has_no_vihf_is_said(sqlite_office: Opened) -> None:
    entitled(sqlite_office.world, "dmp")
    browser = look_at(sqlite_office)
    assert not sections(browser)
    assert "no-activity" in browser.page.select_one(".notice-warning").get_text()
    # A psychologist is in no nomenclature of theirs; what she is beside that is shown.
    unheard = replace(PRACTICE, profession_code="93", speciality_code="", speciality="")
    practises(sqlite_office.world, HOSPITAL, unheard)
    browser = look_at(sqlite_office)
    assert set(sections(browser)) == {"VIHF · CHU DE TOURS"}
    assert "profession" in browser.page.select_one(".notice-warning").get_text()


def test_two_activities_in_one_place_are_told_apart(sqlite_office: Opened) -> None:
    entitled(sqlite_office.world, "dmp")
    practises(sqlite_office.world, HOSPITAL, replace(HOSPITAL, sector="SA07"))
    assert set(sections(look_at(sqlite_office))) == {
        "VIHF · CHU DE TOURS (Médecin, 1370000481, SA01, S)",
        "VIHF · CHU DE TOURS (Médecin, 1370000481, SA07, S)",
    }


def test_wb_015_the_vihf_of_somebody_out_of_reach_is_shown_to_nobody(
    sqlite_office: Opened,
) -> None:
    entitled(sqlite_office.world, "dmp")
    practises(sqlite_office.world, HOSPITAL, who="administrateur")
    browser = sqlite_office.enter("auditrice")
    browser.get(f"{HERE}/dmp/told?who=nobody.known")
    assert not sections(browser)
    for who in ("chu", "assistance"):
        identifier = sqlite_office["medecin"].person.identifier
        denied = sqlite_office.enter(who).get(f"{HERE}/dmp/told?who={identifier}")
        assert denied.status_code == 403
