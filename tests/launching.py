# SPDX-License-Identifier: Apache-2.0
"""Software of an establishment for a test: its key, its launches, and what is registered of it."""

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.test import Client, TestResponse

from connectors.base import Level
from idp.accounts.establishments import Establishment
from idp.http.services import Core
from idp.launches import sources
from idp.launches.sources import Source
from idp.origin import Origin
from tests.cast import PEOPLE, SECRET, application
from tests.world import ISSUER, Browser, World

HOSPITAL = "370000481"
ISSUED_BY = "https://hm.chu.example"
PATIENT = {"file": "2026-0417", "birth_date": "1961-03-12", "family_name": "AUBÉPINE"}


def opened_by_launch(key: str, policy: dict[str, Any] | None = None, **changes: Any) -> dict:
    """An application that software may open, at an address of its own."""
    begins = {"initiate_login_uri": f"https://{key}.example/login"}
    means = {"means": ["password", "launch"]} | (policy or {})
    return application(key, policy=means, oidc=begins | changes.pop("oidc", {}), **changes)


APPLICATIONS = {
    "file": opened_by_launch("file"),
    "filemaker": opened_by_launch("filemaker", {"card_accounts": "create"}),
    "strong": opened_by_launch("strong", {"level": 3, "means": ["cps", "launch"]}),
    "out-of-reach": opened_by_launch("out-of-reach", {"level": 3}),
    "by-password": opened_by_launch("by-password", {"means": ["password"]}),
    "homely": application("homely", policy={"means": ["password", "launch"]}),
}


def public_set(key: ECKey) -> str:
    """Its public half, as it is written down."""
    return json.dumps({"keys": [key.as_dict(private=False) | {"kid": "hm-1"}]})


# For whoever writes software down and never launches anything.
SIGNED_WITH = public_set(ECKey.generate_key("P-256"))


@dataclass
class Software:
    """« Hôpital Manager », by hand, so that a test can say each word wrong."""

    world: World
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "hm-1"}))
    issuer: str = ISSUED_BY
    address: str = "198.51.100.20"

    def source(self, **changes: Any) -> Source:
        """As an administrator writes it down."""
        found = Source(
            key="hm",
            name="Hôpital Manager",
            establishment=HOSPITAL,
            issuer=self.issuer,
            jwks=public_set(self.key),
            level=Level.TWO_FACTORS,
            applications=tuple(APPLICATIONS),
        )
        return replace(found, **changes)

    def register(self, **changes: Any) -> None:
        """Write it down so."""
        core = self.world.core
        with core.database.write() as tx:
            sources.put(tx, self.source(**changes), core.clock.now())

    def claims(self, who: str = "medecin", **changes: Any) -> dict[str, Any]:
        """What it says of somebody; None leaves a claim out."""
        now, person = self.world.clock.now(), PEOPLE[who]
        found = {
            "iss": self.issuer,
            "aud": ISSUER,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
            "sub": person.national_id,
            "given_name": person.first_name,
            "family_name": person.last_name,
            "application": "file",
            "patient": PATIENT,
        } | changes
        return {name: value for name, value in found.items() if value is not None}

    def token(self, who: str = "medecin", header: dict | None = None, **changes: Any) -> str:
        """A launch, signed."""
        head = {"alg": "ES256", "typ": "launch+jwt", "kid": "hm-1"} | (header or {})
        return jwt.encode(head, self.claims(who, **changes), self.key, algorithms=[head["alg"]])

    def push(self, token: str) -> TestResponse:
        """From its server to ours."""
        return Client(self.world.provider.web).post(
            "/launch/pushed",
            data={"launch": token},
            base_url=ISSUER,
            environ_base={"REMOTE_ADDR": self.address},
        )

    def pushed(self, who: str = "medecin", **changes: Any) -> str:
        """The address that it is answered."""
        answer = self.push(self.token(who, **changes))
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["launch_uri"])


def register(core: Core) -> None:
    """The establishment, and the applications that its software opens."""
    with core.database.write() as tx:
        house = Establishment(HOSPITAL, "CHU des Deux-Rives")
        core.establishments.put(tx, house, Origin("", "", "test"))
        for document in APPLICATIONS.values():
            core.applications.register(tx, document)
            core.applications.set_secret(tx, document["key"], SECRET)


def handed(answer: TestResponse, key: str = "file") -> dict[str, str]:
    """With what the browser comes to the application."""
    location = answer.headers["Location"]
    assert location.startswith(f"https://{key}.example/login?"), location
    return {name: one for name, [one] in parse_qs(urlsplit(location).query).items()}


def why(world: World) -> str:
    """What the audit says of the last launch that was refused."""
    return str(json.loads(world.events("launch.refused")[-1].detail)["why"])


def tokens_of(world: World, browser: Browser, answer: TestResponse, key: str = "file") -> dict:
    """The application asks for a login with the handle, and redeems the code."""
    client = world.client(key)
    back = client.ask(browser, launch=handed(answer, key)["launch"])
    found = client.redeem(client.answered(back)["code"])
    assert found.status == 200, found
    return found.json
