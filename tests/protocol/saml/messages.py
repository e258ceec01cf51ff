# SPDX-License-Identifier: Apache-2.0
"""Keys, and valid signed messages, as an honest partner sends them."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from lxml import etree

from idp.saml.names import BEARER, PERSISTENT, SAML, SAMLP, SUCCESS, ds, saml
from idp.saml.signatures import SigningKey, sign
from tests.pki import key as rsa_key

IDP = "https://idp.example/saml"
SP = "https://sp.example/saml"
ACS = "https://sp.example/acs"
HONEST = "honest"
EVIL = "evil"
# Long past: a registered certificate is an envelope for a key, whatever its dates.
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@cache
def private_key(name):
    """RSA of 2048 bits, unless its name says otherwise."""
    if name.startswith("ec"):
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 1024) if name == "weak" else rsa_key(name)


@cache
def certificate(name):
    """A self-signed certificate over the key of this name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private_key(name).public_key())
        .serial_number(1)
        .not_valid_before(SINCE)
        .not_valid_after(SINCE + timedelta(days=30))
        .sign(private_key(name), SHA256())
    )


def signing_key(name="saml honest"):
    private = private_key(name)
    return SigningKey(
        lambda data: private.sign(data, padding.PKCS1v15(), SHA256()), certificate(name)
    )


def trusted():
    """What is registered for the honest partner."""
    return (certificate("saml honest"),)


def signed(document, *paths, name="saml honest"):
    """A document with signatures on the elements of these paths, the innermost first."""
    root = etree.fromstring(document)
    for path in paths or (".",):
        sign(root.find(path), signing_key(name))
    return etree.tostring(root)


def authn_request(identifier="_request", issuer=SP):
    return (
        f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="{identifier}" '
        f'Version="2.0" IssueInstant="2026-11-22T02:00:00Z" AssertionConsumerServiceURL="{ACS}">'
        f"<saml:Issuer>{issuer}</saml:Issuer></samlp:AuthnRequest>"
    ).encode()


def assertion(identifier="_assertion", name=HONEST):
    return (
        f'<saml:Assertion xmlns:saml="{SAML}" ID="{identifier}" Version="2.0" '
        f'IssueInstant="2026-11-22T02:00:00Z"><saml:Issuer>{IDP}</saml:Issuer><saml:Subject>'
        f'<saml:NameID Format="{PERSISTENT}">{name}</saml:NameID><saml:SubjectConfirmation '
        f'Method="{BEARER}"/></saml:Subject><saml:AttributeStatement><saml:Attribute Name="who">'
        f"<saml:AttributeValue>{name}</saml:AttributeValue></saml:Attribute>"
        "</saml:AttributeStatement></saml:Assertion>"
    )


def response(*inside):
    inner = "".join(inside) or assertion()
    return (
        f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_response" Version="2.0" '
        f'IssueInstant="2026-11-22T02:00:00Z"><saml:Issuer>{IDP}</saml:Issuer><samlp:Status>'
        f'<samlp:StatusCode Value="{SUCCESS}"/></samlp:Status>{inner}</samlp:Response>'
    ).encode()


ASSERTION = saml("Assertion")


def signed_response():
    """Signed twice, as we do it ourselves."""
    return signed(response(), ASSERTION, ".")


def signed_assertion():
    """A response whose assertion alone is signed."""
    return signed(response(), ASSERTION)


def signed_anew(data, change, how=None, name="saml honest"):
    """A message whose signature was changed, and signed again: only its shape is at fault.

    `change` gets the Signature and the signed element; `how` makes the value from the canonical
    SignedInfo, where it is not RSA with SHA-256.
    """
    root = etree.fromstring(data)
    signature = root.find(f".//{ds('Signature')}")
    change(signature, signature.getparent())
    signed_info = signature.find(ds("SignedInfo"))
    octets = etree.tostring(signed_info, method="c14n", exclusive=True)
    value = (how or signing_key(name).sign)(octets)
    signature.find(ds("SignatureValue")).text = b64encode(value).decode()
    return etree.tostring(root)
