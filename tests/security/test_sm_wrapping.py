# SPDX-License-Identifier: Apache-2.0
"""Signature wrapping: whatever stands beside what was signed, nobody reads it."""

import pytest
from lxml import etree

from idp.saml.names import saml, samlp
from idp.saml.signatures import Unverified, verify
from idp.saml.xml import Malformed, parse, text, valid
from tests.protocol.saml.messages import (
    HONEST,
    authn_request,
    signed,
    signed_assertion,
    signed_response,
    trusted,
)
from tests.protocol.saml.wrapping import OF_AN_ASSERTION, OF_THE_MESSAGE

RESPONSE = samlp("Response")
REQUEST = samlp("AuthnRequest")
ASSERTION = saml("Assertion")


def believed(data, tag=RESPONSE, inside=None):
    """What an honest reader of the message believes: an element, or why nothing."""
    root = parse(data, tag)
    if isinstance(root, Malformed):
        return root
    element = root if inside is None else root.find(inside)
    return verify(element, inside or tag, trusted())


def test_sm_001_022_what_was_signed_is_read():
    """Control: the guards below refuse something else than everything."""
    request = believed(signed(authn_request()), REQUEST)
    assert text(request.find(saml("Issuer"))) == "https://sp.example/saml"
    assert request.find("{*}Signature") is None
    for data in (signed_assertion(), signed_response()):
        assert valid(parse(data, RESPONSE))
        assert text(believed(data, inside=ASSERTION).find(".//{*}NameID")) == HONEST
    response = believed(signed_response())
    assert (
        text(verify(response.find(ASSERTION), ASSERTION, trusted()).find(".//{*}NameID")) == HONEST
    )


@pytest.mark.parametrize("row", OF_THE_MESSAGE)
@pytest.mark.parametrize("message", ["request", "response"])
def test_sm_001_002_007_008_009_011_a_wrapped_message_is_refused(row, message):
    data = signed(authn_request()) if message == "request" else signed_response()
    wrapped = OF_THE_MESSAGE[row](data)
    assert isinstance(
        believed(wrapped, REQUEST if message == "request" else RESPONSE), Unverified | Malformed
    )


@pytest.mark.parametrize("row", OF_AN_ASSERTION)
def test_sm_003_to_009_a_wrapped_assertion_is_refused(row):
    wrapped = OF_AN_ASSERTION[row](signed_assertion())
    assert isinstance(believed(wrapped, inside=ASSERTION), Unverified | Malformed)


@pytest.mark.parametrize("row", OF_AN_ASSERTION)
def test_sm_003_to_009_nor_is_it_hidden_by_the_signature_of_the_response(row):
    wrapped = OF_AN_ASSERTION[row](signed_response())
    assert isinstance(believed(wrapped), Unverified | Malformed)


@pytest.mark.parametrize("row", OF_AN_ASSERTION)
def test_sm_003_to_009_whichever_assertion_a_reader_would_take(row):
    """Even where somebody takes the last one, or one from deep below."""
    root = parse(OF_AN_ASSERTION[row](signed_assertion()), RESPONSE)
    if isinstance(root, Malformed):
        return
    for one in root.iter(ASSERTION):
        found = verify(one, ASSERTION, trusted())
        assert isinstance(found, Unverified) or text(found.find(".//{*}NameID")) == HONEST


def test_sm_020_what_is_read_was_built_anew_from_the_signed_bytes():
    root = parse(signed_assertion(), RESPONSE)
    found = verify(root.find(ASSERTION), ASSERTION, trusted())
    assert found.getparent() is None
    assert found.getroottree() is not root.getroottree()
    # Changed afterwards in the document, it says what was signed all the same.
    root.find(".//{*}NameID").text = "evil"
    assert text(found.find(".//{*}NameID")) == HONEST
    assert b"evil" not in etree.tostring(found)
