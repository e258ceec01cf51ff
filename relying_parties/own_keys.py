# SPDX-License-Identifier: Apache-2.0
"""Keys of an example application itself: made where they are not there yet, and kept."""

import json
import os
from pathlib import Path

from joserfc.jwk import ECKey


def own_key(file: Path) -> ECKey:
    """The private key in that file, readable by its owner alone."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(ECKey.generate_key("P-256").as_pem(private=True))
    except FileExistsError:
        pass
    key = ECKey.import_key(file.read_bytes())
    return ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


def told(key: ECKey) -> str:
    """Its public half, as one registers it (JWKS)."""
    return json.dumps({"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "ES256"}]})
