# SPDX-License-Identifier: Apache-2.0
"""Another provider's SAML, as its messages are written: right, or wrong in one respect."""

from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

from connectors.asserted import Asked
from idp.keys.store import KeyStore
from idp.saml.keys import SamlKeys
from idp.saml.names import BEARER, ENTITY, MD, PERSISTENT, REDIRECT, SAML, SAMLP, SUCCESS
from idp.saml.signatures import bare
from idp.saml.upstream.described import Described, read_described
from idp.saml.upstream.speaker import Ourselves, SamlSpeaker
from idp.saml.writing import moment
from tests.protocol.saml.messages import HONEST, IDP, certificate, signed

LOGIN = "https://idp.example/sso"
US = Ourselves("https://sceau.example/upstream/chu", "https://sceau.example/upstream/chu")
NOW = 1_790_000_000
ASKED = Asked("_asked", NOW, 0)
CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


def metadata(**changes: str) -> bytes:
    """What the provider says of itself; named parts are exchanged."""
    part = {
        "entity": f'entityID="{IDP}"',
        "until": "",
        "role": f'protocolSupportEnumeration="{SAMLP}"',
        "key": _key("saml honest"),
        "login": f'<md:SingleSignOnService Binding="{REDIRECT}" Location="{LOGIN}"/>',
        "more": "",
    } | changes
    return (
        f'<md:EntityDescriptor xmlns:md="{MD}" ID="_m" {part["entity"]} {part["until"]}>'
        f"<md:IDPSSODescriptor {part['role']}>{part['key']}{part['login']}</md:IDPSSODescriptor>"
        f"{part['more']}</md:EntityDescriptor>"
    ).encode()


def _key(name: str, use: str = "") -> str:
    inside = f"<ds:X509Data><ds:X509Certificate>{bare(certificate(name))}</ds:X509Certificate>"
    return (
        f'<md:KeyDescriptor {use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f"{inside}</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def known(**changes: str) -> Described:
    """That metadata, believed."""
    found = read_described(metadata(**changes), NOW)
    assert isinstance(found, Described), found
    return found


def assertion(**changes: str) -> str:
    """An assertion about somebody; named parts are exchanged."""
    part = {
        "id": "_a",
        "version": "2.0",
        "issued": moment(NOW),
        "issuer": IDP,
        "format": PERSISTENT,
        "name": HONEST,
        "named": "",
        "method": BEARER,
        "recipient": US.acs,
        "request": ASKED.request,
        "until": moment(NOW + 300),
        "data": "",
        "since": moment(NOW - 60),
        "over": moment(NOW + 300),
        "audience": f"<saml:Audience>{US.entity_id}</saml:Audience>",
        "condition": "",
        "at": moment(NOW - 5),
        "statement": 'SessionIndex="theirs"',
        "class": CLASS,
        "attributes": (
            '<saml:Attribute Name="rpps"><saml:AttributeValue>899700218896</saml:AttributeValue>'
            "</saml:Attribute>"
        ),
    } | changes
    confirmation = (
        f'<saml:SubjectConfirmation Method="{part["method"]}"><saml:SubjectConfirmationData '
        f'Recipient="{part["recipient"]}" InResponseTo="{part["request"]}" '
        f'NotOnOrAfter="{part["until"]}" {part["data"]}/></saml:SubjectConfirmation>'
    )
    return (
        f'<saml:Assertion xmlns:saml="{SAML}" ID="{part["id"]}" Version="{part["version"]}" '
        f'IssueInstant="{part["issued"]}"><saml:Issuer>{part["issuer"]}</saml:Issuer>'
        f'<saml:Subject><saml:NameID Format="{part["format"]}" {part["named"]}>{part["name"]}'
        f"</saml:NameID>{confirmation}</saml:Subject>"
        f'<saml:Conditions NotBefore="{part["since"]}" NotOnOrAfter="{part["over"]}">'
        f"<saml:AudienceRestriction>{part['audience']}</saml:AudienceRestriction>"
        f"{part['condition']}</saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{part["at"]}" {part["statement"]}>'
        f"<saml:AuthnContext><saml:AuthnContextClassRef>{part['class']}"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{part['attributes']}</saml:AttributeStatement></saml:Assertion>"
    )


def response(*inside: str, **changes: str) -> bytes:
    """The whole answer around an assertion, unsigned."""
    part = {
        "version": "2.0",
        "issued": f'IssueInstant="{moment(NOW)}"',
        "request": f'InResponseTo="{ASKED.request}"',
        "destination": f'Destination="{US.acs}"',
        "issuer": f'<saml:Issuer Format="{ENTITY}">{IDP}</saml:Issuer>',
        "status": f'<samlp:StatusCode Value="{SUCCESS}"/>',
    } | changes
    inner = "".join(inside or (assertion(),))
    return (
        f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_r" '
        f'Version="{part["version"]}" {part["issued"]} {part["request"]} {part["destination"]}>'
        f"{part['issuer']}<samlp:Status>{part['status']}</samlp:Status>{inner}</samlp:Response>"
    ).encode()


def answer(*paths: str, by: str = "saml honest", **changes: str) -> bytes:
    """An answer with its assertion signed, or what the paths name."""
    return signed(response(assertion(**changes)), *(paths or (f"{{{SAML}}}Assertion",)), name=by)


def posted(document: bytes) -> str:
    """As the browser brings it."""
    return b64encode(document).decode()


def speaker(keys: KeyStore, them: Described | None = None, now: int = NOW) -> SamlSpeaker:
    """We, towards that provider."""
    return SamlSpeaker(them or known(), US, SamlKeys(keys, "https://sceau.example"), lambda: now)


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
