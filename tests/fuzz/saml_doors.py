# SPDX-License-Identifier: Apache-2.0
"""SM-016 to SM-020, SM-073: any bytes at a door of SAML are a request, a question, or a reason."""

from io import BytesIO

from idp.http.wire import Call, Reply
from idp.origin import Origin
from idp.saml.levels import LEVELS, Asked, asked
from idp.saml.logout_messages import REQUEST as LOGOUT
from idp.saml.logout_messages import RESPONSE as LOGGED_OUT
from idp.saml.logout_messages import read_request as read_logout
from idp.saml.logout_messages import read_response
from idp.saml.names import SAML, SAMLP, SOAP, samlp
from idp.saml.requests import REQUEST, issuer_of, read_request
from idp.saml.signatures import Unverified, verify
from idp.saml.soap import MEDIA_TYPE, open_envelope
from idp.saml.xml import Malformed, parse, text, valid
from tests.protocol.saml.messages import SP, authn_request, signed, trusted

RESOLVE = samlp("ArtifactResolve")
BEGUN = (
    f'xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_request" Version="2.0" '
    'IssueInstant="2026-11-22T02:00:00Z"'
)
ASKING = (
    f'<samlp:AuthnRequest {BEGUN} ForceAuthn="true" IsPassive="0" '
    f'AssertionConsumerServiceIndex="7"><saml:Issuer>{SP}</saml:Issuer><saml:Subject><saml:NameID>'
    f'x</saml:NameID></saml:Subject><samlp:NameIDPolicy SPNameQualifier="{SP}"/>'
    '<samlp:RequestedAuthnContext Comparison="better"><saml:AuthnContextClassRef>'
    "urn:sceau:level:2</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
    "</samlp:AuthnRequest>"
)
COMING = (
    f"<samlp:ArtifactResolve {BEGUN}><saml:Issuer>{SP}</saml:Issuer>"
    "<samlp:Artifact>AAQAAA==</samlp:Artifact></samlp:ArtifactResolve>"
)


LEAVING = (
    f'<samlp:LogoutRequest {BEGUN} NotOnOrAfter="2026-11-22T02:05:00Z"><saml:Issuer>{SP}'
    "</saml:Issuer><saml:NameID>x</saml:NameID><samlp:SessionIndex>y</samlp:SessionIndex>"
    "</samlp:LogoutRequest>"
)
LEFT = (
    f'<samlp:LogoutResponse {BEGUN} InResponseTo="_other"><saml:Issuer>{SP}</saml:Issuer>'
    '<samlp:Status><samlp:StatusCode Value="urn:x"/></samlp:Status></samlp:LogoutResponse>'
)


def seeds() -> list[bytes]:
    come = signed(COMING.encode()).decode()
    enveloped = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{come}</s:Body></s:Envelope>'
    texts = (ASKING, LEAVING, LEFT, enveloped)
    return [authn_request(), *(one.encode() for one in texts)]


def target(data: bytes) -> None:
    ask(data)
    come_for(data)
    leave(data)


def ask(data: bytes) -> None:
    """The door of requests."""
    element = parse(data, REQUEST)
    if isinstance(element, Malformed):
        return
    issuer_of(element)
    if not valid(element):
        return
    request = read_request(element)
    assert request.id
    if request.classes is not None:
        found = asked(request.comparison, request.classes, min(LEVELS.values()))
        assert not isinstance(found, Asked) or set(found.classes) <= set(LEVELS)


def come_for(data: bytes) -> None:
    """The door of artifacts."""
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": MEDIA_TYPE,
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.input": BytesIO(data),
    }
    message = open_envelope(Call(environ, Origin("", "", "")), RESOLVE)
    if isinstance(message, Reply):
        assert message.status in {413, 500}
        return
    assert message.tag == RESOLVE
    issuer_of(message)
    valid(message)
    found = verify(message, RESOLVE, trusted())
    if not isinstance(found, Unverified):
        assert text(found.find(samlp("Artifact"))) == "AAQAAA=="


def leave(data: bytes) -> None:
    """The doors of logout."""
    element = parse(data, (LOGOUT, LOGGED_OUT))
    if isinstance(element, Malformed) or not valid(element):
        return
    if element.tag == LOGGED_OUT:
        assert read_response(element).done is False
        return
    assert read_logout(element).id
