# SPDX-License-Identifier: Apache-2.0
"""Signatures of another shape, by other keys or algorithms: refused before they are evaluated.

All but the removed ones hold by themselves: they were signed again after they were changed.
"""

import hmac
import subprocess
import sys
from base64 import b64decode, b64encode
from copy import deepcopy
from hashlib import sha1, sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from signxml.exceptions import InvalidSignature
from signxml.verifier import XMLVerifier

from idp.saml import names
from idp.saml.names import DS, EC, SAMLP, ds, saml, samlp
from idp.saml.signatures import Unverified, bare, read_certificate, verify
from idp.saml.xml import parse, text
from tests.protocol.saml.messages import (
    ASSERTION,
    authn_request,
    certificate,
    private_key,
    signed,
    signed_anew,
    signed_assertion,
    signed_response,
    signing_key,
    trusted,
)

REQUEST = samlp("AuthnRequest")


def outcome(data, tag=REQUEST, keys=None):
    root = parse(data, tag)
    assert root.tag == tag
    return verify(root, tag, trusted() if keys is None else keys)


def changed(change, how=None):
    return outcome(signed_anew(signed(authn_request()), change, how))


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


def test_sm_013_the_key_that_a_message_brings_along_is_ignored():
    evil = signed(authn_request(), name="saml evil")
    assert outcome(evil) is Unverified.WRONG
    assert outcome(evil, keys=[certificate("saml evil")]).get("ID") == "_request"
    assert outcome(signed(authn_request()), keys=[]) is Unverified.WRONG


KEY_VALUE = (
    "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQ==</ds:Modulus><ds:Exponent>AQ==</ds:Exponent>"
    "</ds:RSAKeyValue></ds:KeyValue>"
)


@pytest.mark.parametrize(
    "inside",
    [
        "<ds:KeyName>nobody</ds:KeyName>",
        "<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>",
        f'<ds:RetrievalMethod URI="http://localhost:9/key" xmlns:samlp="{SAMLP}"/>',
        KEY_VALUE,
        "<ds:X509Data/>",
        "<ds:Unheard/>",
    ],
)
def test_sm_013_whatever_it_says_of_its_key(inside):
    root = etree.fromstring(signed(authn_request()))
    old = root.find(f".//{ds('KeyInfo')}")
    new = etree.fromstring(f'<ds:KeyInfo xmlns:ds="{DS}">{inside}</ds:KeyInfo>')
    old.getparent().replace(old, new)
    assert outcome(etree.tostring(root)).get("ID") == "_request"
    # And nothing of it is needed.
    root.find(ds("Signature")).remove(new)
    assert outcome(etree.tostring(root)).get("ID") == "_request"


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


def with_method(algorithm):
    def change(signature, _):
        signature.find(f".//{ds('SignatureMethod')}").set("Algorithm", algorithm)

    return change


def public_bytes(encoding):
    return (
        certificate("saml honest")
        .public_key()
        .public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.mark.parametrize(
    "secret",
    [
        public_bytes(Encoding.PEM),
        public_bytes(Encoding.DER),
        certificate("saml honest").public_bytes(Encoding.PEM),
        bare(certificate("saml honest")).encode(),
    ],
    ids=["key", "key as DER", "certificate", "base64"],
)
@pytest.mark.parametrize(
    "algorithm", ["http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", f"{DS}hmac-sha1"]
)
def test_sm_013_a_public_key_is_no_secret(secret, algorithm):
    digest = sha256 if "256" in algorithm else sha1
    refused = changed(
        with_method(algorithm), lambda octets: hmac.new(secret, octets, digest).digest()
    )
    assert refused is Unverified.ALGORITHM


def test_sm_013_no_dsa():
    key = dsa.generate_private_key(1024)
    refused = changed(
        with_method("http://www.w3.org/2009/xmldsig11#dsa-sha256"),
        lambda octets: key.sign(octets, SHA256()),
    )
    assert refused is Unverified.ALGORITHM


def test_sm_014_no_sha1():
    def by_sha1(octets):
        return private_key("saml honest").sign(octets, padding.PKCS1v15(), SHA1())

    assert changed(with_method(f"{DS}rsa-sha1"), by_sha1) is Unverified.ALGORITHM
    assert changed(with_method("http://www.w3.org/2001/04/xmldsig-more#rsa-md5")) is (
        Unverified.ALGORITHM
    )


@pytest.mark.parametrize("algorithm", [names.SHA1, "http://www.w3.org/2001/04/xmldsig-more#md5"])
def test_sm_014_nor_in_the_digest(algorithm):
    def change(signature, element):
        signature.find(f".//{ds('DigestMethod')}").set("Algorithm", algorithm)
        element.remove(signature)
        digest = sha1(etree.tostring(element, method="c14n", exclusive=True)).digest()
        element.insert(1, signature)
        signature.find(f".//{ds('DigestValue')}").text = b64encode(digest).decode()

    assert changed(change) is Unverified.ALGORITHM


def test_sm_014_keys_that_are_too_weak_are_not_registered():
    assert read_certificate(bare(certificate("saml honest"))) == certificate("saml honest")
    assert read_certificate(bare(certificate("ec honest"))) is not None
    assert read_certificate(bare(certificate("weak"))) is None
    assert read_certificate("AAAA") is None
    assert read_certificate("é") is None
    assert read_certificate(b"") is None


@pytest.mark.parametrize("answer", [None, True, -1, [], b"", "signed", InvalidSignature("no")])
def test_sm_015_an_answer_that_is_none_proves_nothing(monkeypatch, answer):
    def verdict(*_args, **_options):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(XMLVerifier, "verify", verdict)
    assert outcome(signed(authn_request())) is Unverified.WRONG


UNDER_O = """
import sys
from cryptography.x509 import load_der_x509_certificate
from idp.saml.signatures import read_certificate, verify
from idp.saml.xml import parse
for message in sys.argv[2:]:
    root = parse(bytes.fromhex(message), sys.argv[1].split()[1])
    print(getattr(verify(root, root.tag, [read_certificate(sys.argv[1].split()[0])]), "tag", "no"))
"""


def test_sm_015_nor_is_a_check_lost_where_python_drops_its_assertions():
    forged = signed(authn_request()).replace(b"sp.example", b"evil.example")
    messages = [signed(authn_request()), forged, signed(authn_request(), name="saml evil")]
    ran = subprocess.run(
        [
            sys.executable,
            "-O",
            "-c",
            UNDER_O,
            f"{bare(certificate('saml honest'))} {REQUEST}",
            *(message.hex() for message in messages),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [REQUEST, "no", "no"]


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
