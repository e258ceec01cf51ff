# SPDX-License-Identifier: Apache-2.0
"""An application that is entitled to a VIHF, and a reader who knows nothing of how it is made."""

import secrets
from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from connectors.base import Level
from tests.protocol.kit import settled
from tests.saml_kit import NS, SamlParty, register_saml, verified
from tests.world import ISSUER, Browser, World

HL7 = "urn:hl7-org:v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LPS = {"lps_name": "DCC", "lps_version": "4.2", "lps_approval": "DMP-HOM-0042", "lps_id": "7"}
POLICY = {"means": ["totp", "cps"], "level": 2, "activity": "chosen"}
ATTRIBUTE = "urn:sceau:vihf"


def entitled(world: World, key: str = "", **vihf: Any) -> SamlParty:
    return register_saml(world, key, policy=POLICY, saml={"vihf": LPS | vihf})


def two_factors(world: World, who: str = "medecin", means: str = "totp") -> Browser:
    level = Level.CARD if means == "cps" else Level.TWO_FACTORS
    return settled(world, who, level, means)


def read(client: SamlParty, text: str, certificate: Any = None) -> Any:
    """The VIHF as it was signed; by whom, its reader knows from elsewhere."""
    root = etree.fromstring(b64decode(text))
    return verified(root, [certificate] if certificate else client.idp_certificates())


def values(vihf: Any) -> dict[str, list[Any]]:
    """Each attribute: texts, or what HL7 coded as a tuple of code, system, its name, label."""
    return {
        one.get("Name"): [_value(value) for value in one.findall("saml:AttributeValue", NS)]
        for one in vihf.findall("saml:AttributeStatement/saml:Attribute", NS)
    }


def _value(value: Any) -> Any:
    if not len(value):
        return value.text
    [coded] = value
    names = ("code", "codeSystem", "codeSystemName", "displayName")
    assert set(coded.attrib) == {*names, f"{{{XSI}}}type"}
    assert coded.get(f"{{{XSI}}}type") == "CE"
    return (coded.tag, *(coded.get(one) for one in names))


WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
AUTH = "http://docs.oasis-open.org/wsfed/authorization/200706"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
PATIENT = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
REASON = "Mode_Acces_Raison"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
STS = "/saml/sts"
REQUEST = """
<wst:RequestSecurityToken xmlns:wst="{wst}" xmlns:saml="{saml}" xmlns:samlp="{samlp}"
    xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:auth="{auth}"
    ID="{id}" IssueInstant="{at}">
  <saml:Issuer>{entity}</saml:Issuer>
  <wst:TokenType>{token}</wst:TokenType>
  <wst:RequestType>{wst}/Issue</wst:RequestType>
  <wst:Issuer><wsa:Address>{addressed}</wsa:Address></wst:Issuer>
  <wst:OnBehalfOf>{name}<samlp:SessionIndex>{index}</samlp:SessionIndex></wst:OnBehalfOf>
  <wst:Claims Dialect="{auth}/authclaims">{claims}</wst:Claims>
</wst:RequestSecurityToken>"""
TOKEN = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0"


@dataclass(frozen=True)
class Known:
    """What an application keeps of a login: the name and the session, as it was told."""

    name: str
    index: str


def known_from(client: SamlParty, browser: Browser) -> Known:
    """Of the login that the browser has just brought."""
    told = client.told(browser).assertion
    name = etree.tostring(told.find("saml:Subject/saml:NameID", NS), with_tail=False).decode()
    return Known(name, told.find("saml:AuthnStatement", NS).get("SessionIndex"))


def request(client: SamlParty, known: Known, claims: dict[str, str], **changes: str) -> bytes:
    """A request as an application writes one, signed by a foreign hand."""
    told = "".join(
        f'<auth:ClaimType Uri="{name}"><auth:Value>{escape(value)}</auth:Value></auth:ClaimType>'
        for name, value in claims.items()
    )
    values = {
        "id": f"_{secrets.token_hex(20)}",
        "at": client.moment(),
        "entity": client.entity_id,
        "token": TOKEN,
        "addressed": ISSUER + STS,
        "name": known.name,
        "index": known.index,
        "claims": told,
    }
    written = REQUEST.format(
        wst=WST, saml=NS["saml"], samlp=NS["samlp"], auth=AUTH, **values | changes
    )
    return client.signed("".join(line.strip() + " " for line in written.splitlines()).encode())


def ask(client: SamlParty, message: bytes) -> Any:
    """What the token service answers."""
    whole = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>'.encode() + message + b"</s:Body></s:Envelope>"
    return client.world.browser().request(
        "POST", STS, data=whole, content_type="text/xml; charset=utf-8"
    )


def given(answer: Any) -> Any:
    """The VIHF of an answer; None where there is none."""
    if answer.status_code != 200:
        return None
    root = etree.fromstring(answer.get_data())
    return root.find(f".//{{{WST}}}RequestedSecurityToken/saml:Assertion", NS)


def why(answer: Any) -> str:
    """What is told of why not."""
    return str(etree.fromstring(answer.get_data()).findtext(".//faultstring"))
