# SPDX-License-Identifier: Apache-2.0
"""npm's openid-client as a device, going on elsewhere, and with the word of others."""

import secrets
import time
from typing import Any

import pytest

from tests.cast import PEOPLE
from tests.interop.foreign import Fault, OpenidClient, openid_client, signing_key
from tests.interop.visitor import Visitor
from tests.protocol.oidc.exchanging import ACCESS
from tests.protocol.oidc.exchanging import GRANT as EXCHANGE
from tests.protocol.oidc.signing import sign
from tests.protocol.oidc.test_bearer_grant import GRANT as BEARER
from tests.servers import Site

pytestmark = pytest.mark.interop
KEY, METHOD = "panva-further", "client_secret_basic"


def decide(client: OpenidClient, visitor: Visitor, answer: str, **asked: str) -> dict[str, Any]:
    """A device asks, and somebody types its code and decides."""
    given: dict[str, Any] = client("device", parameters=asked)
    visitor.get(given["verification_uri"])
    visitor.submit("/device", user_code=given["user_code"].lower())
    if visitor.page.find(id="device-code") is None:
        visitor.log_in()
    shown = visitor.page.find(id="device-code")
    assert shown is not None
    assert shown.get_text(strip=True) == given["user_code"]
    visitor.submit("/consent", answer=answer)
    return given


@pytest.mark.parametrize("dpop", ["", "ES256"])
def test_openid_client_is_a_device(site: Site, dpop: str) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, METHOD, key=KEY, dpop=dpop) as client:
        decide(client, visitor, "accept")
        tokens = client("poll")
        assert tokens["claims"]["amr"] == ["pwd"]
        assert tokens["token_type"] == ("dpop" if dpop else "bearer")
        told = client("userinfo", token=tokens["access_token"], subject=tokens["claims"]["sub"])
        assert told["sub"] == tokens["claims"]["sub"]
        again = client("refresh", token=tokens["refresh_token"])
        assert again["claims"]["sid"] == tokens["claims"]["sid"]
        decide(client, visitor, "refuse")
        with pytest.raises(Fault) as refused:
            client("poll")
        assert refused.value.code == "access_denied"


def test_openid_client_goes_on_elsewhere(site: Site) -> None:
    visitor = Visitor((site.issuer,))
    with openid_client(site, METHOD, key=KEY) as client, openid_client(site, METHOD) as there:
        decide(client, visitor, "accept", scope="openid exams.read")
        token = client("poll")["access_token"]
        asked = {"subject_token": token, "subject_token_type": ACCESS, "scope": "exams.read"}
        given = client("grant", type=EXCHANGE, parameters=asked)
        assert given["issued_token_type"] == ACCESS
        told = there("introspect", token=given["access_token"])
        assert (told["active"], told["act"]["sub"]) == (True, KEY)
        with pytest.raises(Fault) as refused:
            client("grant", type=EXCHANGE, parameters=asked | {"audience": KEY})
        assert refused.value.code == "invalid_target"


def test_openid_client_with_the_word_of_others(site: Site) -> None:
    now = int(time.time())
    claims = {
        "iss": "https://directory.example",
        "sub": PEOPLE["medecin"].national_id,
        "aud": site.issuer,
        "iat": now,
        "exp": now + 300,
        "jti": secrets.token_urlsafe(16),
    }
    word = sign(signing_key(), {"alg": "ES256", "kid": "panva-1"}, claims)
    with openid_client(site, METHOD, key=KEY) as client, openid_client(site, METHOD) as there:
        asked = {"assertion": word, "scope": "exams.read"}
        given = client("grant", type=BEARER, parameters=asked)
        assert there("introspect", token=given["access_token"])["active"]
        with pytest.raises(Fault) as refused:
            client("grant", type=BEARER, parameters=asked)
        assert refused.value.code == "invalid_grant"
