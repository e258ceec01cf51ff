# SPDX-License-Identifier: Apache-2.0
"""Where a launch or a tile leads in an application, and what that one can be told."""

from dataclasses import dataclass
from urllib.parse import urlencode

from idp.applications.values import Application


@dataclass(frozen=True, slots=True)
class Entrance:
    """An address of the application's own, as registered."""

    address: str
    # It understands `iss` and `launch`, and asks for what they stand for.
    told: bool


def entrance_of(application: Application) -> Entrance | None:
    """Where its logins begin, else its home page; None where it has neither."""
    begins = application.settings.get("initiate_login_uri", "")
    if application.protocol == "oidc" and isinstance(begins, str) and begins:
        return Entrance(begins, told=True)
    return Entrance(application.home_url, told=False) if application.home_url else None


def opened_at(application: Application, issuer: str) -> str:
    """Its home page; where it has none, its logins begin at once (OIDC Core §4)."""
    entrance = entrance_of(application)
    if application.home_url or entrance is None:
        return application.home_url
    return entrance.address + ("&" if "?" in entrance.address else "?") + urlencode({"iss": issuer})
