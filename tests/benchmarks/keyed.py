# SPDX-License-Identifier: Apache-2.0
"""Applications that prove themselves by keys as load: what each signs is signed beforehand."""

import base64
import json
import secrets
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey

from idp.oidc.discovery import PATHS
from idp.oidc.exchange import ACCESS
from idp.oidc.exchanging import EXCHANGE
from tests.benchmarks.population import SECRET, application, robot

Row = Mapping[str, str]
Made = Callable[[str, Sequence[Row], int], list[dict[str, str]]]
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BY_ASSERTION: Final = urlencode({"client_assertion_type": ASSERTION})
KEYED, STRICT, EXCHANGING = "keyed", "strict", "exchanging"
SEVERAL: Final = 50
# Longer than any round.
SECONDS: Final = 180
OWN = ECKey.generate_key("P-256", {"kid": "own"})
PROOF = ECKey.generate_key("P-256")
JWKS = {"keys": [OWN.as_dict(private=False)]}
METHOD: Final = {"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS}


def documents() -> list[dict[str, Any]]:
    """Their registrations."""
    return [
        robot(KEYED, **METHOD),
        application(STRICT, profile="fapi2", **METHOD),
        application(
            EXCHANGING,
            grant_types=["authorization_code", EXCHANGE],
            exchange_audiences=["store"],
        ),
        *(robot(_asking(number)) for number in range(SEVERAL)),
    ]


def exchanged() -> str:
    """The form by which a token is given for another."""
    fixed = {"grant_type": EXCHANGE, "subject_token_type": ACCESS}
    return f"{urlencode(fixed)}&subject_token=${{access_token}}"


def proven(client: str) -> str:
    """The fields by which a form is an application's own."""
    return f"client_id={client}&{BY_ASSERTION}"


def asserted(client: str, *names: str) -> Made:
    """So many assertions for each flow, from each of these people in turn, where there are any."""

    def made(base: str, users: Sequence[Row], count: int) -> list[dict[str, str]]:
        rows = []
        for number in range(count):
            person = users[number % len(users)] if users else {}
            row = {name: person[name] for name in ("user", "cookies") if person}
            rows.append(row | {name: _assertion(client, base) for name in names})
        return rows

    return made


def bound(client: str, *names: str) -> Made:
    """The same, and a proof of the key for the token endpoint."""

    def made(base: str, users: Sequence[Row], count: int) -> list[dict[str, str]]:
        rows = asserted(client, *names)(base, users, count)
        return [{**row, "proof": _proof(base + PATHS["token_endpoint"])} for row in rows]

    return made


def several(base: str, _users: Sequence[Row], count: int) -> list[dict[str, str]]:
    """Each application in turn, with a token of its own."""
    held = _held(base)
    return [held[number % len(held)] for number in range(count)]


@cache
def _held(base: str) -> list[dict[str, str]]:
    found = []
    for number in range(SEVERAL):
        pair = base64.b64encode(f"{_asking(number)}:{SECRET}".encode()).decode()
        asked = urllib.request.Request(
            base + PATHS["token_endpoint"],
            b"grant_type=client_credentials",
            {"Authorization": f"Basic {pair}"},
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            token = json.load(answer)["access_token"]
        found.append({"own": pair, "access_token": token})
    return found


def _asking(number: int) -> str:
    return f"asking-{number}"


def _assertion(client: str, issuer: str) -> str:
    now = int(time.time())
    claims = {
        "iss": client,
        "sub": client,
        "aud": issuer,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + SECONDS,
    }
    return jwt.encode({"alg": "ES256", "kid": "own"}, claims, OWN, algorithms=["ES256"])


def _proof(address: str) -> str:
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": PROOF.as_dict(private=False)}
    claims = {
        "jti": secrets.token_urlsafe(16),
        "htm": "POST",
        "htu": address,
        "iat": int(time.time()),
    }
    return jwt.encode(header, claims, PROOF, algorithms=["ES256"])
