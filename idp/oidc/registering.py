# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect as the administration asks for it: settings, metadata, claims."""

import json
from collections.abc import Mapping
from typing import Any

from idp.accounts.subjects import Subjects
from idp.accounts.values import Account
from idp.administration.rules.protocols import Imported
from idp.applications.values import Application
from idp.grants.admission import Admission
from idp.oidc.claims import SCOPES, read_claims
from idp.oidc.client import GRANT_TYPES, KNOWN, check_client, read_client
from idp.oidc.levels import ACR

# RFC 7591 §2 and OIDC Registration §2: what we read, and where it goes.
TOP = {"client_name": "name", "client_uri": "home_url", "client_id": "key"}
SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})
LONGEST = 2000


class OidcRegistering:
    """Fills `Speaks`."""

    def __init__(self, subjects: Subjects, issuer: str) -> None:
        self._subjects = subjects
        self._issuer = issuer

    def faults(self, application: Application) -> list[str]:
        """Every fault of the settings."""
        return check_client(application)

    def scopes(self, application: Application) -> tuple[str, ...]:
        """The scopes of its tokens; none where its settings are of no use."""
        return () if check_client(application) else read_client(application).scopes

    def for_people(self, application: Application) -> bool:
        """Whether it may send people here to log in."""
        return not check_client(application) and (
            "authorization_code" in read_client(application).grant_types
        )

    def by_secret(self, application: Application) -> bool:
        """Whether it authenticates by a shared secret."""
        return not check_client(application) and (
            read_client(application).auth_method in SECRET_METHODS
        )

    def imported(self, document: str) -> Imported:
        """Client metadata as a registration; nothing of it is believed before it is checked."""
        try:
            metadata = json.loads(document, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            return Imported({}, faults=("unreadable",))
        return self._taken(metadata)

    def _taken(self, document: object) -> Imported:
        if not isinstance(document, Mapping):
            return Imported({}, faults=("a JSON object is expected",))
        taken: dict[str, Any] = {"protocol": "oidc"}
        settings: dict[str, Any] = {}
        left = []
        for name, value in document.items():
            if name in TOP and isinstance(value, str):
                taken[TOP[name]] = value[:LONGEST]
            elif name == "scope" and isinstance(value, str):
                settings["scopes"] = [one for one in value.split() if one in SCOPES]
            elif name == "contacts" and _are_texts(value) and value:
                taken["support_email"] = value[0][:LONGEST]
            elif name == "grant_types" and _are_texts(value):
                settings[name] = [one for one in value if one in GRANT_TYPES]
            elif name in KNOWN - {"sector", "scopes", "audiences", "pkce"}:
                settings[name] = value
            else:
                left.append(str(name)[:64])
        return Imported({**taken, "oidc": settings}, tuple(sorted(left)))

    def released(
        self, application: Application, account: Account, admission: Admission
    ) -> Mapping[str, Mapping[str, Any]]:
        """The claims of the ID token and of userinfo, for all scopes that it may ask for."""
        client = read_client(application)
        subject = self._subjects.of(client.sector, account.id)
        person = read_claims(account.person, client.scopes, ())
        token = {
            "iss": self._issuer,
            "sub": subject,
            "aud": client.id,
            "auth_time": admission.authenticated_at,
            "acr": ACR[admission.level],
            "amr": list(admission.methods),
        }
        userinfo = {"sub": subject, **person}
        if "profile" in client.scopes:
            userinfo["updated_at"] = account.updated_at
        return {"ID token": token, "userinfo": userinfo}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """WB-012: an object that names a member twice is none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
