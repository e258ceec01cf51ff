# SPDX-License-Identifier: Apache-2.0
"""DPoP (RFC 9449): each call proves that we hold the key that the tokens are bound to."""

import base64
import hashlib
from collections.abc import Callable, Mapping

from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import ECKey
from requests import Response

ALGORITHM = "ES256"
NONCE = "DPoP-Nonce"
# RFC 9449 §8: the call is to be made once more, with what the answer told.
AGAIN = "use_dpop_nonce"


class Proofs:
    """Proofs of one key; what the provider wants in the next one is remembered."""

    def __init__(self, key: ECKey, now: Callable[[], int], token: Callable[[], str]) -> None:
        self._key = key
        self._now = now
        self._token = token
        self._nonce = ""

    @property
    def thumbprint(self) -> str:
        """By which the provider knows the key."""
        return str(self._key.thumbprint())

    def headers(self, method: str, url: str, access_token: str = "") -> dict[str, str]:
        """What goes along with this call, and with no other."""
        header = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": self._key.as_dict(private=False)}
        claims = {
            "jti": self._token(),
            "htm": method,
            "htu": url.partition("?")[0],
            "iat": self._now(),
        }
        if self._nonce:
            claims["nonce"] = self._nonce
        if access_token:
            claims["ath"] = _digest(access_token)
        return {"DPoP": jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])}

    def hear(self, headers: Mapping[str, str]) -> bool:
        """An answer's headers; whether they tell anything new."""
        nonce = headers.get(NONCE, "")
        if not nonce or nonce == self._nonce:
            return False
        self._nonce = nonce
        return True

    def listen(self, session: OAuth2Session) -> None:
        """Hear what the token endpoint answers, refusals too."""

        def heard(answer: Response) -> Response:
            self.hear(answer.headers)
            return answer

        for name in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(name, heard)


def _digest(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
