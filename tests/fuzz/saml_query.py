# SPDX-License-Identifier: Apache-2.0
"""SM-018, SM-034: any query is a message or a reason; who signed nothing is not believed."""

from idp.saml.wire import REQUEST, RESPONSE, Unreadable, read_query, write_query
from idp.saml.xml import MESSAGE
from tests.protocol.saml.messages import authn_request, signing_key, trusted

QUERY = write_query(REQUEST, authn_request(), "way", signing_key())


def seeds() -> list[bytes]:
    unsigned = write_query(RESPONSE, b"<x/>", None)
    return [QUERY.encode(), unsigned.encode(), f"%53AMLRequest=x&{QUERY}".encode()]


def target(data: bytes) -> None:
    # WSGI hands queries over in Latin-1.
    found = read_query(data.decode("latin-1"))
    if isinstance(found, Unreadable):
        return
    assert len(found.message) <= MESSAGE.size
    if found.signed_by(trusted()):
        assert (found.kind, found.message, found.relay_state) == (REQUEST, authn_request(), "way")
