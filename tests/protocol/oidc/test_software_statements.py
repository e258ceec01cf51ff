# SPDX-License-Identifier: Apache-2.0
"""Software statements (RFC 7591 §2.3): of an issuer that the operator named, or of nobody."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.config import ConfigFaults
from tests.protocol.oidc.newcomers import WORDS, again, invite, join, own, post, refused, world_with
from tests.protocol.oidc.signing import DROP, Key, new_key, public, sign
from tests.world import World, settings_for

ISSUER = "https://catalogue.example"
OWN = new_key("ES256", "catalogue-1")


@pytest.fixture
def believing(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """A provider that believes one issuer."""
    file = tmp_path / "issuers.json"
    file.write_text(json.dumps({ISSUER: {"keys": [public(OWN)]}}))
    with world_with(sqlite_url, OIDC_STATEMENT_ISSUERS=str(file)) as opened:
        yield opened


def statement(key: Key = OWN, header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {"iss": ISSUER, "software_id": "imagerie-4", "client_name": "Imagerie certifiée"}
    claims = {name: one for name, one in (claims | changes).items() if one is not DROP}
    return sign(key, {"alg": "ES256", "kid": "catalogue-1"} | (header or {}), claims)


def test_what_it_states_counts(believing: World) -> None:
    told = join(believing, client_name="Autre", software_statement=statement())
    assert told["client_name"] == "Imagerie certifiée"
    assert told["software_id"] == "imagerie-4"
    changed = own(
        believing, told, "PUT", again(told, client_name="X", software_statement=statement())
    )
    assert changed.get_json()["client_name"] == "Imagerie certifiée"


def test_oa_160_it_grants_no_more_than_the_invitation(believing: World) -> None:
    signed = statement(scope="openid email")
    words = WORDS | {"software_statement": signed}
    refused(post(believing, words, invite(believing)), "invalid_client_metadata")


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ("foreign issuer", "unapproved_software_statement"),
        ("no issuer", "unapproved_software_statement"),
        ("foreign key", "invalid_software_statement"),
        ("unsigned", "invalid_software_statement"),
        ("changed", "invalid_software_statement"),
        ("expired", "invalid_software_statement"),
        ("not yet", "invalid_software_statement"),
        ("another type", "invalid_software_statement"),
        ("key of its own", "invalid_software_statement"),
        ("no token", "invalid_software_statement"),
        ("a number", "invalid_software_statement"),
    ],
)
def test_oa_160_a_statement_that_does_not_hold(believing: World, made: str, code: str) -> None:
    now = believing.clock.now()
    header, _, rest = statement().partition(".")
    made_so: dict[str, Any] = {
        "foreign issuer": statement(iss="https://other.example"),
        "no issuer": statement(iss=DROP),
        "foreign key": statement(new_key("ES256", "catalogue-1")),
        "unsigned": "eyJhbGciOiJub25lIn0." + rest.partition(".")[0] + ".",
        "changed": f"{header}." + statement(client_name="X").split(".")[1] + f".{rest[-86:]}",
        "expired": statement(exp=now - 61),
        "not yet": statement(nbf=now + 61),
        "another type": statement(header={"typ": "at+jwt"}),
        "key of its own": statement(header={"jwk": public(OWN)}),
        "no token": "x",
        "a number": 7,
    }
    words = WORDS | {"software_statement": made_so[made]}
    refused(post(believing, words, invite(believing)), code)


def test_nobody_is_believed_unless_the_operator_says_so(sqlite_url: str) -> None:
    with world_with(sqlite_url) as opened:
        words = WORDS | {"software_statement": statement()}
        refused(post(opened, words, invite(opened)), "unapproved_software_statement")


@pytest.mark.parametrize("text", ["", "[", "[]", '{"https://x.example": []}'])
def test_a_file_of_issuers_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "issuers.json"
    file.write_text(text)
    with pytest.raises(ConfigFaults):
        settings_for("sqlite:///x", OIDC_STATEMENT_ISSUERS=str(file))
