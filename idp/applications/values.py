# SPDX-License-Identifier: Apache-2.0
"""An application as a value: deny by default, nothing declared means nothing allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from connectors.base import Level
from idp.applications.profiles import LOCAL, UNPHISHABLE


def administers(scope: str) -> bool:
    """Whether a scope is one of this server's own, that open its administration (`idp.api`)."""
    return scope == "scim" or scope.startswith("sceau.")


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom an application lets in, and how they must have proved who they are."""

    means: tuple[str, ...] = ()
    level: Level = Level.CARD
    populations: tuple[str, ...] = ("professional", "patient", "staff")
    # Membership of any one of these opens the application; none named means no condition.
    communities: tuple[str, ...] = ()
    consent: bool = True
    session_max_age: int | None = None
    # Whether the card must stay in its reader: off, watched where an agent can tell, or required.
    card_presence: str = "watched"
    # What holds where nobody says whether a card is revoked; nothing for the server's own.
    card_revocation: str = ""
    # Who may come by card: known accounts alone, or anybody, whose account is then made.
    card_accounts: str = "known"
    # Whether its people must be found in the directory: any, or visible.
    directory: str = "any"
    # Whether a professional comes in one of their activities: any, or chosen.
    activity: str = "any"
    # What it is, where that alone decides by what people come (`idp.applications.profiles`).
    profile: str = ""

    @property
    def local_provider(self) -> bool:
        """Whether others believe what we say to it, and only what nobody can pass on may serve."""
        return self.profile == LOCAL

    def allows(self, means: str) -> bool:
        """Whether people may come by it."""
        return means in self.means and (not self.local_provider or means in UNPHISHABLE)

    def under(self, card_revocation: str) -> "Policy":
        """The policy in force on a server that has this of its own on revocation."""
        return self if self.card_revocation else _under(self, card_revocation)


# There are as many as applications, and each request asks for one.
@lru_cache(maxsize=4096)
def _under(policy: Policy, card_revocation: str) -> Policy:
    return replace(policy, card_revocation=card_revocation)


@dataclass(frozen=True, slots=True)
class Application:
    """A relying party as registered."""

    key: str
    protocol: str
    name: str
    enabled: bool
    version: int
    policy: Policy
    open_since: int = 0
    long_name: str = ""
    description: str = ""
    home_url: str = ""
    # What it says of privacy, and its terms of use: shown to people before they agree.
    privacy_url: str = ""
    terms_url: str = ""
    support_email: str = ""
    support_phone: str = ""
    listed: bool = True
    # Whether professionals may ask for it when they register.
    offered: bool = False
    # The name by which it introduces itself, where its protocol has one beside the key.
    known_as: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    secret_hash: bytes | None = field(default=None, repr=False)
