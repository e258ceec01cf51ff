# SPDX-License-Identifier: Apache-2.0
"""npm's openid-client registers itself, logs people in, and its registration is kept and ended."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from idp.applications.invitations import Invitations
from idp.applications.terms import Terms
from tests.interop.foreign import Fault, OpenidClient, signing_key
from tests.interop.node import node_command, plain_environment
from tests.interop.saml_peers import opened
from tests.interop.test_openid_client_requests import log_in
from tests.interop.visitor import Visitor
from tests.protocol.oidc.newcomers import again
from tests.servers import Site

pytestmark = pytest.mark.interop
BACK = "https://newcomer.example/cb"
PATIENCE = 30


def invite(site: Site, places: int = 1) -> str:
    terms = Terms(scopes=("openid", "profile", "email"), approved=False)
    with opened(site) as core, core.database.write() as tx:
        invitations = Invitations(core.clock, core.entropy, core.lookup)
        until = core.clock.now() + 600
        return invitations.make(tx, "openid-client", terms, places, until, "test")[1]


@contextmanager
def newcomer() -> Iterator[OpenidClient]:
    with subprocess.Popen(
        node_command("openid_client.mjs"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=plain_environment(),
    ) as process:
        # Its end of the line is closed with the block, and it ends.
        yield OpenidClient(process, BACK)


def register(client: OpenidClient, site: Site, token: str, method: str, **words: Any) -> Any:
    metadata = {
        "client_name": "Nouvelle",
        "redirect_uris": [BACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": method,
    } | words
    return client(
        "register",
        issuer=site.issuer,
        token=token,
        metadata=metadata,
        method=method,
        jwk=signing_key().as_dict(private=True),
        redirect_uri=BACK,
        scope="openid profile email",
    )


@pytest.mark.parametrize("method", ["client_secret_basic", "private_key_jwt"])
def test_openid_client_registers_itself_and_logs_people_in(site: Site, method: str) -> None:
    token = invite(site)
    keys = {"jwks": {"keys": [signing_key().as_dict(private=False)]}}
    with newcomer() as client:
        told = register(
            client, site, token, method, **(keys if method == "private_key_jwt" else {})
        )
        assert told["token_endpoint_auth_method"] == method
        tokens = log_in(client, Visitor((site.issuer,)), "pushed")
        assert tokens["claims"]["aud"] == told["client_id"]
        renewed = client("refresh", token=tokens["refresh_token"])
        assert renewed["access_token"]
        # One place, one application.
        with pytest.raises(Fault):
            register(client, site, token, "client_secret_basic")


def test_its_registration_is_read_replaced_and_ended(site: Site) -> None:
    with newcomer() as client:
        told = register(client, site, invite(site), "client_secret_basic")
    where = told["registration_client_uri"]
    shown = {"Authorization": f"Bearer {told['registration_access_token']}"}
    read = requests.get(where, headers=shown, timeout=PATIENCE)
    assert (read.status_code, read.json()["client_id"]) == (200, told["client_id"])
    words = again(told, client_name="Renommée")
    changed = requests.put(where, headers=shown, json=words, timeout=PATIENCE)
    assert (changed.status_code, changed.json()["client_name"]) == (200, "Renommée")
    stolen = requests.get(
        where.replace(told["client_id"], "panva-none"), headers=shown, timeout=PATIENCE
    )
    assert stolen.status_code == 401
    assert requests.delete(where, headers=shown, timeout=PATIENCE).status_code == 204
    assert requests.get(where, headers=shown, timeout=PATIENCE).status_code == 401
