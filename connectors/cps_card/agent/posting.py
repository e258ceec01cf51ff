# SPDX-License-Identifier: Apache-2.0
"""The one way out of the program: a heartbeat to a server that it was set up for."""

import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from connectors.cps_card.agent.presence import Heard, read_next

PATH = "/card/presence"
SECONDS = 5.0
LARGEST = 4 * 1024


def post(issuer: str, text: str) -> Heard | None:
    """Certificates are verified; redirects are followed by nobody."""
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    connection: HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = HTTPSConnection(host, parts.port, timeout=SECONDS, context=context)
    else:
        connection = HTTPConnection(host, parts.port, timeout=SECONDS)
    try:
        headers = {"Content-Type": "application/json", "User-Agent": "sceau-agent"}
        connection.request("POST", PATH, text.encode(), headers)
        answer = connection.getresponse()
        body = answer.read(LARGEST)
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
    return Heard(answer.status, read_next(body))
