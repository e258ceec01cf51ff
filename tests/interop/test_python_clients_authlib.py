# SPDX-License-Identifier: Apache-2.0
"""Authlib as a client: by its key, as a device, going on elsewhere, with the word of others.

It knows neither DPoP nor CIBA nor JARM, and registers nobody; requests it pushes by hand.
"""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import AssertionSession, OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwe, jwt
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64decode
from requests.auth import HTTPBasicAuth

from tests.cast import PEOPLE, SECRET
from tests.interop.foreign import key_of, signing_key
from tests.interop.python_clients import PATIENCE, bring, described, sent_back, type_code
from tests.protocol.oidc.devices import GRANT as DEVICE
from tests.protocol.oidc.encryption import reading_key
from tests.protocol.oidc.exchanging import ACCESS
from tests.protocol.oidc.exchanging import GRANT as EXCHANGE
from tests.protocol.oidc.signing import public
from tests.servers import Site

pytestmark = pytest.mark.interop
NONCE = "nonce-of-the-test"
SCOPE = "openid profile email"
FURTHER = "panva-further"
READER = reading_key("P-256", alg="ECDH-ES")


class Brief(PrivateKeyJWT):
    """Authlib's own way, but not for an hour: an assertion of ours lives five minutes (OA-054)."""

    def sign(self, auth: Any, token_endpoint: str) -> Any:
        # Anew each time: what it once put there, it would put there again.
        self.claims = {"exp": int(time.time()) + 120}
        return super().sign(auth, token_endpoint)


def session(site: Site, key: str, method: str = "client_secret_basic") -> OAuth2Session:
    """Authlib's session, as this application."""
    told = described(site)
    made = OAuth2Session(
        key,
        signing_key() if method == "private_key_jwt" else SECRET,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope=SCOPE,
        redirect_uri=f"https://{key}.example/cb",
        code_challenge_method="S256",
        token_endpoint=told["token_endpoint"],
    )
    made.trust_env = False
    header = {"kid": signing_key().kid}
    made.register_client_auth_method(Brief(told["token_endpoint"], headers=header, alg="ES256"))
    return made


def log_in(site: Site, client: OAuth2Session) -> dict[str, Any]:
    """A whole login, by PKCE."""
    told, verifier = described(site), generate_token(48)
    url, state = client.create_authorization_url(
        told["authorization_endpoint"], code_verifier=verifier, nonce=NONCE
    )
    back = sent_back(site, url)
    found: dict[str, Any] = client.fetch_token(
        authorization_response=back, state=state, code_verifier=verifier
    )
    return found


def validated(site: Site, client: OAuth2Session, tokens: dict[str, Any]) -> CodeIDToken:
    """The ID token as Authlib validates it; encrypted ones are opened first."""
    token = tokens["id_token"]
    if token.count(".") == 4:
        opened = jwe.decrypt_compact(token, READER, algorithms=["ECDH-ES", "A128CBC-HS256"])
        token = (opened.plaintext or b"").decode()
    keys = requests.get(described(site)["jwks_uri"], timeout=PATIENCE).json()
    # Of a kind that it reads: EdDSA goes by another name today.
    known = KeySet.import_key_set({"keys": [one for one in keys["keys"] if one["kty"] != "OKP"]})
    read = jwt.decode(token, known, algorithms=["ES256"])
    options = {"iss": {"value": site.issuer}, "aud": {"value": client.client_id}}
    asked = {"nonce": NONCE, "client_id": client.client_id, "access_token": tokens["access_token"]}
    claims = CodeIDToken(read.claims, read.header, options, asked)
    claims.validate()
    return claims


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_authlib_logs_in_refreshes_looks_up_and_takes_back(site: Site, method: str) -> None:
    told, client = described(site), session(site, key_of(method), method)
    tokens = log_in(site, client)
    claims = validated(site, client, tokens)
    assert claims["amr"] == ["pwd"]
    person = client.get(told["userinfo_endpoint"], timeout=PATIENCE).json()
    assert (person["sub"], person["family_name"]) == (claims["sub"], "Durand")
    first = tokens["access_token"]
    renewed = client.refresh_token()
    assert renewed["access_token"] != first
    looked = client.introspect_token(
        told["introspection_endpoint"], token=renewed["access_token"]
    ).json()
    assert (looked["active"], looked["client_id"]) == (True, client.client_id)
    spent = renewed["refresh_token"]
    assert client.revoke_token(told["revocation_endpoint"], token=spent).status_code == 200
    with pytest.raises(OAuthError) as refused:
        client.refresh_token(refresh_token=spent)
    assert refused.value.error == "invalid_grant"


def test_authlib_pushes_a_request_by_hand(site: Site) -> None:
    method = "private_key_jwt"
    told, client, verifier = described(site), session(site, key_of(method), method), "v" * 43
    asked = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "response_type": "code",
        "scope": SCOPE,
        "nonce": NONCE,
        "state": "state",
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    answer = client.post(
        told["pushed_authorization_request_endpoint"],
        data=asked,
        auth=client.client_auth(method),
        withhold_token=True,
        timeout=PATIENCE,
    )
    assert answer.status_code == 201
    named = {"client_id": client.client_id, "request_uri": answer.json()["request_uri"]}
    back = sent_back(site, f"{told['authorization_endpoint']}?{urlencode(named)}")
    tokens = client.fetch_token(authorization_response=back, state="state", code_verifier=verifier)
    assert validated(site, client, tokens)["sub"]


def as_device(site: Site, client: OAuth2Session, scope: str = SCOPE) -> dict[str, Any]:
    """What a device gets that somebody connected."""
    answer = client.post(
        described(site)["device_authorization_endpoint"],
        data={"scope": scope},
        auth=client.client_auth("client_secret_basic"),
        withhold_token=True,
        timeout=PATIENCE,
    )
    shown = answer.json()
    with pytest.raises(OAuthError) as early:
        client.fetch_token(grant_type=DEVICE, device_code=shown["device_code"])
    assert early.value.error == "authorization_pending"
    type_code(site, shown["user_code"])
    found: dict[str, Any] = client.fetch_token(grant_type=DEVICE, device_code=shown["device_code"])
    return found


def test_authlib_is_a_device_and_goes_on_elsewhere(site: Site) -> None:
    client = session(site, FURTHER)
    tokens = as_device(site, client, "openid exams.read")
    given = client.fetch_token(
        grant_type=EXCHANGE,
        subject_token=tokens["access_token"],
        subject_token_type=ACCESS,
        scope="exams.read",
    )
    assert given["issued_token_type"] == ACCESS
    there = session(site, key_of("client_secret_basic"))
    told = there.introspect_token(
        described(site)["introspection_endpoint"], token=given["access_token"]
    ).json()
    assert (told["active"], told["act"]["sub"]) == (True, FURTHER)


def test_authlib_with_the_word_of_others(site: Site) -> None:
    told = described(site)
    client = AssertionSession(
        told["token_endpoint"],
        "https://directory.example",
        PEOPLE["medecin"].national_id,
        audience=site.issuer,
        scope="exams.read",
        key=signing_key(),
        header={"alg": "ES256", "kid": signing_key().kid},
        expires_in=300,
    )
    client.trust_env = False
    # Who asks proves itself as well; that is the session's own affair.
    proof = HTTPBasicAuth(FURTHER, SECRET)
    proved = requests.Request("POST", told["token_endpoint"], auth=proof).prepare()
    client.headers["Authorization"] = proved.headers["Authorization"]
    given = client.refresh_token()
    assert given["scope"] == "exams.read"
    there = session(site, key_of("client_secret_basic"))
    looked = there.introspect_token(told["introspection_endpoint"], token=given["access_token"])
    assert looked.json()["active"] is True


def test_authlib_reads_what_is_encrypted_to_it(site: Site) -> None:
    key = "authlib-reader"
    wants = {f"{one}_encrypted_response_alg": "ECDH-ES" for one in ("id_token", "userinfo")}
    bring(site, key, {"jwks": {"keys": [public(READER)]}, "scopes": SCOPE.split(), **wants})
    client = session(site, key)
    tokens = log_in(site, client)
    assert tokens["id_token"].count(".") == 4
    claims = validated(site, client, tokens)
    told = client.get(described(site)["userinfo_endpoint"], timeout=PATIENCE)
    opened = jwe.decrypt_compact(told.text, READER, algorithms=["ECDH-ES", "A128CBC-HS256"])
    payload = (opened.plaintext or b"").split(b".")[1]
    person = json.loads(urlsafe_b64decode(payload))
    assert (person["sub"], person["family_name"]) == (claims["sub"], "Durand")


def test_oa_054_authlibs_own_assertion_lives_too_long(site: Site) -> None:
    client = session(site, key_of("private_key_jwt"), "private_key_jwt")
    endpoint = described(site)["token_endpoint"]
    by_default = PrivateKeyJWT(endpoint, headers={"kid": signing_key().kid}, alg="ES256")
    client.register_client_auth_method(by_default)
    with pytest.raises(OAuthError) as refused:
        client.fetch_token(grant_type="client_credentials")
    assert refused.value.error == "invalid_client"
