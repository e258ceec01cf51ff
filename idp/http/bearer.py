# SPDX-License-Identifier: Apache-2.0
"""The access token that a request shows (RFC 6750 §2.1, RFC 9449 §7.1), and what goes with it."""

from dataclasses import dataclass
from typing import Final, Protocol

from idp.applications.values import Application
from idp.http.wire import Call

LONGEST_TOKEN = 8192
# The header that tells the value of ours for the next proof (RFC 9449 §8).
NONCE: Final = "DPoP-Nonce"
# What proofs are signed with.
PROOF_ALGORITHMS: Final = ("ES256", "PS256", "EdDSA")
BEARER: Final = 'Bearer realm="sceau"'
BY_PROOF: Final = f'DPoP realm="sceau", algs="{" ".join(PROOF_ALGORITHMS)}"'


@dataclass(frozen=True, slots=True)
class Shown:
    """A token, and what its sender proved to hold besides: a key, a certificate or nothing."""

    # Nothing where none was shown.
    token: str
    # As a token that is bound to it has it written down.
    held: str = ""
    # By the scheme of RFC 9449: a token that is bound to no key is none there.
    by_proof: bool = False
    # Whether the proof carries a value of ours that is of these minutes.
    is_fresh: bool = False

    def may_use(self, bound_to: str) -> bool:
        """Whether the token is good in these hands (OA-060, OA-116)."""
        return self.held == bound_to if bound_to else not self.by_proof


@dataclass(frozen=True, slots=True)
class Unproved:
    """A proof that does not hold, in the words of RFC 9449; `nonce` is what the next must carry."""

    code: str
    hint: str
    nonce: str = ""
    # Whether a proof is what was needed.
    by_proof: bool = True


class ShownReader(Protocol):
    """Reads the token of a request with all that is shown beside it; not in a transaction."""

    def shown(self, call: Call) -> Shown | Unproved:
        """What is shown."""

    def misuse(self, shown: Shown, bound_to: str, application: Application) -> Unproved | None:
        """Why this application's token, bound so, is not good as it is shown; or nothing."""

    def newest_nonce(self, application: Application) -> str:
        """What its next proof must carry, or nothing."""


def www_authenticate(code: str = "", *, by_proof: bool = False, **said: str) -> str:
    """The challenge of a refusal: RFC 6750 §3, RFC 9449 §7.1."""
    words = ({"error": code} if code else {}) | said
    told = [f'{name}="{value}"' for name, value in words.items()]
    return ", ".join([BY_PROOF if by_proof else BEARER, *told])


def from_header(header: str) -> str:
    """The token of a Bearer header, or nothing."""
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
