# SPDX-License-Identifier: Apache-2.0
"""A VIHF that comes along with a login: handed on as it stands, read name by name or not at all."""

import json
from base64 import b64decode, b64encode

import pytest

from idp.clock import SystemEntropy
from idp.saml import vihf as ours
from relying_parties.kit.saml.attributes import LONGEST_VALUE, Coded
from relying_parties.kit.saml.vihf import read_vihf
from relying_parties.vihf_words import MEANINGS, lines_of
from tests.protocol.saml.messages import certificate, signing_key
from tests.unit.relying_parties.conftest import error_of
from tests.unit.relying_parties.saml_app import SamlBrowser, tiny
from tests.unit.relying_parties.saml_double import SamlDouble

DOCTOR = Coded("10", "1.2.250.1.71.1.2.7", "TRE_G15-ProfessionSante", "Médecin")
NORMAL = Coded("normal", "1.2.250.1.213.1.1.4.248", "mode acces VIHF 2.0", "Accès normal")
NOW = 1_800_000_000
SMARTCARD = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
SAID = {
    "VIHF_Version": ("3.0",),
    "Identifiant_Structure": ("10B0057881",),
    "Secteur_Activite": ("SA01^1.2.250.1.71.4.2.4",),
    "urn:oasis:names:tc:xspa:1.0:subject:subject-id": ("DURAND Claire CHU",),
    "urn:oasis:names:tc:xacml:2.0:subject:role": (DOCTOR,),
    "Authentification_Mode": ("INDIRECTE_RENFORCEE",),
    "urn:oasis:names:tc:xacml:2.0:resource:resource-id": ("1^^^&2&ISO^NH",),
    "Ressource_URN": ("urn:dmp",),
    "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse": (NORMAL,),
    "LPS_ID": ("7",),
    "LPS_Nom": ("Messagerie",),
    "LPS_Version": ("1.0",),
    "LPS_ID_HOMOLOGATION_DMP": ("DEMONSTRATION",),
}


def coded(said):
    return ours.Coded(said.code, said.system, said.system_name, said.label)


def vihf():
    """All that one can say, as the provider writes it."""
    said = ours.Vihf(
        person="899700000013",
        subject="DURAND Claire CHU",
        structure="10B0057881",
        sector="SA01^1.2.250.1.71.4.2.4",
        roles=(coded(DOCTOR),),
        login=ours.Login(NOW, "INDIRECTE_RENFORCEE", SMARTCARD, "APP_BROWSER_AUTH"),
        purpose=coded(NORMAL),
        software=ours.Software("Messagerie", "1.0", "DEMONSTRATION", "7"),
        version="3.0",
        resource="urn:dmp",
        patient="1^^^&2&ISO^NH",
    )
    return ours.write(said, signing_key("saml honest"), SystemEntropy(), NOW).document


@pytest.fixture
def double(clock, tmp_path):
    return SamlDouble(clock, tmp_path)


@pytest.fixture
def app(double, clock, tmp_path):
    opened = tiny(
        double, clock, tmp_path / "app.sqlite3", claims={"urn:sceau:vihf": "vihf", "role": "role"}
    )
    yield opened
    opened.extensions["sceau-login"].store.shut()


@pytest.fixture
def browser(app, double):
    return SamlBrowser(app, double)


def says(double, name, *values):
    """One more attribute in the next answer; what is given is XML."""
    inside = "".join(f"<saml:AttributeValue>{one}</saml:AttributeValue>" for one in values)
    told = f'<saml:Attribute Name="{name}">{inside}</saml:Attribute>'
    end = "</saml:AttributeStatement>"
    double.twists.assertion = lambda text: text.replace(end, told + end)


def test_what_came_with_the_login_is_kept_byte_by_byte_and_read_name_by_name(browser, double):
    document = vihf()
    says(double, "urn:sceau:vihf", b64encode(document).decode())
    assert browser.log_in().status_code == 303
    claim = browser.get("/claims").json["vihf"]
    assert b64decode(claim) == document
    read = read_vihf(claim)
    assert dict(read.attributes) == SAID
    assert (read.person, read.context) == ("899700000013", SMARTCARD)
    assert read.declaration == "APP_BROWSER_AUTH"
    assert read.issuer == certificate("saml honest").subject.rfc4514_string()
    assert read.until == NOW + 300


def test_every_name_has_a_meaning_and_every_meaning_a_name():
    read = read_vihf(b64encode(vihf()).decode())
    assert {one.name for one in lines_of(read)} == set(MEANINGS)
    [roles] = [one.values for one in lines_of(read) if one.name.endswith("subject:role")]
    assert roles == ("10 · Médecin (TRE_G15-ProfessionSante, 1.2.250.1.71.1.2.7)",)


@pytest.mark.parametrize(
    "touch",
    [
        lambda text: text.replace(b"10B0057881", b"10B0062154"),
        lambda text: text.replace(b"<saml:Issuer", b"<saml:Issuer x='1'", 1),
        lambda text: text.replace(b"Assertion", b"Other"),
        lambda text: text[:-1],
        lambda text: b"<!DOCTYPE a>" + text,
        lambda _text: b"",
    ],
)
def test_what_was_touched_is_not_read(touch):
    document = vihf()
    assert read_vihf(b64encode(document).decode()) is not None
    assert touch(document) != document
    assert read_vihf(b64encode(touch(document)).decode()) is None


@pytest.mark.parametrize("claim", [None, 7, "", "é", "****", ["a"]])
def test_what_is_no_vihf_is_none(claim):
    assert read_vihf(claim) is None


def test_an_entry_of_a_nomenclature_is_handed_over_as_one(browser, double):
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    fields = 'code="10" codeSystem="1.2" codeSystemName="G15" displayName="Médecin"'
    says(
        double,
        "role",
        f'<Role xmlns="urn:hl7-org:v3" {xsi} xsi:type="CE" {fields}/>',
        f'<h:Role xmlns:h="urn:hl7-org:v3" {xsi} xsi:type="h:CE" {fields}/>',
        # Neither of these is one: another type, another namespace, more inside.
        f'<Role xmlns="urn:hl7-org:v3" {xsi} xsi:type="CD" {fields}/>',
        f'<Role xmlns="urn:hl7-org:v3" xmlns:o="urn:o" {xsi} xsi:type="o:CE" {fields}/>',
        f'<Role xmlns="urn:other" {xsi} xsi:type="CE" {fields}/>',
        f'<Role xmlns="urn:hl7-org:v3" {xsi} xsi:type="CE" {fields}><a/></Role>',
        "text",
    )
    browser.log_in()
    entry = {"code": "10", "system": "1.2", "system_name": "G15", "label": "Médecin"}
    assert browser.get("/claims").json["role"] == [entry, entry, "text"]


def test_a_vihf_is_long_and_nothing_else_may_be(browser, double):
    long = "x" * (LONGEST_VALUE + 1)
    says(double, "urn:sceau:vihf", long)
    assert browser.log_in().status_code == 303
    assert json.dumps(browser.get("/claims").json["vihf"]) == f'"{long}"'
    says(double, "role", long)
    assert error_of(browser.log_in()) == "answer-refused"
    says(double, "urn:sceau:vihf", "x" * (64 * 1024 + 1))
    assert error_of(browser.log_in()) == "answer-refused"
