# SPDX-License-Identifier: Apache-2.0
"""The VIHF: attribute by attribute as the national services read it, and for nobody else."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from connectors.base import Level
from idp.accounts.activities import Activity
from idp.keys.seals import open_seals
from idp.saml.vihf_facts import login_of
from idp.saml.vihf_issuing import VihfIssuer
from idp.saml.xml import valid
from idp.sessions.values import Proof
from tests.activities import BOTH, HOSPITAL, PRACTICE, practises
from tests.pki import key as rsa_key
from tests.protocol.kit import ELSEWHERE, add_proof, set_cookie
from tests.saml_artifacts import artifact_of, go, resolve, told
from tests.saml_artifacts import by_artifact as collecting
from tests.saml_kit import NS, SamlParty, certificate, pem, register_saml
from tests.vihf_kit import ATTRIBUTE, HL7, LPS, POLICY, XSI, entitled, read, two_factors, values
from tests.world import Browser, World

DOCTOR = (f"{{{HL7}}}Role", "10", "1.2.250.1.71.1.2.7", "TRE_G15-ProfessionSante", "Médecin")
ONCOLOGIST = (
    f"{{{HL7}}}Role",
    "SM36",
    "1.2.250.1.71.4.2.5",
    "TRE_R01-EnsembleSavoirFaire-CISIS",
    "Oncologie option médicale (SM)",
)
NORMAL = (
    f"{{{HL7}}}PurposeOfUse",
    "normal",
    "1.2.250.1.213.1.1.4.248",
    "mode acces VIHF 2.0",
    "Accès normal",
)
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
# Everything that a VIHF of the demo's oncologist holds in her practice, name by name.
IN_HER_PRACTICE: dict[str, list[Any]] = {
    "VIHF_Version": ["3.0"],
    "Identifiant_Structure": ["499700000013008"],
    "Secteur_Activite": ["SA07^1.2.250.1.71.4.2.4"],
    "urn:oasis:names:tc:xspa:1.0:subject:subject-id": ["DURAND Claire CABINET DU DR DURAND"],
    ROLE: [DOCTOR, ONCOLOGIST],
    "Authentification_Mode": ["INDIRECTE"],
    "Ressource_URN": ["urn:dmp"],
    "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse": [NORMAL],
    "LPS_ID": ["7"],
    "LPS_Nom": ["DCC"],
    "LPS_Version": ["4.2"],
    "LPS_ID_HOMOLOGATION_DMP": ["DMP-HOM-0042"],
}


def of_login(client: SamlParty, browser: Browser, signer: Any = None) -> Any:
    """The VIHF that came along with a login."""
    [text] = client.told(browser).attributes[ATTRIBUTE]
    return read(client, text, signer)


def choose(browser: Browser, wanted: int) -> None:
    mark = str(browser.page.select("#activities button")[wanted]["value"])
    browser.submit("/activity", activity=mark)


def test_a_vihf_of_a_doctor_with_two_activities_attribute_by_attribute(world: World) -> None:
    practises(world, *BOTH)
    client, browser = entitled(world), two_factors(world)
    client.go(browser)
    choose(browser, 1)
    vihf = of_login(client, browser)
    assert values(vihf) == IN_HER_PRACTICE
    # In her other activity: the structure and the sector are others, and nothing else.
    browser.get("/account/applications")
    browser.submit("/activity")
    client.go(browser)
    choose(browser, 0)
    other = values(of_login(client, browser))
    assert {name: other[name] for name in other if other[name] != IN_HER_PRACTICE[name]} == {
        "Identifiant_Structure": ["1370000481"],
        "Secteur_Activite": ["SA01^1.2.250.1.71.4.2.4"],
        "urn:oasis:names:tc:xspa:1.0:subject:subject-id": ["DURAND Claire CHU DE TOURS"],
    }


def test_its_envelope_is_that_of_the_public_samples(sqlite_world: World) -> None:
    world = sqlite_world
    practises(world, HOSPITAL)
    client, browser = entitled(world), two_factors(world)
    client.go(browser)
    vihf = of_login(client, browser)
    # Types of HL7 are in no schema of SAML; without naming them it is one of its assertions.
    plain = deepcopy(vihf)
    etree.strip_attributes(plain, f"{{{XSI}}}type")
    assert valid(plain)
    assert [one.tag.partition("}")[2] for one in vihf] == [
        "Issuer",
        "Subject",
        "Conditions",
        "AuthnStatement",
        "AttributeStatement",
    ]
    issuer = vihf.find("saml:Issuer", NS)
    assert issuer.get("Format") == "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
    assert issuer.text == client.idp_certificates()[0].subject.rfc4514_string()
    assert vihf.findtext("saml:Subject/saml:NameID", None, NS) == "810101234567"
    assert vihf.find(".//saml:AudienceRestriction", NS) is None
    conditions = vihf.find("saml:Conditions", NS)
    assert conditions.get("NotOnOrAfter") == client.moment(300)
    login = vihf.find("saml:AuthnStatement", NS)
    at = datetime.fromtimestamp(world.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert login.get("AuthnInstant") == at
    told = client.told(browser)
    assert told.assertion.get("ID") != vihf.get("ID")


@pytest.mark.parametrize(
    ("known", "roles"),
    [
        (
            Activity("21", section="H", sector="SA01", finess="370000481"),
            [("21", "1.2.250.1.71.1.2.7"), ("H", "1.2.250.1.71.4.2.6")],
        ),
        # Nobody else has a second role, and those in training are of another nomenclature.
        (
            Activity("60", speciality_code="SI02", sector="SA07", siret="99999999900017"),
            [("60", "1.2.250.1.71.1.2.7")],
        ),
        (
            Activity("G16-10", sector="SA01", finess="370000481"),
            [("10", "1.2.250.1.71.1.2.8")],
        ),
    ],
)
def test_roles_by_profession(sqlite_world: World, known: Activity, roles: list[Any]) -> None:
    practises(sqlite_world, known)
    client, browser = entitled(sqlite_world), two_factors(sqlite_world)
    client.go(browser)
    found = values(of_login(client, browser))
    assert [(one[1], one[2]) for one in found[ROLE]] == roles
    if known.siret:
        assert found["Identifiant_Structure"] == ["399999999900017"]


@pytest.mark.parametrize(("means", "context"), [("totp", "TimeSyncToken"), ("cps", "SmartcardPKI")])
def test_how_somebody_proved_themselves_is_never_made_more_of(
    sqlite_world: World, means: str, context: str
) -> None:
    """A card was read here, not by who reads the VIHF: this server vouches for it (INDIRECTE)."""
    practises(sqlite_world, HOSPITAL)
    client, browser = entitled(sqlite_world), two_factors(sqlite_world, means=means)
    client.go(browser)
    vihf = of_login(client, browser)
    assert values(vihf)["Authentification_Mode"] == ["INDIRECTE"]
    found = vihf.findtext(".//saml:AuthnContextClassRef", None, NS)
    assert found == f"urn:oasis:names:tc:SAML:2.0:ac:classes:{context}"


def test_only_what_the_national_provider_vouched_for_is_reinforced() -> None:
    said = login_of(7, (proof("password", 1, "pwd"), proof("ecps", 2, "swk")))
    assert (said.at, said.mode, said.declaration) == (
        7,
        "INDIRECTE_RENFORCEE",
        "APP_BROWSER_AUTH",
    )
    assert said.context.endswith(":MobileTwoFactorUnregistered")
    # No class of the standard says what a passkey is: nothing is made up.
    said = login_of(7, (proof("passkey", 2, "swk"),))
    assert (said.mode, said.declaration) == ("INDIRECTE", "")
    assert said.context.endswith(":unspecified")


def proof(means: str, level: int, *methods: str) -> Proof:
    return Proof(means, Level(level), methods, 7, "journey-of-the-test")


TOTP = proof("totp", 2, "otp", "mfa")


@pytest.mark.parametrize(
    ("proofs", "mode", "context"),
    [
        ([proof("psc", 3, "sc", "pin", "hwk", "mfa")], "INDIRECTE_RENFORCEE", "SmartcardPKI"),
        ([proof("psc", 2, "sc", "pin", "hwk", "mfa")], "INDIRECTE_RENFORCEE", "SmartcardPKI"),
        ([proof("psc", 2, "swk", "pin")], "INDIRECTE_RENFORCEE", "MobileTwoFactorUnregistered"),
        ([proof("psc", 2, "user")], "INDIRECTE_RENFORCEE", "unspecified"),
        # What it was worth says more than what it was: nothing is claimed of it.
        ([proof("psc", 1, "user")], "INDIRECTE", "unspecified"),
        ([proof("psc", 1, "sc", "pin")], "INDIRECTE", "unspecified"),
        ([proof("psc", 1, "swk", "pin"), TOTP], "INDIRECTE", "TimeSyncToken"),
        # The way of one proof is not that of another.
        ([proof("psc", 1, "user"), proof("passkey", 2, "swk")], "INDIRECTE", "unspecified"),
        ([proof("psc", 2, "user"), TOTP], "INDIRECTE_RENFORCEE", "TimeSyncToken"),
    ],
)
def test_pro_sante_connect_is_told_by_the_way_in_which_they_came(
    proofs: list[Proof], mode: str, context: str
) -> None:
    said = login_of(7, proofs)
    assert (said.mode, said.context.rpartition(":")[2]) == (mode, context)


@pytest.mark.parametrize("by_artifact", [False, True])
@pytest.mark.parametrize(
    ("method", "context"), [("sc", "SmartcardPKI"), ("swk", "MobileTwoFactorUnregistered")]
)
def test_a_login_at_pro_sante_connect_reaches_the_vihf(
    sqlite_world: World, method: str, context: str, *, by_artifact: bool
) -> None:
    """Also where the application comes for it later; what is proved meanwhile changes nothing."""
    world = sqlite_world
    practises(world, HOSPITAL)
    means = {"policy": POLICY | {"means": ["psc", "cps"]}, "saml": {"vihf": LPS}}
    client = (collecting if by_artifact else register_saml)(world, "", **means)
    browser = world.browser()
    came = replace(proof("psc", 2, method), at=world.clock.now())
    with world.core.database.write() as tx:
        opened = world.core.sessions.open(tx, world.cast["medecin"].id, came, ELSEWHERE)
    set_cookie(world, browser, "session", opened[1])
    if by_artifact:
        go(client, browser, AssertionConsumerServiceURL=None)
        world.clock.pass_by(1)
        add_proof(world, browser, "cps", Level.CARD)
        found = told(client, resolve(client, artifact_of(browser)))
        assert found is not None
        vihf = read(client, found.attributes[ATTRIBUTE][0])
    else:
        client.go(browser)
        vihf = of_login(client, browser)
    assert values(vihf)["Authentification_Mode"] == ["INDIRECTE_RENFORCEE"]
    said = vihf.findtext(".//saml:AuthnContextClassRef", None, NS)
    assert said == f"urn:oasis:names:tc:SAML:2.0:ac:classes:{context}"


def test_every_vihf_is_on_record_and_what_can_not_be_made_as_well(sqlite_world: World) -> None:
    world = sqlite_world
    practises(world, PRACTICE)
    client, browser = entitled(world), two_factors(world)
    client.go(browser)
    told = of_login(client, browser).get("ID")
    [event] = world.events("vihf.issued")
    assert json.loads(event.detail) == {
        "vihf": told,
        "structure": "499700000013008",
        "mode": "INDIRECTE",
        "purpose": "normal",
    }
    # A profession of which no national nomenclature is known: the login stands, without it.
    practises(world, replace(PRACTICE, profession_code="93"))
    client.go(browser)
    assert ATTRIBUTE not in client.told(browser).attributes
    [event] = world.events("vihf.withheld")
    assert json.loads(event.detail)["why"] == "profession"


def test_whoever_is_not_entitled_is_told_nothing_of_it(sqlite_world: World) -> None:
    practises(sqlite_world, HOSPITAL)
    browser = two_factors(sqlite_world)
    silent = entitled(sqlite_world, in_login=False)
    silent.go(browser)
    assert ATTRIBUTE not in silent.told(browser).attributes
    assert not sqlite_world.events("vihf.issued")


@pytest.mark.parametrize(
    ("policy", "vihf", "field"),
    [
        ({"activity": "any"}, {}, "policy.activity"),
        ({"level": 1}, {}, "policy.level"),
        ({}, {"lps_approval": ""}, "saml.vihf.lps_approval"),
        ({}, {"version": "5.0"}, "saml.vihf.version"),
        ({}, {"in_login": "yes"}, "saml.vihf.in_login"),
        ({}, {"role": "10"}, "saml.vihf.role"),
        ({}, {"lps_name": "a\nb"}, "saml.vihf.lps_name"),
    ],
)
def test_a_registration_says_all_that_a_vihf_needs(
    sqlite_world: World, policy: dict[str, Any], vihf: dict[str, Any], field: str
) -> None:
    client = entitled(sqlite_world, "faulty")
    document = client.document | {
        "policy": client.document["policy"] | policy,
        "saml": client.document["saml"] | {"vihf": LPS | vihf},
    }
    with sqlite_world.core.database.read() as tx:
        read = sqlite_world.provider.services.office.applications.read(tx, document)
    assert field in {one.place for one in read.faults}


def laid(folder: Path, name: str, of: str) -> None:
    private = rsa_key(of).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.pem").write_text(pem(of))
    (folder / f"{name}.key").write_bytes(private)


def test_a_structure_signs_by_its_own_seal(sqlite_world: World, tmp_path: Path) -> None:
    world = sqlite_world
    laid(tmp_path, HOSPITAL.structure_id, "seal of the CHU")
    practises(world, HOSPITAL)
    saml = world.provider.saml
    saml.responder._vihf = VihfIssuer(world.core, saml.keys, open_seals(str(tmp_path)))
    client, browser = entitled(world), two_factors(world)
    client.go(browser)
    vihf = of_login(client, browser, certificate("seal of the CHU"))
    assert vihf.findtext("saml:Issuer", None, NS) == "CN=seal of the CHU"
    # Another structure has none: it is vouched for by this server.
    practises(world, PRACTICE)
    client.go(browser)
    assert of_login(client, browser).findtext("saml:Issuer", None, NS) != "CN=seal of the CHU"
    # A certificate that has run out signs nothing more.
    practises(world, HOSPITAL)
    world.clock.pass_by(3650 * 86_400)
    client.go(two := two_factors(world))
    assert ATTRIBUTE not in client.told(two).attributes
