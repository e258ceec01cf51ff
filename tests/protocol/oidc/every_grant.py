# SPDX-License-Identifier: Apache-2.0
"""One application that is registered for every grant, and gets a token by each."""

from urllib.parse import parse_qsl, urlsplit

from idp.oidc.absent import CIBA
from tests.protocol.kit import register, settled
from tests.protocol.oidc.absent_discovered import given_elsewhere
from tests.protocol.oidc.devices import GRANT as DEVICE
from tests.protocol.oidc.devices import approve, poll
from tests.protocol.oidc.devices import asked as asked_by_device
from tests.protocol.oidc.exchanging import ACCESS
from tests.protocol.oidc.exchanging import GRANT as EXCHANGE
from tests.protocol.oidc.signing import new_key, public
from tests.protocol.oidc.test_bearer_grant import GRANT as BEARER
from tests.protocol.oidc.test_bearer_grant import THEM, assertion
from tests.world import World


def grant_types(world: World, value: list[str]) -> None:
    """Each that is advertised gives something."""
    key = new_key("ES256")
    settings = {
        "grant_types": value,
        "scopes": ["openid", "x"],
        "response_types": ["code", "code token"],
        "exchange_audiences": ["resource"],
        "bearer_issuers": [
            {"issuer": THEM, "jwks": {"keys": [public(key)]}, "subject": "national_id"}
        ],
    }
    client = register(world, oidc=settings)
    tokens = client.redeem(client.code_for(settled(world), scope="openid x")).json
    front = settled(world).request("GET", client.authorize_url(response_type="code token"))
    device = asked_by_device(client, "openid")
    approve(settled(world), device)
    vouched = {"grant_type": BEARER, "assertion": assertion(world, key), "scope": "x"}
    exchange = {
        "grant_type": EXCHANGE,
        "subject_token": tokens["access_token"],
        "subject_token_type": ACCESS,
    }
    answers = {
        "authorization_code": tokens,
        "refresh_token": client.refresh(tokens["refresh_token"]).json,
        "client_credentials": client.post("/oidc/token", {"grant_type": "client_credentials"}).json,
        "implicit": dict(parse_qsl(urlsplit(front.headers["Location"]).fragment)),
        DEVICE: poll(client, device).json,
        EXCHANGE: client.post("/oidc/token", exchange).json,
        BEARER: client.post("/oidc/token", vouched).json,
        CIBA: given_elsewhere(world, client),
    }
    assert set(answers) == set(value)
    assert all("access_token" in answer for answer in answers.values())
