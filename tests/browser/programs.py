# SPDX-License-Identifier: Apache-2.0
"""Beside the demo: a program of one establishment with its token, and commands in a terminal."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.demo.conftest import Sceau
from tests.demo.opened import Demo

KEY = "annuaire-chu"
SCOPES = "sceau.read sceau.write scim"
# As docs/api.md tells it.
REGISTRATION = f"""
key = "{KEY}"
protocol = "oidc"
name = "Annuaire du CHU"

[oidc]
grant_types = ["client_credentials"]
scopes = ["sceau.read", "sceau.write", "scim"]
"""
PATIENCE = 60


def terminal(opened: Demo, **environ: str) -> Sceau:
    """A terminal beside the demo: of whoever runs it, or with these settings alone."""
    return Sceau(opened.folder, environ or {"SCEAU_CONFIG": str(opened.folder / "sceau.toml")})


@dataclass(frozen=True)
class Program:
    """It calls with a token of its own."""

    address: str
    token: str

    def call(
        self, method: str, path: str, body: Any = None, *, prefix: str = "/api/v1", **headers: str
    ) -> requests.Response:
        """One request."""
        kind = {"Content-Type": "application/scim+json"} if prefix.startswith("/scim") else {}
        sent = {"Authorization": f"Bearer {self.token}"} | kind
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        url = self.address + prefix + path
        return requests.request(method, url, json=body, headers=sent, timeout=PATIENCE)


def program_of(opened: Demo, establishment: str, folder: Path) -> Program:
    """Registered, given the role of an establishment's administrator, and its token."""
    (folder / f"{KEY}.toml").write_text(REGISTRATION, "utf-8")
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    sceau = terminal(opened)
    sceau.did("applications", "sync", str(folder), "--secrets", str(secrets))
    role = ("establishment-administrator", "--establishment", establishment, "--application")
    sceau.did("roles", "give", KEY, *role)
    secret = (secrets / f"{KEY}.secret").read_text("utf-8").strip()
    answer = requests.post(
        opened.address("sceau") + "/oidc/token",
        {"grant_type": "client_credentials", "scope": SCOPES},
        auth=(KEY, secret),
        timeout=PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    return Program(opened.address("sceau"), answer.json()["access_token"])
