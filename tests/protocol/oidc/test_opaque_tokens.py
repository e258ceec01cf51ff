# SPDX-License-Identifier: Apache-2.0
"""An access token is what it is, character by character, for as long as it lives."""

import pytest

from tests.protocol.kit import bearer, register, send, settled
from tests.world import World


def mutations(token: str) -> dict[str, str]:
    return {
        "without its last character": token[:-1],
        "without its first": token[1:],
        "half": token[: len(token) // 2],
        "one character": token[:1],
        "with a letter more": token + "A",
        "with padding": token + "=",
        "with a line feed": token + "\n",
        "with nul": token + "\x00",
        "upper case": token.upper(),
        "lower case": token.lower(),
        "homoglyph": token[:-1] + "\N{CYRILLIC SMALL LETTER A}",
        "reversed": token[::-1],
        "twice": token + token,
        "percent-encoded": "".join(f"%{ord(c):02x}" for c in token),
        "another alphabet": token.replace("-", "+").replace("_", "/") + "+",
    }


NAMES = list(mutations("token-_x" * 5))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_oa_046_a_token_that_is_not_quite_the_token(shared: World, kind: str, name: str) -> None:
    client = register(shared, oidc={"access_token_format": kind})
    tokens = client.tokens(settled(shared))
    wrong = mutations(tokens["access_token"])[name]
    assert wrong != tokens["access_token"]
    assert client.introspect(wrong).json == {"active": False}
    response = send(shared, "POST", "/oidc/userinfo", form={"access_token": wrong})
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    if wrong.isascii() and wrong.isprintable():
        header = send(shared, "GET", "/oidc/userinfo", headers=bearer(wrong))
        assert header.status_code == 401
    # And the real one is none the worse.
    assert client.userinfo(tokens["access_token"]).status == 200


@pytest.mark.parametrize("name", NAMES)
def test_oa_046_a_refresh_token_that_is_not_quite_the_token(shared: World, name: str) -> None:
    client = shared.client("plain")
    token = client.tokens(settled(shared))["refresh_token"]
    answer = client.refresh(mutations(token)[name])
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert client.refresh(token).status == 200


@pytest.mark.parametrize("token", ["x" * 9000, "é" * 100, "\ud7ff", "' OR ''='"], ids=len)
def test_oa_046_what_was_never_a_token(world: World, token: str) -> None:
    assert world.client("dcc").introspect(token).json == {"active": False}
    response = send(world, "POST", "/oidc/userinfo", form={"access_token": token})
    assert response.status_code == 401


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_an_access_token_ends_when_it_says(sqlite_world: World, kind: str) -> None:
    world = sqlite_world
    client = register(world, oidc={"access_token_format": kind})
    tokens = client.tokens(settled(world))
    world.clock.pass_by(tokens["expires_in"] - 1)
    assert client.userinfo(tokens["access_token"]).status == 200
    world.clock.pass_by(1)
    assert client.userinfo(tokens["access_token"]).status == 401
    assert client.introspect(tokens["access_token"]).json == {"active": False}


def test_tokens_are_kept_only_as_a_hash(sqlite_world: World) -> None:
    client = sqlite_world.client("plain")
    tokens = client.tokens(settled(sqlite_world))
    with sqlite_world.core.database.read() as tx:
        dump = "\n".join(map(repr, tx.exec_driver_sql("SELECT * FROM tokens").all()))
        dump += "\n".join(map(repr, tx.exec_driver_sql("SELECT * FROM audit_events").all()))
    for name in ("access_token", "refresh_token"):
        assert tokens[name] not in dump
