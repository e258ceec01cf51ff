# SPDX-License-Identifier: Apache-2.0
"""A SAML provider's double: strict with its applications, misbehaving exactly where a test says so.

It is a file of metadata and a pen: the browser's visit to it is `answer()`, called by the test in
the browser's place. What it writes is text, so that a test can write anything else.
"""

import os
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree

from idp.clock import SystemEntropy
from idp.saml.encryption import Recipient, encrypt
from idp.saml.names import BEARER, MD, PERSISTENT, REDIRECT, SAML, SAMLP, SUCCESS
from idp.saml.signatures import bare, sign
from idp.saml.wire import read_query, write_query
from tests.protocol.saml.messages import HONEST, certificate, signing_key

IDP = "https://idp.example/saml"
SSO, SLO = "https://idp.example/sso", "https://idp.example/slo"
SMARTCARD = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
APP = "saml application"
NS = {"saml": SAML, "samlp": SAMLP, "md": MD}


def same(value):
    return value


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Twists:
    """Where the double departs from what is right; each takes the right text or bytes."""

    assertion: object = same
    signed_assertion: object = same
    response: object = same
    sent: object = same


@dataclass
class SamlDouble:
    """The provider."""

    now: object
    folder: object
    name: str = "saml honest"
    issuer: str = IDP
    subject: str = HONEST
    context: str = SMARTCARD
    sid: str = "_session-1"
    signs: tuple = ("assertion", "response")
    encrypts: bool = True
    twists: Twists = field(default_factory=Twists)

    def __post_init__(self):
        self.file = self.folder / "provider.xml"
        self.publish()

    def publish(self, *names, until=7 * 86_400, signed_by=None, change=same):
        """Write the metadata, with these keys in it."""
        keys = "".join(
            '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds='
            '"http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>'
            f"{bare(certificate(one))}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            "</md:KeyDescriptor>"
            for one in names or (self.name,)
        )
        document = (
            f'<md:EntityDescriptor xmlns:md="{MD}" ID="_metadata" entityID="{self.issuer}" '
            f'validUntil="{at(self.now() + until)}"><md:IDPSSODescriptor '
            f'protocolSupportEnumeration="{SAMLP}">{keys}<md:SingleLogoutService '
            f'Binding="{REDIRECT}" Location="{SLO}"/><md:SingleSignOnService '
            f'Binding="{REDIRECT}" Location="{SSO}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
        )
        root = etree.fromstring(change(document))
        if signed_by:
            sign(root, signing_key(signed_by))
        self.file.write_bytes(etree.tostring(root))

    def request(self, location, kind="SAMLRequest"):
        """The message of an address that the application sends a browser to, verified."""
        parts = urlsplit(location)
        query = read_query(parts.query)
        assert query.kind == kind
        assert query.signed_by((certificate(APP),))
        root = etree.fromstring(query.message)
        assert root.get("Destination") == f"{parts.scheme}://{parts.netloc}{parts.path}"
        return root, query.relay_state

    def answer(self, location):
        """Log in, and give the form that the browser posts back."""
        root, relay = self.request(location)
        assert root.find("saml:Issuer", NS).text == "https://app.example/saml"
        acs = root.get("AssertionConsumerServiceURL")
        return {"SAMLResponse": self.response(root.get("ID"), acs), "RelayState": relay}

    def response(self, request, acs):
        said = etree.fromstring(self.twists.assertion(self.assertion(request, acs)))
        if "assertion" in self.signs:
            sign(said, signing_key(self.name))
        said = etree.fromstring(self.twists.signed_assertion(etree.tostring(said)))
        if self.encrypts:
            said = encrypt(said, Recipient(certificate(APP)), SystemEntropy())
        inside = etree.tostring(said).decode()
        root = etree.fromstring(self.twists.response(self.envelope(request, acs, inside)))
        if "response" in self.signs:
            sign(root, signing_key(self.name))
        return b64encode(self.twists.sent(etree.tostring(root))).decode()

    def envelope(self, request, acs, inside, status=f'<samlp:StatusCode Value="{SUCCESS}"/>'):
        return (
            f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_{os.urandom(8).hex()}"'
            f' Version="2.0" IssueInstant="{at(self.now())}" Destination="{acs}"'
            f' InResponseTo="{request}"><saml:Issuer>{self.issuer}</saml:Issuer><samlp:Status>'
            f"{status}</samlp:Status>{inside}</samlp:Response>"
        )

    def assertion(self, request, acs):
        now = self.now()
        return (
            f'<saml:Assertion xmlns:saml="{SAML}" ID="_{os.urandom(8).hex()}" Version="2.0"'
            f' IssueInstant="{at(now)}"><saml:Issuer>{self.issuer}</saml:Issuer><saml:Subject>'
            f'<saml:NameID Format="{PERSISTENT}" NameQualifier="{self.issuer}"'
            f' SPNameQualifier="https://app.example/saml">{self.subject}</saml:NameID>'
            f'<saml:SubjectConfirmation Method="{BEARER}"><saml:SubjectConfirmationData'
            f' Recipient="{acs}" NotOnOrAfter="{at(now + 300)}" InResponseTo="{request}"/>'
            f'</saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{at(now - 60)}"'
            f' NotOnOrAfter="{at(now + 300)}"><saml:AudienceRestriction><saml:Audience>'
            "https://app.example/saml</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{at(now)}" SessionIndex="{self.sid}">'
            f"<saml:AuthnContext><saml:AuthnContextClassRef>{self.context}"
            "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
            "<saml:AttributeStatement>"
            '<saml:Attribute Name="urn:oid:2.16.840.1.113730.3.1.241"><saml:AttributeValue>'
            "Zoé Exemple</saml:AttributeValue></saml:Attribute>"
            '<saml:Attribute Name="SubjectNameID"><saml:AttributeValue>899700000013'
            "</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"
        )

    def logout(self, subject=HONEST, sessions=("_session-1",), **changes):
        """A request for logout, not yet signed."""
        heading = {
            "ID": f"_{os.urandom(8).hex()}",
            "Version": "2.0",
            "IssueInstant": at(self.now()),
            "Destination": "http://localhost:5999/saml/slo",
        } | changes
        written = "".join(f' {name}="{value}"' for name, value in heading.items() if value)
        inside = "".join(f"<samlp:SessionIndex>{one}</samlp:SessionIndex>" for one in sessions)
        return (
            f'<samlp:LogoutRequest xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}"{written}>'
            f"<saml:Issuer>{self.issuer}</saml:Issuer><saml:NameID>{subject}</saml:NameID>"
            f"{inside}</samlp:LogoutRequest>"
        )

    def redirected(self, message, kind="SAMLRequest", relay="relay", name=None):
        """The path by which a browser brings a message of ours."""
        key = signing_key(name or self.name) if name != "" else None
        return "/saml/slo?" + write_query(kind, message.encode(), relay, key)

    def soap(self, message, name=None):
        """The same in an envelope, signed in itself."""
        root = etree.fromstring(message)
        if name != "":
            sign(root, signing_key(name or self.name))
        inside = etree.tostring(root).decode()
        envelope = "http://schemas.xmlsoap.org/soap/envelope/"
        return f'<s:Envelope xmlns:s="{envelope}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()

    def logout_answer(self, location, status=f'<samlp:StatusCode Value="{SUCCESS}"/>', **changes):
        """The answer to the application's own logout."""
        root, relay = self.request(location)
        heading = {
            "ID": "_answer",
            "Version": "2.0",
            "IssueInstant": at(self.now()),
            "Destination": "http://localhost:5999/saml/slo",
            "InResponseTo": root.get("ID"),
        } | changes
        written = "".join(f' {name}="{value}"' for name, value in heading.items() if value)
        message = (
            f'<samlp:LogoutResponse xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}"{written}>'
            f"<saml:Issuer>{self.issuer}</saml:Issuer><samlp:Status>{status}</samlp:Status>"
            "</samlp:LogoutResponse>"
        )
        return self.redirected(message, "SAMLResponse", relay)
