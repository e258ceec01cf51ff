# SPDX-License-Identifier: Apache-2.0
"""The code: once, soon, by whom it was given to, for the same address, among parallel tries."""

import pytest

from tests.protocol.kit import at_once, register, settled
from tests.protocol.processes import ServerProcess, fire
from tests.world import Answer, World


def refused(answer: Answer, code: str = "invalid_grant") -> None:
    assert (answer.status, answer.json["error"]) == (400, code)
    assert set(answer.json) <= {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("after", [0, 30, 59, 61, 3600])
def test_oa_030_a_replay_is_refused_and_ends_what_the_first_got(world: World, after: int) -> None:
    client = world.client("dcc")
    code = client.code_for(settled(world))
    tokens = client.redeem(code).json
    assert client.introspect(tokens["access_token"]).json["active"]
    world.clock.pass_by(after)
    refused(client.redeem(code))
    for name in ("access_token", "refresh_token"):
        assert client.introspect(tokens[name]).json == {"active": False}
    assert client.userinfo(tokens["access_token"]).status == 401
    refused(client.refresh(tokens["refresh_token"]))
    assert len(world.events("code.replayed")) == 1


def test_oa_030_a_replay_also_ends_what_was_refreshed_meanwhile(sqlite_world: World) -> None:
    client = sqlite_world.client("dcc")
    code = client.code_for(settled(sqlite_world))
    newer = client.refresh(client.redeem(code).json["refresh_token"]).json
    refused(client.redeem(code))
    assert client.userinfo(newer["access_token"]).status == 401
    refused(client.refresh(newer["refresh_token"]))


def test_oa_030_a_replay_leaves_other_logins_alone(sqlite_world: World) -> None:
    client = sqlite_world.client("dcc")
    browser = settled(sqlite_world)
    code = client.code_for(browser)
    client.redeem(code)
    other = client.tokens(browser)
    refused(client.redeem(code))
    assert client.userinfo(other["access_token"]).status == 200


def test_oa_031_parallel_redemption_in_one_process(world: World) -> None:
    client = world.client("dcc")
    code = client.code_for(settled(world))
    answers = at_once(50, lambda _: client.redeem(code))
    winners = [answer for answer in answers if answer.status == 200]
    assert len(winners) == 1
    for answer in answers:
        if answer is not winners[0]:
            refused(answer)
    # RFC 6749 §4.1.2: the others were replays, so the winner's tokens end as well.
    assert client.introspect(winners[0].json["access_token"]).json == {"active": False}


def test_oa_031_parallel_redemption_by_two_servers(
    world: World, database_url: str, servers: list[ServerProcess]
) -> None:
    client = world.client("dcc")
    code = client.code_for(settled(world))
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": client.verifier,
    }
    answers = fire(servers, database_url, [("/oidc/token", form, client.basic())], 25)
    assert sorted(status for status, _ in answers) == [200] + [400] * 49
    assert {body.get("error") for status, body in answers if status == 400} == {"invalid_grant"}
    refused(client.redeem(code))


def test_oa_032_a_code_of_another_client(world: World) -> None:
    owner, thief = world.client("dcc"), world.client("plain")
    code = owner.code_for(settled(world))
    thief.verifier = owner.verifier
    refused(thief.redeem(code, redirect_uri=owner.redirect_uri))
    found = world.events("code.other_application")
    assert [(one.application, one.outcome) for one in found] == [("plain", "refused")]
    # The thief does not spoil the owner's login.
    assert owner.redeem(code).status == 200


def test_oa_032_a_client_cannot_name_another(sqlite_world: World) -> None:
    owner, thief = sqlite_world.client("dcc"), sqlite_world.client("plain")
    code = owner.code_for(settled(sqlite_world))
    body = {"grant_type": "authorization_code", "code": code, "client_id": "dcc"}
    body |= {"redirect_uri": owner.redirect_uri, "code_verifier": owner.verifier}
    answer = thief.post("/oidc/token", body)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(("after", "status"), [(59, 200), (60, 400), (61, 400), (600, 400)])
def test_oa_033_a_code_lives_a_minute(world: World, after: int, status: int) -> None:
    client = world.client("dcc")
    code = client.code_for(settled(world))
    world.clock.pass_by(after)
    answer = client.redeem(code)
    assert answer.status == status
    if status == 400:
        refused(answer)


@pytest.mark.parametrize(
    "uri", ["https://dcc.example/cb/", "https://dcc.example/CB", "https://plain.example/cb", ""]
)
def test_oa_034_another_address_than_at_the_request(shared: World, uri: str) -> None:
    client = shared.client("dcc")
    refused(client.redeem(client.code_for(settled(shared)), redirect_uri=uri))


def test_oa_034_no_address_where_the_request_named_one(shared: World) -> None:
    client = shared.client("dcc")
    body = {"grant_type": "authorization_code", "code_verifier": client.verifier}
    refused(client.post("/oidc/token", body | {"code": client.code_for(settled(shared))}))


def test_oa_034_another_of_the_registered_addresses(shared: World) -> None:
    uris = ["https://a.example/1", "https://a.example/2"]
    client = register(shared, oidc={"redirect_uris": uris})
    code = client.code_for(settled(shared))
    refused(client.redeem(code, redirect_uri=uris[1]))


def test_oa_034_a_request_without_an_address_needs_none(shared: World) -> None:
    client = register(shared)
    body = {"grant_type": "authorization_code", "code_verifier": client.verifier}
    response = client.ask(settled(shared), scope="email", redirect_uri=None)
    code = client.answered(response)["code"]
    assert client.post("/oidc/token", body | {"code": code}).status == 200
    response = client.ask(settled(shared), scope="email", redirect_uri=None)
    wrong = {"code": client.answered(response)["code"], "redirect_uri": "https://evil.example"}
    refused(client.post("/oidc/token", body | wrong))


def test_a_faulty_try_uses_the_code_up(world: World) -> None:
    client = world.client("dcc")
    code = client.code_for(settled(world))
    refused(client.redeem(code, code_verifier="v" * 43))
    refused(client.redeem(code))


@pytest.mark.parametrize(
    "code", ["", "x", "x" * 43, "x" * 129, "é", "\x00", "' OR 1=1 --", "a" * 100_000], ids=len
)
def test_a_code_that_was_never_given(world: World, code: str) -> None:
    answer = world.client("dcc").redeem(code)
    if code and len(code) < 10_000:
        refused(answer)
    else:
        assert answer.status in {400, 413}
        assert answer.json["error"] == "invalid_request"


def test_a_refresh_or_access_token_is_no_code(shared: World) -> None:
    client = shared.client("plain")
    tokens = client.tokens(settled(shared))
    for name in ("access_token", "refresh_token"):
        refused(client.redeem(tokens[name]))


def test_a_code_is_nothing_else_either(shared: World) -> None:
    client = shared.client("plain")
    code = client.code_for(settled(shared))
    assert client.userinfo(code).status == 401
    assert client.introspect(code).json == {"active": False}
    refused(client.refresh(code))


def test_codes_have_256_bits_and_are_kept_only_as_a_hash(sqlite_world: World) -> None:
    client = sqlite_world.client("plain")
    codes = {client.code_for(settled(sqlite_world)) for _ in range(20)}
    assert len(codes) == 20
    assert {len(code) for code in codes} == {43}
    with sqlite_world.core.database.read() as tx:
        dump = "\n".join(map(repr, tx.exec_driver_sql("SELECT * FROM grants").all()))
    assert not any(code in dump for code in codes)
