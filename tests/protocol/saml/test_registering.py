# SPDX-License-Identifier: Apache-2.0
"""A SAML application as it is registered: what is read, refused, and made of its metadata."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from idp.accounts import service as accounts
from idp.administration.rules.protocols import Imported
from idp.applications.registration import BadRegistration, read_registration
from idp.login.gate import Wanted
from idp.saml.application import SamlApplication, check_application, read_application
from idp.saml.described import described
from idp.saml.names import EMAIL, POST, XENC
from tests.protocol.kit import session_of, settled
from tests.saml_kit import certificate, pem, register_saml, saml_application
from tests.saml_metadata import SPOKEN, bare, key, metadata, signed
from tests.world import START, World

MEANS = frozenset({"password"})


def read(**saml: Any) -> SamlApplication:
    return read_application(read_registration(saml_application("sp", saml=saml), MEANS))


def faults(**saml: Any) -> list[str]:
    found = check_application(read_registration(saml_application("sp", saml=saml), MEANS))
    return [str(one) for one in found]


def test_a_registration_is_read_whole() -> None:
    found = read(
        subject_format="email",
        slo=[{"url": "https://sp.example/slo", "binding": "redirect"}],
        encryption_certificates=[pem("sp encryption")],
        encrypted_assertions=True,
        attributes=[{"source": "email", "name": "courriel", "format": "basic"}],
    )
    assert found.entity_id == "https://sp.example/metadata"
    assert [(one.url, one.index, one.binding) for one in found.acs] == [
        ("https://sp.example/acs", 0, POST),
        ("https://sp.example/acs2?of=two", 7, POST),
    ]
    assert found.subject_format == EMAIL
    assert found.signing == (certificate("saml application"),)
    assert found.encryption == (certificate("sp encryption"),)
    assert found.scope == ("email",)
    assert (found.signed_requests, found.idp_initiated) == (True, False)


def test_what_is_not_said_is_not_allowed() -> None:
    found = read(attributes=[])
    assert (found.attributes, found.scope) == ((), ())
    assert found.signed_requests
    assert not found.idp_initiated


ACS = {"url": "https://sp.example/acs"}


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"entity_id": ""}, "entity_id"),
        ({"entity_id": "a b"}, "entity_id"),
        ({"entity_id": "x" * 1025}, "entity_id"),
        ({"entity_id": 7}, "entity_id"),
        ({"acs": []}, "acs"),
        ({"acs": ["https://sp.example/acs"]}, "acs"),
        ({"acs": [{"url": "http://sp.example/acs"}]}, "acs"),
        ({"acs": [{"url": "javascript:alert(1)"}]}, "acs"),
        ({"acs": [ACS | {"binding": "paos"}]}, "acs"),
        (
            {
                "acs": [ACS | {"binding": "artifact"}],
                "signed_requests": False,
                "signing_certificates": [],
            },
            "signing_certificates",
        ),
        ({"acs": [ACS | {"index": 1}, ACS | {"index": 1}]}, "acs"),
        ({"acs": [ACS | {"index": True}]}, "acs"),
        ({"acs": [ACS | {"index": 70_000}]}, "acs"),
        ({"acs": [ACS | {"default": True}, ACS | {"index": 9, "default": True}]}, "acs"),
        ({"acs": [ACS | {"method": "x"}]}, "acs"),
        ({"slo": [{"url": "data:text/html,x"}]}, "slo"),
        ({"slo": [ACS | {"response_url": "javascript:x"}]}, "slo"),
        ({"signing_certificates": ["no certificate"]}, "signing_certificates"),
        ({"signing_certificates": []}, "signing_certificates"),
        ({"signing_certificates": [pem("saml application")] * 6}, "signing_certificates"),
        ({"encrypted_assertions": True}, "encryption_certificates"),
        ({"encrypted_assertions": "yes"}, "encrypted_assertions"),
        ({"encryption_methods": "x"}, "encryption_methods"),
        ({"encryption_methods": ["a b"]}, "encryption_methods"),
        ({"encryption_methods": ["x"] * 21}, "encryption_methods"),
        ({"subject_format": "kerberos"}, "subject_format"),
        ({"attributes": [{"source": "password"}]}, "attributes"),
        ({"attributes": [{"source": "email", "format": "x"}]}, "attributes"),
        ({"attributes": [{"source": "email"}, {"source": "email"}]}, "attributes"),
        ({"attributes": [{"source": "email", "name": "a\nb"}]}, "attributes"),
        ({"idp_initiated": 1}, "idp_initiated"),
        ({"invented": 1}, "invented"),
    ],
)
def test_each_fault_is_told(changes: dict[str, Any], about: str) -> None:
    assert [one for one in faults(**changes) if one.startswith(f"saml.{about}: ")]


@pytest.mark.parametrize(
    "name",
    [
        "NameID",
        "roles",
        "Role",
        "memberOf",
        "urn:oasis:names:tc:SAML:attribute:subject-id",
        "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
        "urn:oasis:names:tc:xacml:2.0:subject:role",
        "urn:sceau:level",
        "Authentification_mode",
        "Identifiant_Structure",
        "LPS_Nom",
        "urn:sceau:vihf",
        # Somebody's own telephone under the name of the national identifier.
        "SubjectNameID",
    ],
)
@pytest.mark.parametrize("place", ["name", "friendly_name"])
def test_sm_074_a_reserved_name_is_released_from_nothing(name: str, place: str) -> None:
    found = faults(attributes=[{"source": "phone", place: name}])
    assert [one for one in found if "reserved" in one]
    assert not faults(attributes=[{"source": "phone", "name": "telephone"}])
    assert not faults(attributes=[{"source": "national_id"}])


def test_sm_070_of_two_applications_one_bears_a_name(world: World) -> None:
    first = register_saml(world, "first")
    other = saml_application("second", saml={"entity_id": first.entity_id})
    with pytest.raises(BadRegistration), world.core.database.write() as tx:
        world.core.applications.register(tx, other)
    register_saml(world, "second")
    changed = saml_application("second", saml={"entity_id": first.entity_id})
    with pytest.raises(BadRegistration), world.core.database.write() as tx:
        world.core.applications.register(tx, changed)
    with world.core.database.read() as tx:
        named = world.core.applications.named(tx, first.entity_id)
    assert named is not None
    assert named.key == "first"


def test_a_name_that_was_given_up_is_free(world: World) -> None:
    old = register_saml(world, "first").entity_id
    register_saml(world, "first", saml={"entity_id": "urn:example:new"})
    register_saml(world, "second", saml={"entity_id": old})
    with world.core.database.read() as tx:
        found = [world.core.applications.named(tx, one) for one in (old, "urn:example:new", "")]
    assert [one and one.key for one in found] == ["second", "first", None]


def test_metadata_makes_a_registration() -> None:
    found = described(metadata(), START)
    assert found.faults == ()
    assert found.left == (
        "AssertionConsumerService PAOS",
        "RequestedAttribute urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
    )
    assert found.document == {
        "protocol": "saml",
        "key": "sp.example",
        "name": "Messagerie du CHU",
        "home_url": "https://sp.example/",
        "support_email": "aide@sp.example",
        "saml": {
            "entity_id": "https://sp.example/metadata",
            "acs": [
                {"url": "https://sp.example/artifact", "binding": "artifact", "index": 0},
                {"url": "https://sp.example/acs", "binding": "post", "index": 1, "default": True},
            ],
            "slo": [
                {"url": "https://sp.example/soap", "binding": "soap"},
                {"url": "https://sp.example/slo", "binding": "redirect"},
            ],
            "signing_certificates": [bare("saml application")],
            # A key without a use is for both.
            "encryption_certificates": [bare("saml application")],
            "signed_requests": True,
            "encrypted_assertions": False,
            "subject_format": "transient",
            "attributes": [
                {"source": "email", "name": "urn:oid:0.9.2342.19200300.100.1.3", "format": "uri"}
            ],
        },
    }
    assert read_application(read_registration(found.document, MEANS)).signed_requests


def test_sm_071_a_key_without_a_use_signs_and_signatures_stay_asked_for() -> None:
    both = described(metadata(key("saml application")), START).document["saml"]
    assert both["signing_certificates"] == [bare("saml application")]
    assert both["signed_requests"] is True
    apart = key("saml application", "signing") + key("sp encryption", "encryption")
    two = described(metadata(apart), START).document["saml"]
    assert two["signing_certificates"] == [bare("saml application")]
    assert two["encryption_certificates"] == [bare("sp encryption")]
    assert two["encrypted_assertions"] is True


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{}",
        "<x/>",
        metadata(validUntil="2020-01-01T00:00:00Z"),
        metadata(validUntil="tomorrow"),
        metadata().replace("SPSSODescriptor", "IDPSSODescriptor"),
        metadata().replace(SPOKEN, "urn:oasis:names:tc:SAML:1.1:protocol"),
        metadata().replace("<md:EntityDescriptor", "<!DOCTYPE x><md:EntityDescriptor"),
        metadata().replace('index="1"', 'index="x"'),
    ],
)
def test_sm_070_what_is_no_description_of_an_application_makes_nothing(document: str) -> None:
    found = described(document, START)
    assert found == Imported({}, faults=found.faults)
    assert found.faults


def test_sm_070_metadata_that_is_signed_is_read_as_it_was_signed() -> None:
    document = signed(metadata(ID="_entity"), "saml application")
    assert described(document, START) == described(metadata(), START)
    # The key that signs metadata may be another than the one that signs requests.
    document = signed(metadata(ID="_entity"), "somebody else")
    assert described(document, START).faults == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.replace("https://sp.example/acs", "https://evil.example/acs"),
        lambda document: document.replace("rsa-sha256", "rsa-sha1"),
        lambda document: document.replace("#_entity", ""),
        lambda document: document.replace("#_entity", "#_other"),
        lambda document: re.sub("<ds:SignatureValue>.*?</ds:SignatureValue>", "", document),
        lambda document: re.sub("(<ds:X509Certificate>)[^<]*", r"\1AAAA", document, count=1),
    ],
)
def test_sm_070_metadata_whose_signature_does_not_hold_makes_nothing(
    change: Callable[[str], str],
) -> None:
    document = signed(metadata(ID="_entity"), "somebody else")
    changed = change(document)
    assert changed != document
    found = described(changed, START)
    assert found == Imported({}, faults=found.faults)
    assert found.faults


CBC, GCM = f"{XENC}aes256-cbc", "http://www.w3.org/2009/xmlenc11#aes256-gcm"
OAEP, OLD = f"{XENC}rsa-oaep-mgf1p", f"{XENC}rsa-1_5"


@pytest.mark.parametrize(
    ("methods", "fits"),
    [((), True), ((CBC, GCM, OAEP), True), ((OAEP,), True), ((CBC, OAEP), False), ((OLD,), False)],
)
def test_what_metadata_declares_to_decrypt_by_is_what_is_encrypted_by(
    methods: tuple[str, ...], fits: bool
) -> None:
    keys = key("saml application", "signing") + key("sp encryption", "encryption", methods)
    made = described(metadata(keys), START).document
    assert made["saml"].get("encryption_methods", []) == list(methods)
    found = check_application(read_registration(made, MEANS))
    assert [one for one in found if one.place == "saml.encryption_methods"] == found
    assert (not found) == fits
    if fits:
        assert read_application(read_registration(made, MEANS)).methods == methods


def test_sm_037_an_address_of_metadata_is_judged_like_any_other() -> None:
    made = described(metadata(acs="javascript:alert(1)"), START)
    found = check_application(read_registration(made.document, MEANS))
    assert [one for one in found if one.place == "saml.acs"]


def test_an_administrator_sees_what_would_be_released(sqlite_world: World) -> None:
    """Before anybody goes there: the same names and values as an assertion would have."""
    core, party = sqlite_world.core, register_saml(sqlite_world)
    session = session_of(sqlite_world, settled(sqlite_world))
    desk = sqlite_world.provider.services.office.applications
    with core.database.read() as tx:
        application = desk.read(tx, party.document)
        admission = core.gate.admit(tx, core.applications.load(tx, party.key), session.id, Wanted())
        account = accounts.load(tx, session.account)
    speaks = desk.speaks(application)
    told = speaks.told(application, account, admission).places
    assert [(one.name.split()[0], one.value) for one in told["attributes"]] == [
        ("mail", "claire.durand@chu.example"),
        ("SubjectNameID", "810101234567"),
    ]
    assert {one.name: one.value for one in told["validity"]}["Audience"] == party.entity_id
    assert speaks.for_people(application)
    assert not speaks.by_secret(application)
    assert speaks.scopes(application) == ()
