# SPDX-License-Identifier: Apache-2.0
"""Launches: made, signed, and sent from server to server. The whole of what software has to do."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests
from joserfc import jwt
from joserfc.jwk import ECKey

ALGORITHM: Final = "ES256"
TYPE: Final = "launch+jwt"
# A launch is opened at once, or made anew.
LIFE: Final = 60
SECONDS: Final = 5
CREATED: Final = 201


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at work in this software."""

    national_id: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody whose file is open in it."""

    file: str
    birth_date: str
    family_name: str
    given_name: str
    ward: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who this software is, and its key."""

    # Its own name, as it is registered at the login server.
    issuer: str
    # The login server's.
    audience: str
    application: str
    key: ECKey = field(repr=False)

    def sign(self, person: Person, patient: Patient | None, now: int) -> str:
        """A launch for one opening of the application."""
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "exp": now + LIFE,
            "jti": secrets.token_urlsafe(24),
            "sub": person.national_id,
            "given_name": person.first_name,
            "family_name": person.last_name,
            "application": self.application,
        }
        if patient is not None:
            claims["patient"] = {
                "file": patient.file,
                "birth_date": patient.birth_date,
                "family_name": patient.family_name,
                "given_name": patient.given_name,
            }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=[ALGORITHM])

    def published(self) -> dict[str, Any]:
        """The public key, as the login server fetches it."""
        public = self.key.as_dict(private=False)
        return {"keys": [public | {"use": "sig", "alg": ALGORITHM, "kid": self.key.kid}]}


def push(server: str, token: str) -> str | None:
    """Send a launch; the address that opens it once, or None where the server does not take it."""
    try:
        answer = requests.post(
            f"{server}/launch/pushed",
            data={"launch": token},
            timeout=SECONDS,
            allow_redirects=False,
        )
        found = answer.json().get("launch_uri") if answer.status_code == CREATED else None
    except (requests.RequestException, ValueError):
        return None
    # Nobody is sent anywhere but to the server that was asked.
    good = isinstance(found, str) and found.startswith(f"{server}/launch/")
    return found if good else None


def load_key(file: Path) -> ECKey:
    """The key of this software; made at its first start, readable by nobody else."""
    if not file.exists():
        made = ECKey.generate_key("P-256", private=True)
        named = made.as_dict(private=True) | {"kid": made.thumbprint()}
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            json.dump(named, opened)
    return ECKey.import_key(json.loads(file.read_text("utf-8")))
