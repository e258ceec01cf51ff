# SPDX-License-Identifier: Apache-2.0
"""Programs that call the administration: applications with roles, people with tokens."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import Client, TestResponse

from idp.administration.authority import Held, application_subject
from idp.administration.rights import Role
from tests.administration.kit import CHU, CLINIC, DESK, Opened
from tests.protocol.kit import register
from tests.world import World

EVERY_SCOPE = ("sceau.read", "sceau.write", "sceau.roles.write", "scim")
TWO_FACTORS = {"means": ["password", "totp"], "level": 2}
PROGRAMS: dict[str, Held] = {
    "prog-super": Held(Role.SUPER),
    "prog-region": Held(Role.REGION),
    "prog-chu": Held(Role.ESTABLISHMENT, CHU),
    "prog-clinic": Held(Role.ESTABLISHMENT, CLINIC),
    "prog-help": Held(Role.HELP_DESK),
    "prog-audit": Held(Role.AUDITOR),
}


@dataclass
class Program:
    """A program with an access token."""

    world: World
    token: str
    prefix: str = "/api/v1"
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    # What stands in addresses, by the name of the parameter.
    known: dict[str, str] = field(default_factory=dict)
    # The application itself.
    guest: Any = None

    def call(
        self, method: str, path: str, body: Any = None, raw: bytes | None = None, **headers: str
    ) -> TestResponse:
        """One request; names of headers are written with underscores."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= self.headers
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        kind = sent.pop("Content-Type", None) or ("application/json" if data is not None else None)
        return Client(self.world.provider.web).open(
            self.prefix + path,
            method=method,
            base_url=self.world.issuer,
            data=data,
            content_type=kind,
            headers=sent,
        )

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, **headers)


def program(
    office: Opened,
    held: Held | None,
    scopes: tuple[str, ...] = EVERY_SCOPE,
    asked: str = "",
    **oidc: Any,
) -> Program:
    """An application of its own with a role, and a token by client credentials."""
    world = office.world
    settings = {"grant_types": ["client_credentials"], "scopes": list(scopes)} | oidc
    guest = register(world, f"prog-{secrets.token_hex(4)}", oidc=settings)
    if held is not None:
        give(office, guest.key, held)
    form = {"grant_type": "client_credentials", "scope": asked or " ".join(scopes)}
    answer = guest.post("/oidc/token", form)
    assert answer.status == 200, answer.json
    return Program(world, answer.json["access_token"], key=guest.key)


def give(office: Opened, key: str, held: Held) -> None:
    """A role for an application."""
    desk = office.world.provider.services.office
    root = desk.authorities.of_command(DESK)
    with office.world.core.database.write() as tx:
        assert desk.roles.give(tx, root, application_subject(key), held) is True


def problem(answer: TestResponse) -> str:
    """The name of the problem that was told."""
    assert answer.mimetype == "application/problem+json", answer.text
    document: Mapping[str, Any] = answer.get_json()
    assert document["status"] == answer.status_code
    name: str = document["type"].removeprefix("urn:sceau:problem:")
    return name


def agree(office: Opened, who: str, key: str, scopes: str) -> None:
    """Somebody has agreed already to what an application does in their name."""
    core = office.world.core
    with core.database.write() as tx:
        core.consents.give(tx, office[who].id, key, tuple(scopes.split()), DESK)


def person_token(
    office: Opened, who: str, scopes: str = "openid sceau.read sceau.write", guest: Any = None
) -> Program:
    """A token of somebody at the console, given to an application of theirs, or to this one."""
    world = office.world
    guest = guest or register(world, oidc={"scopes": scopes.split()}, policy=TWO_FACTORS)
    agree(office, who, guest.key, scopes)
    given = guest.tokens(office.enter(who), who, scope=scopes)
    return Program(world, given["access_token"], key=guest.key, guest=guest)
