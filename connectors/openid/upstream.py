# SPDX-License-Identifier: Apache-2.0
"""A provider that we lean on, as the operator set it up; and what can go wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final
from urllib.parse import urlsplit

WELL_KNOWN: Final = "/.well-known/openid-configuration"
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Who they are, and who we are to them."""

    issuer: str
    client_id: str
    # Empty: our certificate proves us, in the connection itself (RFC 8705).
    secret: str = field(default="", repr=False)
    # Where they describe themselves, where that is not the usual place.
    description: str = ""
    # Origins beside the issuer's own at which they serve. Any other is not theirs (BR-005).
    origins: tuple[str, ...] = ()
    algorithm: str = "RS256"
    scope: tuple[str, ...] = ("openid",)
    # What they are asked to reach, in their own words.
    level_words: str = ""
    # Where the browser comes back to: one address for each provider (BR-004).
    back: str
    # Seconds by which their clock may be off.
    leeway: int = 60

    @property
    def description_url(self) -> str:
        """OIDC Discovery §4: the issuer without a trailing slash, then the well-known path."""
        return self.description or self.issuer.removesuffix("/") + WELL_KNOWN

    @property
    def sites(self) -> tuple[str, ...]:
        """Every origin at which they serve."""
        return (origin_of(self.issuer), *self.origins)

    def serves_at(self, url: str) -> bool:
        """Whether an address is one of theirs."""
        return origin_of(url) in self.sites


class Fault(Enum):
    """Why a provider's answer leads nowhere."""

    # No answer, or one that says that it cannot answer now.
    NOT_REACHED = "not-reached"
    # An answer that nobody may go by.
    NOT_BELIEVED = "not-believed"
    # It says itself that it is not this person's, or not now.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong; `detail` is for the audit, never for the person."""

    fault: Fault
    detail: str


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; nothing where it is no plain one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        return ""
    usual = {"https": 443, "http": 80}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, usual} else "")
