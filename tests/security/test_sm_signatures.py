# SPDX-License-Identifier: Apache-2.0
"""Signatures of another shape, by other keys or algorithms: refused before they are evaluated.

All but the removed ones hold by themselves: they were signed again after they were changed.
"""

from base64 import b64decode, b64encode
from copy import deepcopy
from hashlib import sha256

import pytest
from lxml import etree

from idp.saml import names
from idp.saml.names import DS, EC, ds, saml, samlp
from idp.saml.signatures import Unverified, bare, verify
from idp.saml.xml import parse, text
from tests.protocol.saml.messages import (
    ASSERTION,
    authn_request,
    certificate,
    signed,
    signed_assertion,
    signed_response,
    signing_key,
    trusted,
)
from tests.protocol.saml.reading import changed, outcome


def reference(signature):
    return signature.find(f".//{ds('Reference')}")


def test_sm_010_control_signed_again_it_holds():
    assert changed(lambda signature, element: None).get("ID") == "_request"


def test_sm_010_a_signature_that_is_missing():
    assert outcome(authn_request()) is Unverified.ABSENT


@pytest.mark.parametrize("value", ["", " \n ", "AAAA", "not base64!", "=", "A" * 344])
def test_sm_010_a_signature_without_a_value(value):
    root = etree.fromstring(signed(authn_request()))
    root.find(f".//{ds('SignatureValue')}").text = value
    assert outcome(etree.tostring(root)) in {Unverified.MISSHAPEN, Unverified.WRONG}


def test_sm_010_a_signature_over_nothing_or_over_two_things():
    assert changed(lambda signature, _: signature[0].remove(reference(signature))) is (
        Unverified.MISSHAPEN
    )
    twice = changed(lambda signature, _: signature[0].append(etree.fromstring(FOREIGN_REFERENCE)))
    assert twice is Unverified.MISSHAPEN


FOREIGN_REFERENCE = (
    f'<ds:Reference xmlns:ds="{DS}" URI="#_other"><ds:DigestMethod Algorithm="{names.SHA256}"/>'
    "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>"
)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "#",
        "#_other",
        "_request",
        "http://localhost:9/_request",
        "file:///etc/passwd",
        "#xpointer(/)",
        "#xpointer(id('_request'))",
        " #_request",
    ],
)
def test_sm_010_a_reference_to_elsewhere_is_not_followed(uri):
    # No test may reach another machine (tests/conftest.py): a fetch would break it.
    refused = changed(lambda signature, _: reference(signature).set("URI", uri))
    assert refused is Unverified.REFERENCE


def test_sm_010_a_reference_without_a_uri():
    refused = changed(lambda signature, _: reference(signature).attrib.pop("URI"))
    assert refused is Unverified.REFERENCE


def test_sm_011_a_signature_deeper_down_signs_nothing_above_it():
    def deeper(signature, element):
        extensions = etree.Element(samlp("Extensions"))
        element.insert(1, extensions)
        extensions.append(signature)

    assert changed(deeper) is Unverified.ABSENT


def test_sm_011_a_signed_assertion_is_no_signed_response():
    assert outcome(signed_assertion(), samlp("Response")) is Unverified.ABSENT
    root = etree.fromstring(signed_assertion())
    # Moved up, it still speaks of the assertion.
    root.insert(1, root.find(f"{ASSERTION}/{ds('Signature')}"))
    assert outcome(etree.tostring(root), samlp("Response")) is Unverified.REFERENCE


def test_sm_011_an_expected_element_is_asked_for_by_its_name():
    root = parse(signed_response(), samlp("Response"))
    assert verify(root, samlp("LogoutResponse"), trusted()) is Unverified.UNEXPECTED_ELEMENT


def transform(algorithm, inside=""):
    return etree.fromstring(
        f'<ds:Transform xmlns:ds="{DS}" Algorithm="{algorithm}">{inside}</ds:Transform>'
    )


PREFIXES = f'<ec:InclusiveNamespaces xmlns:ec="{EC}" PrefixList="{{}}"/>'
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
OTHERS = {
    "xslt": [names.ENVELOPED, XSLT],
    "xpath": [names.ENVELOPED, XPATH],
    "xpath filter": [names.ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2"],
    "base64": [f"{DS}base64", names.EXCLUSIVE],
    "inclusive": [names.ENVELOPED, INCLUSIVE],
    "none enveloped": [names.EXCLUSIVE],
    "not canonical": [names.ENVELOPED],
    "other order": [names.EXCLUSIVE, names.ENVELOPED],
    "three": [names.ENVELOPED, names.EXCLUSIVE, XPATH],
    "thousand": [names.ENVELOPED] * 1000,
    "nothing": [],
}


@pytest.mark.parametrize("others", OTHERS)
def test_sm_012_other_transforms_are_not_evaluated(others):
    def change(signature, _):
        transforms = signature.find(f".//{ds('Transforms')}")
        transforms[:] = [transform(algorithm) for algorithm in OTHERS[others]]

    assert changed(change) is Unverified.TRANSFORMS


@pytest.mark.parametrize(
    "inside",
    [
        f'<ds:XPath xmlns:ds="{DS}">count(//. | //@*)</ds:XPath>',
        PREFIXES.format("saml") * 2,
        PREFIXES.format(""),
        PREFIXES.format("saml  samlp"),
        PREFIXES.format(" ".join(["saml"] * 1000)),
        f'<ec:InclusiveNamespaces xmlns:ec="{EC}" PrefixList="saml"><x/></ec:InclusiveNamespaces>',
    ],
)
def test_sm_012_nothing_that_could_be_evaluated_stands_inside(inside):
    def change(signature, _):
        signature.find(f".//{ds('Transforms')}")[1] = transform(names.EXCLUSIVE, inside)

    assert changed(change) is Unverified.TRANSFORMS


def test_sm_012_control_a_list_of_prefixes_is_usual():
    def change(signature, element):
        signature.find(f".//{ds('Transforms')}")[1] = transform(
            names.EXCLUSIVE, PREFIXES.format("samlp saml")
        )
        parent, place = signature.getparent(), element.index(signature)
        parent.remove(signature)
        octets = etree.tostring(
            element, method="c14n", exclusive=True, inclusive_ns_prefixes=["samlp", "saml"]
        )
        parent.insert(place, signature)
        digest = b64encode(sha256(octets).digest()).decode()
        signature.find(f".//{ds('DigestValue')}").text = digest

    assert text(changed(change).find(saml("Issuer"))) == "https://sp.example/saml"


def test_sm_008_an_object_in_a_signature_that_holds():
    def change(signature, _):
        etree.SubElement(signature, ds("Object")).text = "anything"

    assert changed(change) is Unverified.MISSHAPEN

    def before(signature, _):
        signature.insert(0, etree.Element(ds("Object")))

    assert changed(before) is Unverified.MISSHAPEN


def test_sm_011_one_signature_and_no_more():
    def twice(signature, _):
        signature.addnext(deepcopy(signature))

    assert changed(twice) is Unverified.SEVERAL


def test_what_is_verified_is_left_as_it_was():
    """It may be told to somebody, or verified by another key."""
    root = parse(signed_response(), samlp("Response"))
    before = etree.tostring(root)
    verify(root.find(ASSERTION), ASSERTION, trusted())
    verify(root, samlp("Response"), trusted())
    assert etree.tostring(root) == before


def test_sm_021_the_digest_of_nothing_is_refused():
    def change(signature, _):
        value = b64encode(sha256(b"").digest()).decode()
        signature.find(f".//{ds('DigestValue')}").text = value

    assert changed(change) is Unverified.EMPTY


def test_sm_021_what_cannot_be_canonicalised_is_refused():
    """Canonical XML §1.3 has no form for a relative namespace: the library gives up."""
    odd = authn_request().replace(b"<saml:Issuer>", b'<saml:Issuer xmlns:x="relative" x:y="1">')
    genuine = etree.fromstring(signed(authn_request()))
    root = etree.fromstring(odd)
    root.insert(1, genuine.find(ds("Signature")))
    assert outcome(etree.tostring(root)) is Unverified.WRONG


def test_what_we_sign_has_the_shape_that_we_ask_of_others():
    """SAML Core §5.4: and a recipient finds the key's certificate beside it."""
    root = etree.fromstring(signed(authn_request()))
    assert [child.tag for child in root] == [saml("Issuer"), ds("Signature")]
    assert text(root.find(f".//{ds('X509Certificate')}")) == bare(certificate("saml honest"))
    value = b64decode(root.find(f".//{ds('SignatureValue')}").text)
    octets = etree.tostring(root.find(f".//{ds('SignedInfo')}"), method="c14n", exclusive=True)
    assert value == signing_key().sign(octets)
