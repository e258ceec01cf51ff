# SPDX-License-Identifier: Apache-2.0
"""What the conformance suite needs to judge a server by FAPI 2.0 and FAPI-CIBA.

Makes the keys and certificates of two clients, the applications that hold their public halves, and
the suite's configuration of each variant. How to use it: docs/conformance-fapi.md.
"""

import argparse
import json
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from joserfc.jwk import ECKey, RSAKey

SUITE = "https://www.certification.openid.net/test/a/sceau"
# The second client comes back to an address with a query.
QUERY = "?dummy1=lorem&dummy2=ipsum"
CIBA = "urn:openid:params:grant-type:ciba"
ALGORITHMS = ("PS256", "ES256")
LIFE = timedelta(days=365)
# By what a client proves itself, as we call it; and the suite's words for it and for the bindings.
METHODS = {"key": "private_key_jwt", "cert": "self_signed_tls_client_auth"}
WORDS = {"key": "private_key_jwt", "cert": "mtls"}
BINDINGS = {
    "dpop": "dpop_bound_access_tokens",
    "mtls": "tls_client_certificate_bound_access_tokens",
}
LOG_IN: dict[str, Any] = {
    "match": "{issuer}/oidc/authorize*",
    "tasks": [
        {
            "task": "Log in",
            "match": "{issuer}/login/*",
            "optional": True,
            "commands": [
                ["text", "id", "identifier", "{identifier}", "optional"],
                ["text", "id", "password", "{password}", "optional"],
                ["click", "css", "form[action$='/password'] button[type=submit]", "optional"],
            ],
        },
        {
            "task": "Show the page",
            "match": "{issuer}/oidc/authorize*",
            "optional": True,
            "commands": [
                ["wait", "css", "#error[data-error]", 10, ".*", "update-image-placeholder"]
            ],
        },
        {"task": "Come back", "match": "*/test/a/sceau/callback*", "optional": True},
    ],
}
REFUSE: dict[str, Any] = {
    "match": "{issuer}/oidc/authorize*",
    "tasks": [
        {
            "task": "Refuse",
            "match": "{issuer}/login/*",
            "commands": [["click", "css", "form[action$='/cancel'] button[type=submit]"]],
        },
        {"task": "Come back", "match": "*/test/a/sceau/callback*"},
    ],
}
NAME = "fapi2-security-profile-final"


@dataclass(frozen=True)
class Client:
    """One of the suite's two: by what it signs, and what it shows on a connection."""

    number: int
    algorithm: str
    signs: ECKey | RSAKey
    key: RSAPrivateKey
    certificate: x509.Certificate

    @property
    def registered(self) -> dict[str, Any]:
        """Its public keys; the second with its certificate."""
        der = b64encode(self.certificate.public_bytes(Encoding.DER)).decode()
        shown = RSAKey.import_key(self.pem).as_dict(private=False)
        shows = {**shown, "kid": f"tls-{self.number}", "x5c": [der]}
        return {"keys": [dict(self.signs.as_dict(private=False)), shows]}

    @property
    def pem(self) -> str:
        """The key of its certificate."""
        made = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return made.decode()

    @property
    def shown(self) -> dict[str, str]:
        """Its certificate and key, as the suite reads them."""
        return {"cert": self.certificate.public_bytes(Encoding.PEM).decode(), "key": self.pem}


def new_client(number: int) -> Client:
    """A client with new keys."""
    algorithm = ALGORITHMS[number - 1]
    named = {"kid": f"sign-{number}", "use": "sig", "alg": algorithm}
    signs: ECKey | RSAKey = (
        RSAKey.generate_key(2048, named)
        if algorithm == "PS256"
        else ECKey.generate_key("P-256", named)
    )
    key, now = generate_private_key(65537, 2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Conformance suite {number}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, SHA256())
    )
    return Client(number, algorithm, signs, key, certificate)


def applications(client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """Its registrations: one of each profile and pair of proofs, and those of FAPI-CIBA."""
    keys = {"jwks": client.registered}
    for profile, proof, binding in product(("fapi2", "fapi2-signed"), METHODS, BINDINGS):
        yield (
            f"{profile}-{proof}-{binding}-{client.number}",
            {
                "profile": profile,
                "redirect_uris": [f"{SUITE}/callback", f"{SUITE}/callback{QUERY}"],
                "grant_types": ["authorization_code", "refresh_token"],
                "scopes": ["openid", "profile", "email", "phone"],
                "token_endpoint_auth_method": METHODS[proof],
                BINDINGS[binding]: True,
                **keys,
            },
        )
    for proof, mode in product(METHODS, ("poll", "ping")):
        told = {"backchannel_client_notification_endpoint": f"{SUITE}/ciba-notification-endpoint"}
        yield (
            f"ciba-{proof}-{mode}-{client.number}",
            {
                "redirect_uris": [],
                "grant_types": [CIBA, "refresh_token"],
                "scopes": ["openid", "profile"],
                "token_endpoint_auth_method": METHODS[proof],
                "id_token_signed_response_alg": "ES256",
                BINDINGS["mtls"]: True,
                "backchannel_authentication_request_signing_alg": client.algorithm,
                "backchannel_token_delivery_mode": mode,
                "backchannel_requests_per_person": 60,
                **(told if mode == "ping" else {}),
                **keys,
            },
        )


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{name}" = {toml(one)}' for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def registration(key: str, oidc: Mapping[str, Any]) -> str:
    """One file for `sceau applications sync`."""
    top = {"key": key, "name": f"Conformance suite, {key}", "protocol": "oidc", "listed": False}
    policy = {"means": ["password"], "level": 1, "consent": False}
    lines = [f"{name} = {toml(one)}" for name, one in top.items()]
    for section, members in (("policy", policy), ("oidc", oidc)):
        lines += ["", f"[{section}]", *(f"{name} = {toml(one)}" for name, one in members.items())]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Server:
    """Where it is, and who logs in."""

    issuer: str
    certificates: str
    identifier: str
    password: str

    def filled(self, value: object) -> Any:
        """With the server's own in every place."""
        text = json.dumps(value)
        for name in ("issuer", "identifier", "password"):
            text = text.replace("{" + name + "}", json.dumps(getattr(self, name))[1:-1])
        return json.loads(text)

    def configuration(
        self, clients: tuple[Client, Client], key: str, binding: str, scope: str
    ) -> dict[str, Any]:
        """What both kinds of plan have in common."""
        base = self.certificates if binding == "mtls" else self.issuer
        found: dict[str, Any] = {
            "alias": "sceau",
            "description": f"Sceau: {key}",
            "server": {"discoveryUrl": f"{self.issuer}/.well-known/openid-configuration"},
            "resource": {"resourceUrl": f"{base}/oidc/userinfo"},
        }
        for one, name in zip(clients, ("", "2"), strict=True):
            found[f"client{name}"] = {
                "client_id": f"{key}-{one.number}",
                "scope": scope,
                "jwks": {"keys": [dict(one.signs.as_dict(private=True))]},
            }
            found[f"mtls{name}"] = one.shown
        return found

    def plans(self, clients: tuple[Client, Client]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The suite's configuration of each variant, by the name of its file."""
        kinds = {"openid": "openid profile email phone", "oauth": "email profile"}
        pairs = product(("fapi2", "fapi2-signed"), METHODS, BINDINGS, kinds)
        for profile, proof, binding, kind in pairs:
            key = f"{profile}-{proof}-{binding}"
            found = self.configuration(clients, key, binding, kinds[kind])
            for name in ("client", "client2"):
                if binding == "dpop":
                    found[name]["dpop_signing_alg"] = "ES256"
            by_hand = f"{NAME}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds"
            found["browser"] = [self.filled(LOG_IN)]
            found["override"] = {
                f"{NAME}-user-rejects-authentication": {"browser": [self.filled(REFUSE)]},
                by_hand: {"browser": []},
            }
            yield f"{key}-{kind}", found
        for proof, mode in product(METHODS, ("poll", "ping")):
            key = f"ciba-{proof}-{mode}"
            found = self.configuration(clients, key, "mtls", "openid profile")
            for name in ("client", "client2"):
                found[name] |= {"hint_type": "login_hint", "hint_value": self.identifier}
            found["client2"]["acr_value"] = "urn:sceau:level:1"
            yield key, found


def main(words: list[str] | None = None) -> None:
    """Write it all into a folder of its own, which holds private keys."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for name in ("issuer", "certificates", "identifier", "password"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args(words)
    os.umask(0o077)
    server = Server(given.issuer, given.certificates, given.identifier, given.password)
    clients = (new_client(1), new_client(2))
    for name in ("applications", "suite"):
        (given.folder / name).mkdir(parents=True)
    for client in clients:
        for key, oidc in applications(client):
            (given.folder / "applications" / f"{key}.toml").write_text(registration(key, oidc))
    for key, document in server.plans(clients):
        path = given.folder / "suite" / f"{key}.json"
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
