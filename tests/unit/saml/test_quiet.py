# SPDX-License-Identifier: Apache-2.0
"""What a message says of somebody is nowhere in the log, however much is logged."""

import io
import logging

from idp.config.sections import LogSettings
from idp.logs import configure
from idp.saml.signatures import verify
from idp.saml.xml import parse
from tests.protocol.saml.messages import ASSERTION, HONEST, signed_response, trusted
from tests.protocol.saml.reading import REQUEST


def test_a_verified_message_is_not_written_down():
    stream = io.StringIO()
    configure(LogSettings(level="debug"), stream)
    try:
        root = parse(signed_response(), "{urn:oasis:names:tc:SAML:2.0:protocol}Response")
        assert verify(root.find(ASSERTION), ASSERTION, trusted()).tag == ASSERTION
        parse(b"<!DOCTYPE x>" + signed_response(), REQUEST)
        logging.getLogger("idp.saml").debug("read")
        assert "read" in stream.getvalue()
        assert HONEST not in stream.getvalue()
    finally:
        configure(LogSettings(), io.StringIO())
