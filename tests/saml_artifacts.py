# SPDX-License-Identifier: Apache-2.0
"""An application that is answered by artifact: it comes for what waits, by SOAP, signed."""

import secrets
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from tests.saml_kit import (
    NS,
    SAML,
    SAMLP,
    SamlParty,
    Told,
    decrypted,
    query_of,
    register_saml,
    verified,
)
from tests.world import ISSUER, Browser, World

SERVICE = "/saml/artifact"
ARTIFACT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XML = "text/xml; charset=utf-8"


def by_artifact(world: World, key: str = "", **changes: Any) -> SamlParty:
    """An application with an address of each binding: the one for artifacts is the usual one."""
    key = key or f"messagerie-{secrets.token_hex(3)}"
    site = f"https://{key}.example"
    acs = [
        {"url": f"{site}/art?of=one", "binding": "artifact", "index": 3, "default": True},
        {"url": f"{site}/acs", "index": 0},
    ]
    return register_saml(world, key, saml={"acs": acs} | changes.pop("saml", {}), **changes)


def go(party: SamlParty, browser: Browser, inside: str = "", **changes: Any) -> Any:
    """An ordinary request, whose answer is to come by artifact."""
    return party.go(browser, inside, **({"ProtocolBinding": ARTIFACT} | changes))


def artifact_of(browser: Browser) -> str:
    """What the browser carries to the application; nothing where it carries none."""
    found = parse_qs(urlsplit(browser.last.headers.get("Location", "")).query)
    return found.get("SAMLart", [""])[0]


def question(party: SamlParty, artifact: str, **changes: Any) -> bytes:
    """An ArtifactResolve, not signed yet; a value of None leaves an attribute out."""
    attributes = {
        "ID": f"_{secrets.token_hex(20)}",
        "Version": "2.0",
        "IssueInstant": party.moment(),
        "Destination": ISSUER + SERVICE,
    } | changes
    root = etree.Element(f"{{{SAMLP}}}ArtifactResolve", nsmap={"samlp": SAMLP, "saml": SAML})
    for name, value in attributes.items():
        if value is not None:
            root.set(name, value)
    etree.SubElement(root, f"{{{SAML}}}Issuer").text = party.entity_id
    etree.SubElement(root, f"{{{SAMLP}}}Artifact").text = artifact
    return etree.tostring(root)


def send(world: World, message: bytes, content_type: str = XML) -> Any:
    """One message in its envelope, as another server sends it."""
    body = b"<s:Envelope xmlns:s='%s'><s:Body>%s</s:Body></s:Envelope>"
    return world.browser().request(
        "POST",
        SERVICE,
        data=body % (SOAP.encode(), message),
        content_type=content_type,
        headers={"SOAPAction": '"http://www.oasis-open.org/committees/security"'},
    )


def resolve(party: SamlParty, artifact: str, **changes: Any) -> Any:
    """Come for it, as one should."""
    return send(party.world, party.signed(question(party, artifact, **changes)))


def enclosed(party: SamlParty, response: Any) -> Any:
    """The ArtifactResponse, as it was signed."""
    assert response.status_code == 200, response.get_data(as_text=True)
    body = etree.fromstring(response.get_data()).find(f"{{{SOAP}}}Body")
    assert [one.tag for one in body] == [f"{{{SAMLP}}}ArtifactResponse"]
    return verified(body[0], party.idp_certificates())


def told(party: SamlParty, response: Any) -> Told | None:
    """What was behind the artifact, each part by its own signature; None where nothing was."""
    answer = enclosed(party, response)
    status = answer.find("samlp:Status/samlp:StatusCode", NS)
    assert status.get("Value").endswith(":Success")
    found = answer.find("samlp:Response", NS)
    if found is None:
        assert len(answer.findall("samlp:*", NS)) == 1
        return None
    inside = verified(etree.fromstring(etree.tostring(found)), party.idp_certificates())
    assertion = inside.find("saml:Assertion", NS)
    sealed = inside.find("saml:EncryptedAssertion", NS)
    if sealed is not None:
        assertion = decrypted(sealed, party.key_name)
    if assertion is not None:
        assertion = verified(etree.fromstring(etree.tostring(assertion)), party.idp_certificates())
    return Told(inside.get("Destination"), {}, inside, assertion)


def parts_of(artifact: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Bindings §3.6.4: type, index, source, handle."""
    octets = b64decode(artifact, validate=True)
    assert len(octets) == 44
    return octets[:2], octets[2:4], octets[4:24], octets[24:]


def relay_of(browser: Browser) -> str:
    return dict(query_of(browser.last.headers["Location"]))["RelayState"]
