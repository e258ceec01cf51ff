# SPDX-License-Identifier: Apache-2.0
"""Where Pro Santé Connect is, and how it is asked (facts/health_identity.md §1.1, §1.3)."""

from dataclasses import dataclass
from typing import Final

SCOPE: Final = ("openid", "scope_all")
# Its tokens are signed so, wherever they were seen.
ALGORITHM: Final = "RS256"


@dataclass(frozen=True, slots=True)
class Place:
    """One environment: its description is not at the usual place, nor its pages at its issuer."""

    issuer: str
    description: str
    origins: tuple[str, ...]


def _of_the_agency(auth: str, wallet: str) -> Place:
    issuer = f"https://{auth}/auth/realms/esante-wallet"
    return Place(
        issuer, f"{issuer}/.well-known/wallet-openid-configuration", (f"https://{wallet}",)
    )


PLACES: Final = {
    "production": _of_the_agency("auth.esw.esante.gouv.fr", "wallet.esw.esante.gouv.fr"),
    "sandbox": _of_the_agency("auth.bas.psc.esante.gouv.fr", "wallet.bas.psc.esante.gouv.fr"),
}
