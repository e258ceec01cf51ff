# SPDX-License-Identifier: Apache-2.0
"""The SOAP envelope: one message of the kind expected, or a fault."""

from io import BytesIO

import pytest
from lxml import etree

from idp.http.wire import Call, Reply
from idp.origin import Origin
from idp.saml.names import SAMLP, SOAP, samlp
from idp.saml.soap import in_envelope, open_envelope
from idp.saml.writing import element
from idp.saml.xml import MESSAGE

RESOLVE = samlp("ArtifactResolve")
MESSAGE_INSIDE = f'<samlp:ArtifactResolve xmlns:samlp="{SAMLP}" ID="_a"/>'


def called(body, media_type="text/xml; charset=utf-8"):
    data = body.encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": media_type,
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.input": BytesIO(data),
    }
    return open_envelope(Call(environ, Origin("", "", "")), RESOLVE)


def enveloped(*inside, header=""):
    return f'<s:Envelope xmlns:s="{SOAP}">{header}<s:Body>{"".join(inside)}</s:Body></s:Envelope>'


def test_the_message_of_an_envelope_is_read():
    found = called(enveloped(MESSAGE_INSIDE, header="<s:Header><x:y xmlns:x='urn:x'/></s:Header>"))
    assert found.get("ID") == "_a"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (MESSAGE_INSIDE, "Client"),
        (enveloped(), "Client"),
        (enveloped(MESSAGE_INSIDE, MESSAGE_INSIDE.replace("_a", "_b")), "Client"),
        (enveloped(MESSAGE_INSIDE.replace("Resolve", "Response")), "Client"),
        (enveloped(f"<x>{MESSAGE_INSIDE}</x>"), "Client"),
        ("<!DOCTYPE x>" + enveloped(MESSAGE_INSIDE), "Client"),
        (enveloped(f"<!-- -->{MESSAGE_INSIDE}"), "Client"),
        ("no document", "Client"),
        (
            enveloped(
                MESSAGE_INSIDE,
                header='<s:Header><x:y xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>',
            ),
            "MustUnderstand",
        ),
    ],
)
def test_sm_016_anything_else_is_answered_by_a_fault(body, code):
    reply = called(body)
    assert isinstance(reply, Reply)
    assert reply.status == 500
    root = etree.fromstring(reply.body)
    assert root.findtext(".//faultcode") == f"soap:{code}"


def test_what_is_no_xml_or_too_much_of_it_is_not_even_read():
    assert called(enveloped(MESSAGE_INSIDE), "application/x-www-form-urlencoded").status == 415
    assert called(enveloped(MESSAGE_INSIDE + " " * MESSAGE.size)).status == 413


def test_an_answer_is_kept_by_no_cache():
    reply = in_envelope(element(samlp("ArtifactResponse")))
    assert dict(reply.headers)["Cache-Control"] == "no-store"
    root = etree.fromstring(reply.body)
    assert [one.tag for one in root[0]] == [samlp("ArtifactResponse")]
