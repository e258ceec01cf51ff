# SPDX-License-Identifier: Apache-2.0
"""An example's registration, from the file that `sceau applications sync` reads too."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from relying_parties.kit.settings import Provider
from relying_parties.paths import REGISTRATIONS


@dataclass(frozen=True, slots=True)
class Registration:
    """What the application and its provider agreed on."""

    key: str
    name: str
    long_name: str
    description: str
    home_url: str
    support_email: str
    level: int
    redirect_uri: str
    post_logout_redirect_uri: str
    scopes: tuple[str, ...]
    id_token_algorithm: str

    @property
    def port(self) -> int:
        """The port of the home page, where a demo listens."""
        return urlsplit(self.home_url).port or 443


def load_registration(key: str, folder: Path = REGISTRATIONS) -> Registration:
    """The registration of that application."""
    content = tomllib.loads((folder / f"{key}.toml").read_text("utf-8"))
    oidc = content["oidc"]
    return Registration(
        key=content["key"],
        name=content["name"],
        long_name=content["long_name"],
        description=content["description"],
        home_url=content["home_url"],
        support_email=content["support_email"],
        level=content["policy"]["level"],
        redirect_uri=oidc["redirect_uris"][0],
        post_logout_redirect_uri=oidc["post_logout_redirect_uris"][0],
        scopes=tuple(oidc["scopes"]),
        id_token_algorithm=oidc["id_token_signed_response_alg"],
    )


def make_provider(
    registration: Registration,
    *,
    issuer: str,
    client_id: str,
    client_secret: str | None,
    url: str | None = None,
    level: int | None = None,
) -> Provider:
    """Settings of the kit; `url` moves the application from its registered home elsewhere."""
    home = registration.home_url.rstrip("/")
    base = (url or home).rstrip("/")
    return Provider(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=base + registration.redirect_uri.removeprefix(home),
        post_logout_redirect_uri=base + registration.post_logout_redirect_uri.removeprefix(home),
        scopes=registration.scopes,
        id_token_algorithm=registration.id_token_algorithm,
        level=level or registration.level,
    )
