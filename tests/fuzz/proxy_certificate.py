# SPDX-License-Identifier: Apache-2.0
"""XC-020: a header that says it holds a certificate holds the one value that it writes, or none."""

import base64
from urllib.parse import quote

from connectors.cps_card.certificate import read_card_certificate
from idp.http.client_certificates import LARGEST, byte_sequence, pem
from tests.connectors.odd_certificates import certificate


def seeds() -> list[bytes]:
    encoded = base64.b64encode(certificate()).decode()
    lines = "\n".join(encoded[at : at + 64] for at in range(0, len(encoded), 64))
    block = f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
    texts = [f":{encoded}:", quote(block), block.replace("\n", " "), ":AA==:", "(null)"]
    return [text.encode() for text in texts]


def target(data: bytes) -> None:
    # WSGI hands headers over in Latin-1.
    text = data.decode("latin-1")
    for decode in (byte_sequence, pem):
        found = decode(text)
        if found is not None:
            assert 0 < len(found) <= LARGEST
            read_card_certificate(found)
    found = byte_sequence(text)
    if found is not None:
        assert text == f":{base64.b64encode(found).decode()}:"
