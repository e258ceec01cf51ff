# SPDX-License-Identifier: Apache-2.0
"""An example's registration, from the file that `sceau applications sync` reads too."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit

from joserfc.jwk import ECKey

from relying_parties.kit.saml.settings import SamlProvider
from relying_parties.kit.saml.signatures import OwnKey
from relying_parties.kit.settings import ClientKey, Provider
from relying_parties.paths import REGISTRATIONS

LOGGED_OUT = "/logged-out"


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
    protocol: str
    # The table of that protocol.
    settings: Mapping[str, Any]

    @property
    def port(self) -> int:
        """The port of the home page, where a demo listens."""
        return urlsplit(self.home_url).port or 443

    def moved(self, address: str, url: str | None) -> str:
        """A registered address, where the application is reached at `url` instead of its home."""
        home = self.home_url.rstrip("/")
        return (url or home).rstrip("/") + address.removeprefix(home)


class Strict(TypedDict, total=False):
    """Of FAPI 2.0: the profile, and the keys that it wants."""

    profile: str
    client_key: ClientKey
    proof_key: ECKey


def load_registration(key: str, folder: Path = REGISTRATIONS) -> Registration:
    """The registration of that application."""
    content = tomllib.loads((folder / f"{key}.toml").read_text("utf-8"))
    return Registration(
        key=content["key"],
        name=content["name"],
        long_name=content["long_name"],
        description=content["description"],
        home_url=content["home_url"],
        support_email=content["support_email"],
        level=content["policy"]["level"],
        protocol=content["protocol"],
        settings=content[content["protocol"]],
    )


def make_provider(
    registration: Registration,
    *,
    issuer: str,
    client_id: str,
    client_secret: str | None,
    url: str | None = None,
    level: int | None = None,
    **strict: Unpack[Strict],
) -> Provider:
    """Settings of the kit; `url` moves the application from its registered home elsewhere."""
    oidc = registration.settings
    return Provider(
        **strict,
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=registration.moved(oidc["redirect_uris"][0], url),
        post_logout_redirect_uri=registration.moved(oidc["post_logout_redirect_uris"][0], url),
        scopes=tuple(oidc["scopes"]),
        id_token_algorithm=oidc["id_token_signed_response_alg"],
        level=level or registration.level,
    )


def make_saml_provider(
    registration: Registration,
    *,
    issuer: str,
    metadata: str | Path,
    key: OwnKey,
    url: str | None = None,
    level: int | None = None,
) -> SamlProvider:
    """The same for an application that speaks SAML; `issuer` is the provider's entityID."""
    saml = registration.settings
    home = registration.home_url.rstrip("/")
    return SamlProvider(
        issuer=issuer,
        metadata=metadata,
        entity_id=registration.moved(saml["entity_id"], url),
        acs_url=registration.moved(saml["acs"][0]["url"], url),
        logged_out_url=registration.moved(home + LOGGED_OUT, url),
        key=key,
        encrypted=saml["encrypted_assertions"],
        level=level or registration.level,
    )
