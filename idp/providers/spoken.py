# SPDX-License-Identifier: Apache-2.0
"""How a provider is spoken to: one part of its settings for each protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCall:
    """By calls from here, as OpenID Connect has it: where it is, and who we are to it."""

    protocol: ClassVar[str] = "oidc"
    # Where it describes itself.
    description: str
    # Origins beside the issuer's own at which it serves.
    origins: tuple[str, ...] = ()
    algorithm: str = "RS256"
    our_name: str
    secret: str = field(repr=False)
    # What is asked of it beside who somebody is.
    scope: tuple[str, ...] = ()
    # What it is asked to reach, in its own words.
    level_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByBrowser:
    """By browsers alone, as SAML has it: what is believed of what it says of itself.

    As an administrator saw it, or as it came since.
    """

    protocol: ClassVar[str] = "saml"
    # Where browsers go with a request.
    login: str
    # Origins beside that one at which browsers are sent on from there.
    origins: tuple[str, ...] = ()
    # Those that its answers are verified by, in base64.
    certificates: tuple[str, ...]
    # When all of this is over; None where its metadata does not say.
    valid_until: int | None = None
    # Where its metadata is fetched again, and the certificate that must have signed what is found
    # there; both, or none where nobody follows it.
    address: str = ""
    signer: str = ""
    # When it was read last, and when it is asked for again.
    good_at: int = 0
    due_at: int = 0
    # Why what was found last was not taken over.
    fault: str = ""


Spoken = ByCall | ByBrowser
PARTS: Final[Mapping[str, type[ByCall] | type[ByBrowser]]] = {
    one.protocol: one for one in (ByCall, ByBrowser)
}


def masked(spoken: Spoken) -> Spoken:
    """As it may be shown: without a secret."""
    return replace(spoken, secret="") if isinstance(spoken, ByCall) else spoken
