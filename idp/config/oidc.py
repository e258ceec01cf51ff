# SPDX-License-Identifier: Apache-2.0
"""Settings of OpenID Connect: whether applications register themselves."""

from dataclasses import dataclass

from idp.config import checks
from idp.config.kinds import choice, flag, setting, text, whole

CLOSED = "closed"
OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """Applications that register themselves (RFC 7591)."""

    registration: str = setting(
        choice(CLOSED, "token", OPEN),
        "Whether they may: not at all; with an invitation of an administrator's (`token`); or "
        "whoever comes (`open`), which is for trials.",
        CLOSED,
    )
    open_per_day: int = setting(
        whole(1, 10_000), "Where it is open: registrations from one address in a day.", 20
    )
    open_without_pkce: bool = setting(
        flag(),
        "Where it is open: whether applications with a secret may do without PKCE.",
        default=False,
    )
    statement_issuers: str = setting(
        text("the path of a JSON file", checks.check_statement_issuers),
        "Who is believed about applications that register themselves: a JSON file, of each issuer "
        "of software statements its public keys (a JWK Set).",
        "",
        shown="none",
    )
