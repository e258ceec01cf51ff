# SPDX-License-Identifier: Apache-2.0
"""The kit as service provider: wrapped, malformed and badly encrypted answers open no session."""

import zlib
from base64 import b64decode, b64encode

import pytest
from lxml import etree

from idp.saml.encryption import Recipient, encrypt
from idp.saml.names import ds, saml, xenc
from idp.saml.signatures import sign
from tests.protocol.saml.messages import EVIL, certificate, signed_anew, signing_key
from tests.protocol.saml.wrapping import OF_AN_ASSERTION, OF_THE_MESSAGE
from tests.unit.relying_parties.conftest import error_of
from tests.unit.relying_parties.saml_app import SamlBrowser
from tests.unit.relying_parties.saml_double import APP

ASSERTION, ENCRYPTED = saml("Assertion"), saml("EncryptedAssertion")


def refused(browser, answer):
    """A page that says so, and nobody is there: neither the honest one nor the evil one."""
    return error_of(answer) == "answer-refused" and not browser.is_inside()


def assert_refused(browser):
    assert refused(browser, browser.log_in())


@pytest.mark.parametrize("signs", [("assertion",), ("assertion", "response")])
@pytest.mark.parametrize("encrypts", [True, False])
def test_sm_001_022_control_an_honest_answer_is_taken(clear, double, signs, encrypts):
    browser = SamlBrowser(clear, double)
    double.signs, double.encrypts = signs, encrypts
    assert browser.log_in("/private").status_code == 303
    assert browser.get("/private").text == "hello honest"


@pytest.mark.parametrize("row", OF_AN_ASSERTION)
@pytest.mark.parametrize("signs", [("assertion",), ("assertion", "response")])
def test_sm_003_to_009_a_wrapped_assertion_is_refused(clear, double, row, signs):
    double.encrypts, double.signs = False, signs
    double.twists.sent = OF_AN_ASSERTION[row]
    assert_refused(SamlBrowser(clear, double))


@pytest.mark.parametrize("row", OF_THE_MESSAGE)
def test_sm_001_002_007_008_009_011_a_wrapped_response_is_refused(clear, double, row):
    double.encrypts = False
    double.twists.sent = OF_THE_MESSAGE[row]
    assert_refused(SamlBrowser(clear, double))


@pytest.mark.parametrize("row", ["SM-003", "SM-007", "SM-009", "after"])
def test_sm_003_nor_where_the_response_is_signed_around_it(clear, double, row):
    """Somebody who may have any response signed: an assertion is believed for its own signature."""
    double.encrypts, double.signs = False, ("assertion",)

    def wrap(data):
        root = etree.fromstring(OF_AN_ASSERTION[row](data))
        sign(root, signing_key())
        return etree.tostring(root)

    double.twists.sent = wrap
    assert_refused(SamlBrowser(clear, double))


@pytest.mark.parametrize("signs", [(), ("response",)])
@pytest.mark.parametrize("encrypts", [True, False])
def test_sm_010_022_an_assertion_is_signed_itself(clear, double, signs, encrypts):
    double.signs, double.encrypts = signs, encrypts
    assert_refused(SamlBrowser(clear, double))


def test_sm_022_an_encrypted_one_beside_a_signed_one(clear, double):
    double.encrypts = False

    def beside(data):
        root = etree.fromstring(data)
        evil = etree.fromstring(double.assertion("_x", "https://x").replace("honest", EVIL))
        root.append(encrypted(evil))
        return etree.tostring(root)

    double.signs = ("assertion",)
    double.twists.sent = beside
    assert_refused(SamlBrowser(clear, double))


def encrypted(element):
    from idp.clock import SystemEntropy

    return encrypt(element, Recipient(certificate(APP)), SystemEntropy())


def test_sm_010_a_signature_of_the_response_that_does_not_hold_is_no_absent_one(browser, double):
    double.twists.sent = lambda data: data.replace(b" Version=", b' Consent="urn:x" Version=', 1)
    assert_refused(browser)


def test_sm_013_nor_is_one_of_somebody_else_around_an_honest_assertion(browser, double):
    def sign_around(data):
        root = etree.fromstring(data)
        sign(root, signing_key("saml evil"))
        return etree.tostring(root)

    double.signs = ("assertion",)
    double.twists.sent = sign_around
    assert_refused(browser)


@pytest.mark.parametrize(
    "change",
    [
        lambda sig, _el: sig[0].find(ds("Reference")).set("URI", ""),
        lambda sig, _el: sig[0].find(ds("Reference")).set("URI", "http://localhost:9/x"),
        lambda sig, _el: sig[0].append(etree.fromstring(etree.tostring(sig[0][2]))),
        lambda sig, _el: etree.SubElement(sig, ds("Object")),
        lambda sig, _el: sig.find(f".//{ds('Transforms')}").append(
            etree.Element(ds("Transform"), Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116")
        ),
        lambda sig, _el: sig[0][1].set("Algorithm", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        lambda sig, _el: sig[0][1].set("Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        lambda sig, _el: sig.find(f".//{ds('DigestMethod')}").set(
            "Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1"
        ),
        lambda sig, _el: setattr(
            sig.find(f".//{ds('DigestValue')}"), "text",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ),
    ],
)  # fmt: skip
def test_sm_010_to_014_021_a_signature_of_another_shape(browser, double, change):
    double.signs = ("assertion",)
    double.twists.signed_assertion = lambda data: signed_anew(data, change)
    assert_refused(browser)


def test_sm_013_the_key_that_a_message_brings_along_counts_for_nothing(browser, double):
    double.name = "saml evil"
    assert_refused(browser)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"<!DOCTYPE x>" + data,
        lambda data: b'<!DOCTYPE x [<!ENTITY e "honest">]>' + data,
        lambda data: data.replace(b"SAML:2.0:status:Success", b"SAML:2.0:status:<!-- -->Success"),
        lambda data: data.replace(b"</saml:Issuer>", b"<!-- x --></saml:Issuer>", 1),
        lambda data: data.replace(b"</saml:Issuer>", b"<?x?></saml:Issuer>", 1),
        lambda data: data.replace(b"</saml:Issuer>", b"<![CDATA[]]></saml:Issuer>", 1),
        lambda data: data.decode().encode("utf-16"),
        lambda data: b'<?xml version="1.1"?>' + data,
        lambda data: data + b"<x/>",
        lambda _data: b"<x>" * 60_000,
        lambda _data: b"",
        lambda data: data.replace(b"samlp:Response", b"samlp:ArtifactResponse"),
    ],
)
def test_sm_016_to_020_what_no_message_needs_is_refused(browser, double, change):
    double.signs = ("assertion",)
    double.twists.sent = change
    assert_refused(browser)


@pytest.mark.parametrize("cut", ["<!-- -->", "<?x?>"])
def test_sm_019_nor_inside_of_what_was_encrypted(browser, double, cut):
    """Canonical forms have no comments: the signature alone would not notice them."""
    double.signs = ("assertion",)
    double.twists.assertion = lambda text: text.replace(
        "honest</saml:NameID>", f"hon{cut}est</saml:NameID>"
    )
    assert_refused(browser)


@pytest.mark.parametrize("part", ["SignatureValue", "DigestValue", "X509Data", "Signature"])
def test_sm_010_a_signature_with_a_part_missing(browser, double, part):
    def without(data):
        root = etree.fromstring(data)
        found = root.find(f".//{ds(part)}")
        found.getparent().remove(found)
        return etree.tostring(root)

    double.signs = ("assertion",)
    double.twists.signed_assertion = without
    if part == "X509Data":
        # What a message tells of its key was never looked at.
        assert browser.log_in().status_code == 303
    else:
        assert_refused(browser)


def test_sm_014_neither_cbc_nor_the_old_key_transport(browser, double):
    for old, new in (
        ("xmlenc11#aes256-gcm", "xmlenc#aes256-cbc"),
        ("xmlenc#rsa-oaep-mgf1p", "xmlenc#rsa-1_5"),
    ):
        double.signs = ("assertion",)
        swap = (
            f"http://www.w3.org/2009/{old}".encode(),
            f"http://www.w3.org/2001/04/{new}".encode(),
        )
        if "oaep" in old:
            swap = (b"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", swap[1])
        double.twists.sent = lambda data, swap=swap: data.replace(*swap)
        assert_refused(browser)


def test_sm_014_what_was_touched_or_meant_for_somebody_else_is_not_read(browser, double):
    def touch(data):
        root = etree.fromstring(data)
        value = root.find(f".//{ENCRYPTED}/{xenc('EncryptedData')}/{xenc('CipherData')}")[0]
        bits = bytearray(b64decode(value.text))
        bits[20] ^= 1
        value.text = b64encode(bytes(bits)).decode()
        return etree.tostring(root)

    double.signs = ("assertion",)
    double.twists.sent = touch
    assert_refused(browser)


def test_sm_014_an_assertion_in_clear_is_refused_where_secrecy_was_agreed(browser, double):
    double.encrypts = False
    assert_refused(browser)


def test_sm_017_018_nothing_huge_is_read(browser, double):
    location = browser.start()
    fields = double.answer(location)
    huge = fields | {"SAMLResponse": b64encode(b"<x>" + b"a" * 300_000 + b"</x>").decode()}
    assert refused(browser, browser.arrive(huge))
    assert browser.arrive(fields | {"SAMLResponse": "A" * 500_000}).status_code == 413
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(b"a" * 10_000_000) + packer.flush()
    query = {"SAMLRequest": b64encode(bomb).decode()}
    assert error_of(browser.get("/saml/slo", query_string=query)) == "answer-refused"
