# SPDX-License-Identifier: Apache-2.0
"""Making tokens: the ID token, access tokens opaque or as JWT, refresh tokens."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256, sha512
from types import MappingProxyType
from typing import Any

from idp.accounts.subjects import Subjects
from idp.clock import Clock, Entropy
from idp.grants.admission import Admission
from idp.grants.codes import Grant
from idp.grants.tokens import Fresh
from idp.keys.sign import sign
from idp.keys.store import KeyStore
from idp.oidc.binding import UNBOUND, Binding
from idp.oidc.client import Client
from idp.oidc.details import MEMBER as DETAILS
from idp.oidc.details import Detail
from idp.oidc.levels import ACR, LEVEL

# RFC 9068 §2.1 and RFC 8725 §3.11: each kind of token says what it is.
ACCESS = {"typ": "at+jwt"}
ID = {"typ": "JWT"}
NOTHING_ELSE: Mapping[str, Any] = MappingProxyType({})


def told_scope(scope: tuple[str, ...]) -> dict[str, str]:
    """RFC 6749 §3.3: one word at least; whoever was granted none is told of none."""
    return {"scope": " ".join(scope)} if scope else {}


class Mint:
    """Makes tokens; storing them is the caller's transaction."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        keys: KeyStore,
        subjects: Subjects,
        issuer: str,
        access_life: int,
        id_token_life: int,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._keys = keys
        self._subjects = subjects
        self._issuer = issuer
        self._access_life = access_life
        self._id_token_life = id_token_life

    def access(
        self,
        client: Client,
        scope: tuple[str, ...],
        audience: tuple[str, ...],
        admission: Admission | None,
        subject: str,
        not_after: int | None = None,
        *,
        details: Sequence[Detail] = (),
        binding: Binding = UNBOUND,
        act: Mapping[str, Any] = NOTHING_ELSE,
    ) -> Fresh:
        """An access token; for a person where admitted, else for the client itself."""
        now = self._clock.now()
        expires_at = now + self._access_life
        if not_after is not None:
            expires_at = min(expires_at, not_after)
        if client.access_token_format == "opaque":
            value = self._entropy.token()
        else:
            value = self._jwt_access(
                client, scope, audience, admission, subject, expires_at, details, binding, act
            )
        return Fresh(value, "access", scope, " ".join(audience), expires_at, str(binding))

    def _jwt_access(
        self,
        client: Client,
        scope: tuple[str, ...],
        audience: tuple[str, ...],
        admission: Admission | None,
        subject: str,
        expires_at: int,
        details: Sequence[Detail],
        binding: Binding,
        act: Mapping[str, Any],
    ) -> str:
        """RFC 9068 §2.2."""
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": subject,
            "aud": list(audience) or self._issuer,
            "client_id": client.id,
            "iat": self._clock.now(),
            "exp": expires_at,
            "jti": self._entropy.token(16),
            **told_scope(scope),
            **binding.told,
        }
        if admission is not None:
            claims["auth_time"] = admission.authenticated_at
            claims["acr"] = ACR[admission.level]
            claims["amr"] = list(admission.methods)
        if details:
            # RFC 9396 §9.1.
            claims[DETAILS] = list(details)
        if act:
            # RFC 8693 §4.1.
            claims["act"] = dict(act)
        return sign(self._keys.signer(client.id_token_algorithm), ACCESS, claims)

    def refresh(self, grant: Grant, idle: int, binding: Binding = UNBOUND) -> Fresh:
        """A refresh token: idle life, never past the grant's own end (OA-105)."""
        expires_at = min(self._clock.now() + idle, grant.expires_at)
        return Fresh(self._entropy.token(), "refresh", grant.scope, "", expires_at, str(binding))

    def id_token(
        self,
        client: Client,
        grant: Grant,
        admission: Admission,
        label: str,
        access_token: str,
        extra: dict[str, Any],
        *,
        code: str = "",
        nonce: bool = True,
        said: Mapping[str, Any] = NOTHING_ELSE,
    ) -> str:
        """OIDC Core §2. `said` of the login and the person stands in the place of the usual."""
        now = self._clock.now()
        signer = self._keys.signer(client.id_token_algorithm)
        claims = {
            **extra,
            "iss": self._issuer,
            "sub": self._subjects.of(client.sector, grant.account),
            "aud": client.id,
            "azp": client.id,
            "iat": now,
            "exp": now + self._id_token_life,
            "auth_time": admission.authenticated_at,
            "acr": _published_level(grant, admission),
            "amr": list(admission.methods),
            "sid": label,
            **said,
        }
        # OIDC Core §3.3.2.11: what comes beside it is tied to it.
        for name, value in (("at_hash", access_token), ("c_hash", code)):
            if value:
                claims[name] = half_hash(value, client.id_token_algorithm)
        # OIDC Core §12.2: a refreshed ID token should carry no nonce.
        if nonce and grant.payload["nonce"]:
            claims["nonce"] = grant.payload["nonce"]
        return sign(signer, ID, claims)


def _published_level(grant: Grant, admission: Admission) -> str:
    """The level reached; where certain values were essential, the best of them that it covers."""
    wanted = [LEVEL[one] for one in grant.payload.get("levels", ())]
    covered = [level for level in wanted if level <= admission.level]
    return ACR[max(covered)] if covered else ACR[admission.level]


def half_hash(value: str, algorithm: str) -> str:
    """OIDC Core §3.1.3.6: the left half of the hash that the algorithm uses."""
    # EdDSA with Ed25519 hashes with SHA-512.
    digest = (sha512 if algorithm == "EdDSA" else sha256)(value.encode("ascii")).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
