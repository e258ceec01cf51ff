# SPDX-License-Identifier: Apache-2.0
"""The SOAP binding: one message in an envelope there, one back, from program to program.

SOAP proves nothing: whose message it is, is told by the signature inside.
"""

from enum import Enum

from lxml import etree

from idp.http.wire import NO_STORE, Call, Headers, Reply
from idp.saml.names import soap
from idp.saml.writing import element, written
from idp.saml.xml import MESSAGE, Element, Malformed, parse

ENVELOPE = soap("Envelope")
# RFC 3023 §8.1 of what SOAP 1.1 §6 asks for.
MEDIA_TYPE = "text/xml"
# Bindings §3.2.3.2: no cache keeps it.
HEADERS: Headers = [("Content-Type", f"{MEDIA_TYPE}; charset=utf-8"), *NO_STORE]


class NotUnderstood(Enum):
    """Why a message in an envelope is not read, though it may be one."""

    HEADER = "a header that must be understood"


def open_envelope(call: Call, tag: str) -> Element | Reply:
    """The one message of an envelope, of the kind expected; or the fault that answers it.

    It lies in its envelope still, and is held against no schema: that is for whom somebody knows.
    """
    if call.content_type != MEDIA_TYPE:
        return Reply(415, list(NO_STORE))
    data = call.body(MESSAGE.size)
    if data is None:
        return Reply(413, list(NO_STORE))
    found = inside(data, tag)
    if isinstance(found, NotUnderstood):
        return fault("MustUnderstand", "no header is understood")
    return fault("Client", found.value) if isinstance(found, Malformed) else found


def inside(data: bytes, tag: str) -> Element | Malformed | NotUnderstood:
    """The one message of these bytes, of the kind expected."""
    envelope = parse(data, ENVELOPE)
    if isinstance(envelope, Malformed):
        return envelope
    header = envelope.find(soap("Header"))
    if header is not None and any(one.get(soap("mustUnderstand")) == "1" for one in header):
        # SOAP 1.1 §4.2.3: none is understood here.
        return NotUnderstood.HEADER
    # Bindings §3.2.2: one message, and nothing else.
    found = [one for body in envelope.findall(soap("Body")) for one in body]
    return Malformed.UNEXPECTED_ROOT if [one.tag for one in found] != [tag] else found[0]


def enclosed(message: Element) -> bytes:
    """A message in its envelope; what is signed in it stays as it was signed."""
    return written(element(ENVELOPE, {}, element(soap("Body"), {}, message)))


def in_envelope(message: Element) -> Reply:
    """The answer."""
    return Reply(200, list(HEADERS), enclosed(message))


def refused() -> Reply:
    """Bindings §3.2.3.3: for whoever may not ask."""
    return Reply(403, list(NO_STORE))


def fault(code: str, why: str) -> Reply:
    """SOAP 1.1 §4.4, §6.2: not even a message was found."""
    made = element(soap("Fault"))
    # Without a namespace, as the standard has it.
    etree.SubElement(made, "faultcode").text = f"soap:{code}"
    etree.SubElement(made, "faultstring").text = why
    return Reply(500, list(HEADERS), enclosed(made))
