# SPDX-License-Identifier: Apache-2.0
"""Logout as the application's side of the tests speaks it; nothing here is made by `idp.saml`."""

import secrets
import zlib
from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from tests.saml_kit import NS, SAML, SAMLP, STATUS, SamlParty, posted, register_saml, verified
from tests.world import ISSUER, Browser, World

SLO = "/saml/slo"
SLO_SOAP = "/saml/slo/soap"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:"


@dataclass(frozen=True)
class Known:
    """What an application keeps of a login, to speak of it later."""

    name: str
    format: str
    index: str


def party_with_slo(world: World, *bindings: str, key: str = "", **saml: Any) -> SamlParty:
    """An application that takes part in logouts, by redirect unless said otherwise."""
    key = key or f"courrier-{secrets.token_hex(3)}"
    slo = [
        {"url": f"https://{key}.example/slo/{one}", "binding": one}
        for one in bindings or ("redirect",)
    ]
    return register_saml(world, key, saml={"slo": slo} | saml)


def enter(party: SamlParty, browser: Browser) -> Known:
    """Open the application in the session of this browser."""
    party.go(browser)
    told = party.told(browser)
    statement = told.assertion.find("saml:AuthnStatement", NS)
    return Known(told.name_id.text, told.name_id.get("Format"), str(statement.get("SessionIndex")))


def logout_request(
    party: SamlParty,
    name: str,
    *indexes: str,
    issuer: str | None = None,
    named: dict[str, str] | None = None,
    **changes: Any,
) -> bytes:
    """A request; an attribute of None is left out."""
    party.last_id = f"_{secrets.token_hex(20)}"
    attributes: dict[str, Any] = {
        "ID": party.last_id,
        "Version": "2.0",
        "IssueInstant": party.moment(),
        "Destination": ISSUER + SLO,
    } | changes
    written = "".join(f' {key}="{value}"' for key, value in attributes.items() if value is not None)
    who = "".join(f' {key}="{value}"' for key, value in (named or {}).items())
    inside = "".join(f"<samlp:SessionIndex>{escape(one)}</samlp:SessionIndex>" for one in indexes)
    return (
        f'<samlp:LogoutRequest xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}"{written}>'
        f"<saml:Issuer>{party.entity_id if issuer is None else issuer}</saml:Issuer>"
        f"<saml:NameID{who}>{escape(name)}</saml:NameID>{inside}</samlp:LogoutRequest>"
    ).encode()


def logout_response(
    party: SamlParty, request: str, status: str = "Success", **changes: Any
) -> bytes:
    """An answer to a request of ours."""
    attributes: dict[str, Any] = {
        "ID": f"_{secrets.token_hex(20)}",
        "Version": "2.0",
        "IssueInstant": party.moment(),
        "Destination": ISSUER + SLO,
        "InResponseTo": request,
    } | changes
    written = "".join(f' {key}="{value}"' for key, value in attributes.items() if value is not None)
    return (
        f'<samlp:LogoutResponse xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}"{written}>'
        f"<saml:Issuer>{party.entity_id}</saml:Issuer>"
        f'<samlp:Status><samlp:StatusCode Value="{STATUS}{status}"/></samlp:Status>'
        "</samlp:LogoutResponse>"
    ).encode()


def by_redirect(
    party: SamlParty,
    message: bytes,
    kind: str = "SAMLRequest",
    relay: str = "",
    *,
    sign: bool = True,
) -> str:
    """The address of a Redirect to our door."""
    url = party.redirect_url(message, relay or None, sign=False).replace("SAMLRequest", kind, 1)
    query = url.partition("?")[2]
    if sign:
        query = party.signed_query(query)
    return f"{SLO}?{query}"


def ask(party: SamlParty, browser: Browser, message: bytes, relay: str = "their-own") -> Any:
    """An application sends the browser with a signed request."""
    return browser.request("GET", by_redirect(party, message, relay=relay))


def post(party: SamlParty, browser: Browser, message: bytes) -> Any:
    """As another site's form posts it: without cookies, which are SameSite=Lax."""
    return party.post(browser, party.signed(message), path=SLO)


def ask_by_soap(party: SamlParty, message: bytes, *, sign: bool = True) -> Any:
    """From server to server."""
    inside = (party.signed(message) if sign else message).decode()
    body = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inside}</s:Body></s:Envelope>'
    stranger = party.world.browser("192.0.2.99")
    return stranger.request("POST", SLO_SOAP, data=body, content_type="text/xml; charset=utf-8")


@dataclass(frozen=True)
class Answered:
    """A LogoutResponse of ours, as the application reads it once its signature holds."""

    url: str
    codes: list[str]
    in_response_to: str
    relay: str


def read_answer(party: SamlParty, document: Any, url: str, relay: str) -> Answered:
    codes = [
        one.get("Value").removeprefix(STATUS)
        for one in document.iterfind(".//samlp:StatusCode", NS)
    ]
    assert document.findtext("saml:Issuer", None, NS) == f"{ISSUER}/saml/metadata"
    return Answered(url, codes, str(document.get("InResponseTo")), relay)


def redirected(party: SamlParty, location: str, kind: str = "SAMLResponse") -> tuple[Any, str, str]:
    """The message of a Redirect of ours, by its signature; its address and its RelayState."""
    url, _, query = location.partition("?")
    raw = dict(pair.partition("=")[::2] for pair in query.split("&"))
    signed = "&".join(f"{one}={raw[one]}" for one in (kind, "RelayState", "SigAlg") if one in raw)
    signature = b64decode(unquote(raw["Signature"]))
    key: Any = party.idp_certificates()[0].public_key()
    key.verify(signature, signed.encode(), padding.PKCS1v15(), SHA256())
    found = dict(parse_qsl(query, keep_blank_values=True))
    document = etree.fromstring(zlib.decompress(b64decode(found[kind]), -15))
    assert document.get("Destination") == url
    return document, url, found.get("RelayState", "")


def answer_of(party: SamlParty, browser: Browser) -> Answered:
    """The answer that the last response carries, by whatever binding."""
    response = browser.last
    if response.status_code == 303:
        return read_answer(party, *redirected(party, response.headers["Location"]))
    if response.mimetype == "text/xml":
        return soap_answer(party, response)
    action, fields = posted(browser)
    document = etree.fromstring(b64decode(fields["SAMLResponse"]))
    made = verified(document, party.idp_certificates())
    assert made.get("Destination") == action
    return read_answer(party, made, action, fields.get("RelayState", ""))


def soap_answer(party: SamlParty, response: Any) -> Answered:
    """The answer in the body of an envelope."""
    made = etree.fromstring(response.get_data())[0][0]
    made = verified(etree.fromstring(etree.tostring(made)), party.idp_certificates())
    return read_answer(party, made, "", "")
