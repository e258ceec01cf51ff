# SPDX-License-Identifier: Apache-2.0
"""Software statements (RFC 7591 §2.3): what somebody whom we believe says of an application."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from idp.clock import Clock
from idp.keys import compact
from idp.oidc.client_keys import ClientKey, choose, read_keys, verified_payload
from idp.oidc.client_signed import claims_of

LONGEST: Final = 16_384
LEEWAY: Final = 60
# RFC 8725 §3.11; RFC 7591 names none.
TYPES: Final = {"", "jwt", "software-statement+jwt"}
# Of the statement, and no metadata.
ENVELOPE: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
HEADER: Final = {"alg", "kid", "typ"}


class SoftwareStatements:
    """Reads them, by the keys of the issuers that the operator named."""

    def __init__(self, clock: Clock, issuers: Mapping[str, tuple[ClientKey, ...]]) -> None:
        self._clock = clock
        self._issuers = issuers

    @classmethod
    def from_file(cls, clock: Clock, path: str) -> "SoftwareStatements":
        """Those of the settings."""
        found = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
        return cls(clock, {issuer: read_keys(keys) for issuer, keys in found.items()})

    def read(self, token: object) -> dict[str, Any] | str:
        """What it claims of the application, or the code of RFC 7591 §3.2.2."""
        claims = claims_of(token, LONGEST) if isinstance(token, str) else None
        if claims is None or not isinstance(token, str):
            return "invalid_software_statement"
        keys = self._issuers.get(str(claims.get("iss")))
        if keys is None:
            # OA-160: whatever it says, nobody whom we believe says it.
            return "unapproved_software_statement"
        header = compact.read_object(token.partition(".")[0])
        if header is None or not set(header) <= HEADER or not self._is_timely(claims):
            return "invalid_software_statement"
        key = choose(keys, header)
        kind = header.get("typ", "")
        if not isinstance(kind, str) or kind.lower() not in TYPES or key is None:
            return "invalid_software_statement"
        if verified_payload(token, key) is None:
            return "invalid_software_statement"
        return {name: value for name, value in claims.items() if name not in ENVELOPE}

    def _is_timely(self, claims: Mapping[str, Any]) -> bool:
        now = self._clock.now()
        for name, way in (("exp", 1), ("nbf", -1), ("iat", -1)):
            moment = claims.get(name)
            if moment is None:
                continue
            if type(moment) is not int or (moment - now) * way + LEEWAY < 0:
                return False
        return True
