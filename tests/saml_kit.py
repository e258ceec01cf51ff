# SPDX-License-Identifier: Apache-2.0
"""A small SAML application of the tests: signs requests and reads answers with foreign parts.

Nothing here is made by `idp.saml`: what it accepts, somebody else would accept.
"""

import secrets
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import SignatureConfiguration, XMLSigner, XMLVerifier, methods

from tests.pki import key as rsa_key
from tests.world import ISSUER, Browser, World

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
NS = {
    "saml": SAML,
    "samlp": SAMLP,
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
SSO = "/saml/sso"
FORM = "application/x-www-form-urlencoded"


@cache
def certificate(name: str) -> x509.Certificate:
    """A self-signed certificate over the key of this name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    since = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(rsa_key(name).public_key())
        .serial_number(7)
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=3650))
        .sign(rsa_key(name), SHA256())
    )


def pem(name: str) -> str:
    return certificate(name).public_bytes(Encoding.PEM).decode()


def misspelt(name: str) -> str:
    """As base64; an old tool wrote a Latin-1 letter of its name into what is declared UTF-8."""
    text, letter = name.encode(), b"\xe9"
    return b64encode(
        certificate(name).public_bytes(Encoding.DER).replace(text, letter + text[1:])
    ).decode()


def saml_application(key: str, **changes: Any) -> dict[str, Any]:
    """A registration with sensible values; `policy` and `saml` are merged."""
    site = f"https://{key}.example"
    document = {
        "key": key,
        "name": key.upper(),
        "protocol": "saml",
        "home_url": f"{site}/",
        "policy": {"means": ["password"], "level": 1, "consent": False} | changes.pop("policy", {}),
        "saml": {
            "entity_id": f"{site}/metadata",
            "acs": [
                {"url": f"{site}/acs", "index": 0},
                {"url": f"{site}/acs2?of=two", "index": 7},
            ],
            "signing_certificates": [pem("saml application")],
            "attributes": [{"source": "email"}, {"source": "national_id"}],
        }
        | changes.pop("saml", {}),
    }
    return document | changes


@dataclass(frozen=True)
class Told:
    """A response as the application reads it: only what was signed."""

    action: str
    fields: dict[str, str]
    response: Any
    assertion: Any

    @property
    def codes(self) -> list[str]:
        """The status, the first and the second level."""
        found = self.response.findall(".//samlp:StatusCode", NS)
        return [one.get("Value").removeprefix(STATUS) for one in found]

    @property
    def name_id(self) -> Any:
        return self.assertion.find("saml:Subject/saml:NameID", NS)

    @property
    def class_ref(self) -> str:
        return str(self.assertion.findtext(".//saml:AuthnContextClassRef", None, NS))

    @property
    def attributes(self) -> dict[str, list[str]]:
        return {
            one.get("Name"): [value.text for value in one.findall("saml:AttributeValue", NS)]
            for one in self.assertion.iterfind(".//saml:Attribute", NS)
        }


@dataclass
class SamlParty:
    """The application's side."""

    world: World
    document: dict[str, Any]
    key_name: str = "saml application"
    last_id: str = field(default="")

    @property
    def key(self) -> str:
        return str(self.document["key"])

    @property
    def entity_id(self) -> str:
        return str(self.document["saml"]["entity_id"])

    @property
    def acs(self) -> str:
        return str(self.document["saml"]["acs"][0]["url"])

    def request(self, inside: str = "", *, issuer: str | None = None, **changes: Any) -> bytes:
        """A request; a value of None leaves an attribute out."""
        self.last_id = f"_{secrets.token_hex(20)}"
        attributes: dict[str, Any] = {
            "ID": self.last_id,
            "Version": "2.0",
            "IssueInstant": self.moment(),
            "Destination": ISSUER + SSO,
            "AssertionConsumerServiceURL": self.acs,
            "ProtocolBinding": POST,
        }
        attributes |= changes
        root = etree.Element(f"{{{SAMLP}}}AuthnRequest", nsmap={"samlp": SAMLP, "saml": SAML})
        for name, value in attributes.items():
            if value is not None:
                root.set(name, value)
        named = etree.SubElement(root, f"{{{SAML}}}Issuer")
        named.text = self.entity_id if issuer is None else issuer
        if inside:
            wrapped = f'<x xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}">{inside}</x>'
            root.extend(list(etree.fromstring(wrapped)))
        return etree.tostring(root)

    def moment(self, off: int = 0) -> str:
        at = datetime.fromtimestamp(self.world.clock.now() + off, UTC)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def signed(self, message: bytes) -> bytes:
        """Enveloped, by a foreign hand."""
        signer = XMLSigner(
            method=methods.enveloped,
            signature_algorithm="rsa-sha256",
            digest_algorithm="sha256",
            c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
        )
        root = etree.fromstring(message)
        place = etree.SubElement(
            root, f"{{{NS['ds']}}}Signature", nsmap={"ds": NS["ds"]}, Id="placeholder"
        )
        root.remove(place)
        root.insert(1, place)
        made = signer.sign(
            root,
            key=rsa_key(self.key_name),
            cert=[certificate(self.key_name)],
            reference_uri=root.get("ID"),
            id_attribute="ID",
        )
        return etree.tostring(made)

    def redirect_url(
        self, message: bytes, relay: str | None = "relay-of-this-tab", *, sign: bool = True
    ) -> str:
        """The address of a Redirect, signed by hand."""
        packer = zlib.compressobj(wbits=-15)
        packed = b64encode(packer.compress(message) + packer.flush()).decode()
        query = f"SAMLRequest={quote(packed, '')}"
        if relay is not None:
            query += f"&RelayState={quote(relay, '')}"
        return f"{SSO}?{self.signed_query(query) if sign else query}"

    def signed_query(self, query: str) -> str:
        """A query with its signature behind it (Bindings §3.4.4.1)."""
        query += f"&SigAlg={quote(RSA_SHA256, '')}"
        key = rsa_key(self.key_name)
        signature = key.sign(query.encode(), padding.PKCS1v15(), SHA256())
        return f"{query}&Signature={quote(b64encode(signature).decode(), '')}"

    def go(self, browser: Browser, inside: str = "", **changes: Any) -> Any:
        """An ordinary signed Redirect."""
        return browser.get(self.redirect_url(self.request(inside, **changes)))

    def post(
        self,
        browser: Browser,
        message: bytes,
        relay: str = "relay-of-this-tab",
        path: str = SSO,
        kind: str = "SAMLRequest",
    ) -> Any:
        """As another site's form posts it: without cookies, which are SameSite=Lax."""
        names = {"session", "browser"}
        kept = {name: browser.cookie(name) for name in names}
        jar = self.world.core.jar
        for name, value in kept.items():
            if value:
                browser.client.delete_cookie(jar.name(name), domain="sceau.example")
        sent = {kind: b64encode(message).decode(), "RelayState": relay}
        response = browser.request("POST", path, data=sent)
        for name, value in kept.items():
            if value:
                browser.client.set_cookie(
                    jar.name(name), value, domain="sceau.example", secure=True
                )
        return browser._follow(response)

    def told(self, browser: Browser) -> Told:
        """The answer on the page that posts itself, read from what is signed alone."""
        action, fields = posted(browser)
        document = etree.fromstring(b64decode(fields["SAMLResponse"]))
        response = verified(document, self.idp_certificates())
        assertion = response.find("saml:Assertion", NS)
        sealed = response.find("saml:EncryptedAssertion", NS)
        if sealed is not None:
            assertion = decrypted(sealed, self.key_name)
        if assertion is not None:
            assertion = verified(
                etree.fromstring(etree.tostring(assertion)), self.idp_certificates()
            )
        return Told(action, fields, response, assertion)

    def idp_certificates(self) -> list[x509.Certificate]:
        """From our metadata, as applications learn them."""
        page = self.world.browser().get("/saml/metadata")
        root = etree.fromstring(page.get_data())
        return [
            x509.load_der_x509_certificate(b64decode(one.text))
            for one in root.findall(".//md:KeyDescriptor//ds:X509Certificate", NS)
        ]


def posted(browser: Browser) -> tuple[str, dict[str, str]]:
    """The form that carries an answer: its address and fields."""
    form = browser.page.find("form", id="post")
    assert form is not None, browser.last.get_data(as_text=True)[:2000]
    fields = {one["name"]: one["value"] for one in form.find_all("input") if one.get("name")}
    return str(form["action"]), fields


def verified(element: Any, certificates: list[x509.Certificate]) -> Any:
    """The element that was signed; an exception where none was."""
    config = SignatureConfiguration(location="./", expect_references=1)
    for one in certificates[:-1]:
        try:
            return (
                XMLVerifier()
                .verify(element, x509_cert=one, id_attribute="ID", expect_config=config)
                .signed_xml
            )
        except Exception:  # noqa: BLE001 - another key's
            continue
    return (
        XMLVerifier()
        .verify(element, x509_cert=certificates[-1], id_attribute="ID", expect_config=config)
        .signed_xml
    )


def decrypted(sealed: Any, name: str) -> Any:
    """XML Encryption 1.1: AES in GCM under a key in OAEP."""
    transport = sealed.find(".//xenc:EncryptedKey", NS)
    wrapped = b64decode(transport.findtext("xenc:CipherData/xenc:CipherValue", None, NS))
    digest = transport.find(".//ds:DigestMethod", NS)
    mask = transport.find(".//{http://www.w3.org/2009/xmlenc11#}MGF")
    key = rsa_key(name).decrypt(
        wrapped,
        padding.OAEP(
            mgf=padding.MGF1(
                SHA256() if mask is not None and "sha256" in mask.get("Algorithm") else SHA1()
            ),
            algorithm=SHA256()
            if digest is not None and "sha256" in digest.get("Algorithm")
            else SHA1(),
            label=None,
        ),
    )
    content = b64decode(
        sealed.findtext("xenc:EncryptedData/xenc:CipherData/xenc:CipherValue", None, NS)
    )
    return etree.fromstring(AESGCM(key).decrypt(content[:12], content[12:], None))


def register_saml(world: World, key: str = "", **changes: Any) -> SamlParty:
    """Register a SAML application of the test's own."""
    key = key or f"messagerie-{secrets.token_hex(3)}"
    document = saml_application(key, **changes)
    with world.core.database.write() as tx:
        world.core.applications.register(tx, document)
    return SamlParty(world, document)


def query_of(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)
