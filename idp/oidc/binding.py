# SPDX-License-Identifier: Apache-2.0
"""What a token is bound to, so that it is of no use to a thief: a key, a certificate, or nothing.

And how an application wants it: its settings.
"""

from dataclasses import dataclass
from typing import Final

from idp.applications.faults import What
from idp.oidc.reading import Reading
from idp.oidc.response_types import AnswerRules

# The names of RFC 7800 §3.1 members: RFC 9449 §6.1, RFC 8705 §3.1.
KEY: Final = "jkt"
CERTIFICATE: Final = "x5t#S256"
BINDING_SETTINGS: Final = frozenset(
    {
        "dpop_bound_access_tokens",
        "dpop_nonce_required",
        "tls_client_certificate_bound_access_tokens",
    }
)


class Unbindable(What):
    """What may be wrong with these settings."""

    BOUND_FRONT = "a token that goes through the browser is bound to nothing"
    BOUND_TWICE = "tokens are bound to a key (DPoP) or to a certificate, not to both"


@dataclass(frozen=True, slots=True)
class Binding:
    """What whoever shows a token must hold."""

    kind: str = ""
    # The SHA-256 of the key (RFC 7638) or of the certificate, in base64url.
    thumbprint: str = ""

    @property
    def token_type(self) -> str:
        """RFC 9449 §5; a token bound to a certificate is a Bearer's (RFC 8705 §3)."""
        return "DPoP" if self.kind == KEY else "Bearer"

    @property
    def key(self) -> str:
        """The thumbprint, where it is a key's."""
        return self.thumbprint if self.kind == KEY else ""

    @property
    def told(self) -> dict[str, dict[str, str]]:
        """As a token and its introspection say it (RFC 7800 §3.1)."""
        return {"cnf": {self.kind: self.thumbprint}} if self.kind else {}

    def __str__(self) -> str:
        """As it is kept with a token."""
        return f"{self.kind}:{self.thumbprint}" if self.kind else ""


UNBOUND: Final = Binding()


def kept(bound_to: str) -> Binding:
    """What was kept with a token."""
    kind, _, thumbprint = bound_to.partition(":")
    return Binding(kind, thumbprint) if bound_to else UNBOUND


@dataclass(frozen=True, slots=True)
class Bound:
    """How an application's tokens are bound."""

    # RFC 9449 §5.2: always. Without it, whenever a proof is sent.
    to_key: bool = False
    # RFC 9449 §8: each proof carries a value of ours, so that none was made beforehand.
    nonce: bool = False
    # RFC 8705 §3.4.
    to_certificate: bool = False

    @classmethod
    def read(cls, reading: Reading, answers: AnswerRules) -> "Bound":
        """From the settings."""
        to_key = reading.switch("dpop_bound_access_tokens")
        to_certificate = reading.switch("tls_client_certificate_bound_access_tokens")
        if to_key and to_certificate:
            reading.note("tls_client_certificate_bound_access_tokens", Unbindable.BOUND_TWICE)
        if (to_key or to_certificate) and any("token" in one.split(" ") for one in answers.types):
            reading.note("response_types", Unbindable.BOUND_FRONT)
        return cls(to_key, reading.switch("dpop_nonce_required"), to_certificate)
