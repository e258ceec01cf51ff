# SPDX-License-Identifier: Apache-2.0
"""openid-client as a client of each kind: its registration with us, and its process."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from joserfc.jwk import ECKey

from idp.oidc.absent import CIBA
from tests.cast import SECRET, application
from tests.interop.node import node_command, plain_environment
from tests.protocol.oidc.devices import GRANT as DEVICE
from tests.protocol.oidc.exchanging import GRANT as EXCHANGE
from tests.protocol.oidc.test_bearer_grant import GRANT as BEARER
from tests.servers import Site

METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


class Fault(Exception):
    """openid-client refused, or passed on a refusal of ours; `code` is the protocol's."""

    def __init__(self, described: dict[str, Any]) -> None:
        super().__init__(described)
        self.code = str(described["code"])


def key_of(method: str) -> str:
    """The client identifier that authenticates this way."""
    return "panva-" + method.replace("_", "-")


@cache
def signing_key() -> ECKey:
    """The private key of the client that signs its assertions."""
    return ECKey.generate_key("P-256", {"kid": "panva-1", "use": "sig", "alg": "ES256"})


def documents() -> list[dict[str, Any]]:
    """The registrations: one application for each way to authenticate."""
    return [
        *(document(method) for method in METHODS),
        *(local_provider(), careful(), further(), at_night()),
        *elsewhere(),
    ]


def careful() -> dict[str, Any]:
    """One of which pushed and signed requests are demanded, with fine-grained access."""
    oidc = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [signing_key().as_dict(private=False)]},
        "require_pushed_authorization_requests": True,
        "require_signed_request_object": True,
        "request_object_signing_alg": "ES256",
        "authorization_details_types": ["dossier"],
        "audiences": ["https://a.example", "https://b.example"],
        "access_token_format": "jwt",
    }
    return application("panva-careful", oidc=oidc)


def further() -> dict[str, Any]:
    """One of a device, which also goes on elsewhere, and towards which somebody vouches."""
    issuer = {
        "issuer": "https://directory.example",
        "jwks": {"keys": [signing_key().as_dict(private=False)]},
        "subject": "national_id",
    }
    oidc = {
        "scopes": ["openid", "profile", "email", "exams.read"],
        "grant_types": ["authorization_code", "refresh_token", DEVICE, EXCHANGE, BEARER],
        "exchange_audiences": [key_of("client_secret_basic")],
        "audiences": [key_of("client_secret_basic")],
        "bearer_issuers": [issuer],
    }
    return application("panva-further", oidc=oidc)


def at_night() -> dict[str, Any]:
    """One that works while nobody is there; it is a device, too."""
    oidc = {
        "scopes": ["openid", "profile", "email"],
        "grant_types": ["authorization_code", "refresh_token", DEVICE],
        "refresh": "lasting",
        "dpop_bound_access_tokens": True,
        "token_endpoint_auth_method": "none",
    }
    return application("panva-at-night", oidc=oidc)


def elsewhere() -> list[dict[str, Any]]:
    """Those that ask for people who are not at their screen: by a secret, and by a key."""
    by_key = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [signing_key().as_dict(private=False)]},
    }
    grants = {"redirect_uris": [], "grant_types": [CIBA, "refresh_token"]}
    return [
        application("panva-elsewhere", oidc=grants),
        application("panva-elsewhere-by-key", oidc=grants | by_key),
    ]


def local_provider() -> dict[str, Any]:
    """One that leans on us for its own logins, as Pro Santé Connect does."""
    policy = {"means": ["cps", "passkey"], "level": 2, "profile": "local-provider"}
    oidc = {
        "tenant": "TID-REGION",
        "subject_type": "pairwise",
        "scopes": ["openid", "profile", "email"],
    }
    return application("panva-local-provider", policy=policy, oidc=oidc)


def document(method: str) -> dict[str, Any]:
    """One application that authenticates this way; half of them take JWT access tokens."""
    key = key_of(method)
    settings: dict[str, Any] = {
        "token_endpoint_auth_method": method,
        "scopes": ["openid", "profile", "email", "offline_access", "exams.read"],
        "access_token_format": "jwt" if method == "private_key_jwt" else "opaque",
        "subject_type": "pairwise" if method == "client_secret_post" else "public",
    }
    if method != "none":
        settings["grant_types"] = ["authorization_code", "refresh_token", "client_credentials"]
    if method == "private_key_jwt":
        settings["jwks"] = {"keys": [signing_key().as_dict(private=False)]}
    return application(key, oidc=settings)


@dataclass
class OpenidClient:
    """A running openid-client."""

    process: subprocess.Popen[str]
    redirect_uri: str

    def __call__(self, name: str, **given: Any) -> Any:
        """Let it do one thing."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": name, **given}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"fault": {"code": "ended"}}')
        if "fault" in answer:
            raise Fault(answer["fault"])
        return answer["ok"]


@contextmanager
def openid_client(
    site: Site,
    method: str,
    *,
    key: str = "",
    dpop: str = "",
    tls: Mapping[str, str] | None = None,
    reader: Mapping[str, Any] | None = None,
    jarm: bool = False,
    front: str = "",
    **metadata: Any,
) -> Iterator[OpenidClient]:
    """openid-client, having discovered the provider; `key` names another client of the cast.

    With `dpop`, its tokens are bound to a key for this algorithm; `tls` is how it connects.
    What is encrypted to it, it reads by the key `reader`; with `jarm` it asks for signed answers,
    with `front` for this in the answer itself.
    """
    key = key or key_of(method)
    process = subprocess.Popen(
        node_command("openid_client.mjs"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=plain_environment(),
    )
    client = OpenidClient(process, f"https://{key}.example/cb")
    try:
        client(
            "open",
            issuer=site.issuer,
            client_id=key,
            method=method,
            secret=SECRET,
            jwk=signing_key().as_dict(private=True),
            redirect_uri=client.redirect_uri,
            scope="openid profile email",
            metadata=metadata,
            dpop=dpop,
            tls=tls,
            reader=reader,
            jarm=jarm,
            front=front,
        )
        yield client
    finally:
        assert process.stdin
        process.stdin.close()
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()
            assert process.stdout
            process.stdout.close()
