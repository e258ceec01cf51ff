# SPDX-License-Identifier: Apache-2.0
"""Keys: those that were registered, of strong algorithms, and no error taken for a yes."""

import hmac
import subprocess
import sys
from base64 import b64decode, b64encode
from hashlib import sha1, sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from signxml.exceptions import InvalidSignature
from signxml.verifier import XMLVerifier

from idp.saml import names
from idp.saml.names import DS, SAMLP, ds
from idp.saml.signatures import Unverified, bare, read_certificate
from relying_parties.kit.saml.signatures import read_certificate as read_by_kit
from tests.protocol.saml.messages import (
    authn_request,
    certificate,
    private_key,
    signed,
)
from tests.protocol.saml.reading import REQUEST, changed, outcome

# The version of a certificate, as DER has it.
THIRD = b"\xa0\x03\x02\x01\x02"


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
    # Of a version that there is not.
    of_none = b64decode(bare(certificate("saml honest"))).replace(THIRD, THIRD[:-1] + b"\x05", 1)
    assert read_certificate(of_none) is None
    assert read_by_kit(of_none) is None


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
