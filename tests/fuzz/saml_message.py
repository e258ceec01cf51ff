# SPDX-License-Identifier: Apache-2.0
"""SM-016 to SM-020: any bytes are a message or a reason, and only what was signed is believed."""

from lxml import etree

from idp.saml.names import md, samlp
from idp.saml.signatures import Unverified, verify
from idp.saml.xml import METADATA, Malformed, parse, text, valid
from tests.protocol.saml.messages import authn_request, signed, signed_response, trusted

TAGS = (samlp("AuthnRequest"), samlp("Response"), md("EntityDescriptor"))


def canonical(document: bytes) -> bytes:
    root = parse(document, TAGS)
    assert not isinstance(root, Malformed)
    found = verify(root, root.tag, trusted())
    assert not isinstance(found, Unverified)
    return etree.tostring(found, method="c14n", exclusive=True)


SIGNED = [signed(authn_request()), signed_response()]
BELIEVED = {canonical(one) for one in SIGNED}


def seeds() -> list[bytes]:
    return [*SIGNED, authn_request(), b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"]


def target(data: bytes) -> None:
    parse(data, TAGS, METADATA)
    root = parse(data, TAGS)
    if isinstance(root, Malformed):
        return
    valid(root)
    for element in root.iter():
        assert isinstance(element.tag, str)
        text(element)
    found = verify(root, root.tag, trusted())
    if not isinstance(found, Unverified):
        assert etree.tostring(found, method="c14n", exclusive=True) in BELIEVED
