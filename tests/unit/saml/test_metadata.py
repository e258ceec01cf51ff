# SPDX-License-Identifier: Apache-2.0
"""Our own metadata: signed, valid by the schema, with every key of a roll-over."""

import pytest
from lxml import etree

from idp.clock import SystemEntropy
from idp.saml.metadata import LIFE, Endpoint, Organization, Provider, describe
from idp.saml.names import (
    ARTIFACT,
    PERSISTENT,
    POST,
    REDIRECT,
    RSA_SHA256,
    SAMLP,
    SHA256,
    SOAP_BINDING,
    TRANSIENT,
    alg,
    ds,
    md,
)
from idp.saml.signatures import SIGNATURE_METHODS, Unverified, bare, verify
from idp.saml.writing import element, moment, read_moment
from idp.saml.xml import METADATA, parse, text, valid
from tests.protocol.saml.messages import certificate, signing_key, trusted

NOW = 1_800_000_000
ENTITY = md("EntityDescriptor")
OURS = Provider(
    "https://sceau.example/saml",
    (certificate("saml honest"), certificate("saml next")),
    (
        Endpoint(REDIRECT, "https://sceau.example/saml/sso"),
        Endpoint(POST, "https://sceau.example/p"),
    ),
    (Endpoint(SOAP_BINDING, "https://sceau.example/saml/logout"),),
    (Endpoint(SOAP_BINDING, "https://sceau.example/saml/artifact", 0),),
    (PERSISTENT, TRANSIENT),
    wants_signed_requests=True,
    organizations=(
        Organization("fr", "Région Centre & Cie", "https://region.example/fr"),
        Organization("en", "Centre Region", "https://region.example/en"),
    ),
    support="support@region.example",
)


def described(provider=OURS):
    root = parse(describe(provider, signing_key(), SystemEntropy(), NOW), ENTITY, METADATA)
    assert valid(root)
    return root


def test_it_is_signed_and_holds_for_a_while():
    root = described()
    assert verify(root, ENTITY, trusted()).get("entityID") == "https://sceau.example/saml"
    assert read_moment(root.get("validUntil")) == NOW + LIFE
    root.set("entityID", "https://evil.example")
    assert verify(root, ENTITY, trusted()) is Unverified.WRONG


def test_every_key_of_a_roll_over_is_in_it():
    """Whoever keeps a copy for a week verifies what the next key signs."""
    keys = described().findall(f".//{md('KeyDescriptor')}")
    assert {one.get("use") for one in keys} == {"signing"}
    assert [text(one.find(f".//{ds('X509Certificate')}")) for one in keys] == [
        bare(certificate("saml honest")),
        bare(certificate("saml next")),
    ]


def test_where_and_how_we_are_spoken_to():
    role = described().find(md("IDPSSODescriptor"))
    assert role.get("protocolSupportEnumeration") == SAMLP
    assert role.get("WantAuthnRequestsSigned") == "true"
    places = [
        (etree.QName(one).localname, one.get("Binding"), one.get("Location"), one.get("index"))
        for one in role
        if one.get("Binding")
    ]
    assert places == [
        ("ArtifactResolutionService", SOAP_BINDING, "https://sceau.example/saml/artifact", "0"),
        ("SingleLogoutService", SOAP_BINDING, "https://sceau.example/saml/logout", None),
        ("SingleSignOnService", REDIRECT, "https://sceau.example/saml/sso", None),
        ("SingleSignOnService", POST, "https://sceau.example/p", None),
    ]
    assert [text(one) for one in role.iter(md("NameIDFormat"))] == [PERSISTENT, TRANSIENT]


def test_sm_014_others_are_told_what_we_verify_by():
    """Shibboleth signs by SHA-1 what it answers to somebody who does not say."""
    inside = described().find(md("IDPSSODescriptor")).find(md("Extensions"))
    digests = [one.get("Algorithm") for one in inside.findall(alg("DigestMethod"))]
    methods = [one.get("Algorithm") for one in inside.findall(alg("SigningMethod"))]
    assert digests[0] == SHA256
    assert methods[0] == RSA_SHA256
    assert set(methods) == SIGNATURE_METHODS
    assert len(inside) == len(digests) + len(methods)
    assert not [one for one in (*digests, *methods) if "sha1" in one]


def test_who_we_are():
    root = described()
    named = root.findall(f".//{md('OrganizationName')}")
    assert [text(one) for one in named] == ["Région Centre & Cie", "Centre Region"]
    assert text(root.find(f".//{md('EmailAddress')}")) == "mailto:support@region.example"


def test_what_nobody_told_is_left_out():
    least = Provider(
        "https://sceau.example/saml", OURS.certificates, OURS.logins, (), (), (),
        wants_signed_requests=False,
    )  # fmt: skip
    root = described(least)
    assert root.find(md("Organization")) is None
    assert root.find(md("ContactPerson")) is None
    assert root[1].get("WantAuthnRequestsSigned") == "false"
    assert ARTIFACT not in etree.tostring(root).decode()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T08:00:00.999Z", NOW),
        ("2027-01-15T08:00:00.1234567Z", NOW),
        ("2027-01-15T08:00:00", None),
        ("2027-01-15T08:00:00+01:00", None),
        ("2027-01-15Z", None),
        ("2027-13-15T08:00:00Z", None),
        ("now", None),
        ("", None),
        (None, None),
    ],
)
def test_moments_are_utc(value, seconds):
    assert read_moment(value) == seconds
    if value and seconds and "." not in value:
        assert moment(seconds) == value


def test_an_attribute_that_nobody_gave_is_left_out():
    assert dict(element(md("NameIDFormat"), {"a": None, "b": "c"}).attrib) == {"b": "c"}
