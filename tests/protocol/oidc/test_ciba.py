# SPDX-License-Identifier: Apache-2.0
"""CIBA as a provider: asked here, agreed to elsewhere, taken once (CIBA Core 1.0 §7, §10, §11)."""

import base64
from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import text

from connectors.base import Level
from idp.accounts.values import State
from idp.chores import Chores
from idp.grants import approvals
from idp.oidc import absent_grant
from idp.oidc.absent import CIBA
from tests.cast import PEOPLE
from tests.outbox import waiting
from tests.protocol.kit import at_once, register, seed_session, session_of, settled
from tests.protocol.oidc.absent import (
    ASK,
    PAGE,
    Caller,
    agreed,
    caller,
    decide,
    done,
    links,
)
from tests.protocol.oidc.strict import check_at_hash, check_id_token, discovery, verify
from tests.world import World

CLAIM = "urn:openid:params:jwt:claim:auth_req_id"
EVENTS = ("approval.asked", "approval.given", "login.admitted")


def rows(world: World) -> int:
    with world.core.database.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM approvals")).scalar_one())


def test_somebody_agrees_elsewhere_and_the_application_is_let_in(world: World) -> None:
    one = caller(world)
    answer = one.ask()
    assert answer.status == 200, answer
    assert set(answer.json) == {"auth_req_id", "expires_in", "interval"}
    assert (answer.json["expires_in"], answer.json["interval"]) == (300, 5)
    handle = answer.json["auth_req_id"]
    assert one.told(handle) == "authorization_pending"
    phone = settled(world)
    (page,) = links(phone)
    phone.get(page)
    assert phone.page.select_one("#request-told").get_text() == "K-42"
    assert decide(phone, url=page) == "agreed"
    given = one.come(handle)
    assert given.status == 200, given
    assert given.json["token_type"] == "Bearer"
    found = verify(world, given.json["id_token"], "JWT")
    check_id_token(world, one.client, found, nonce=None, level=1, auth_time=None)
    check_at_hash(found, given.json["access_token"])
    assert found.claims[CLAIM] == handle
    assert "urn:openid:params:jwt:claim:rt_hash" not in found.claims
    assert one.client.userinfo(given.json["access_token"]).json["sub"] == found.claims["sub"]
    renewed = one.client.refresh(given.json["refresh_token"])
    assert renewed.status == 200
    assert verify(world, renewed.json["id_token"], "JWT").claims["sub"] == found.claims["sub"]
    assert [len(world.events(kind)) for kind in EVENTS] == [1, 1, 1]
    assert rows(world) == 0


def test_the_moment_and_the_means_are_those_of_the_approval(world: World) -> None:
    one = caller(world, policy={"means": ["password", "passkey"]})
    handle = one.asked(acr_values="urn:sceau:level:2")
    phone = settled(world)
    seed_session(world, phone, level=Level.TWO_FACTORS, means="passkey")
    at = world.clock.now()
    assert decide(phone) == "agreed"
    world.clock.pass_by(10)
    claims = verify(world, one.come(handle).json["id_token"], "JWT").claims
    assert (claims["auth_time"], claims["acr"]) == (at, "urn:sceau:level:2")
    with world.core.database.read() as tx:
        opened = world.core.sessions.opened_in(tx, session_of(world, phone).id)
    # It is told of a logout as whoever it opened here.
    assert [each.application for each in opened] == [one.client.key]


def test_a_login_on_the_way_by_the_means_of_the_person(world: World) -> None:
    one = caller(world)
    handle = one.asked()
    phone = world.browser()
    link = waiting(world, "approval-asked")[0].values["link"]
    assert phone.get(link).status_code == 200
    assert phone.log_in().status_code == 200
    assert phone.last.request.path.startswith(f"{PAGE}/")
    # Opening the link, and logging in, decides nothing.
    assert one.told(handle) == "authorization_pending"
    phone.submit("/agree")
    assert done(phone) == "agreed"
    assert one.come(handle).status == 200


def test_an_old_login_is_not_enough(world: World) -> None:
    one = caller(world)
    handle = one.asked()
    phone = settled(world, at=world.clock.now() - 3600)
    phone.get(links(phone)[0])
    phone.submit("/agree")
    assert phone.last.request.path.startswith("/login/")
    assert one.told(handle) == "authorization_pending"
    phone.log_in()
    assert done(phone) == "agreed"
    assert one.come(handle).status == 200


def test_the_level_asked_is_reached_or_nothing_is_given(world: World) -> None:
    one = caller(world)
    handle = one.asked(acr_values="urn:sceau:level:2")
    phone = settled(world)
    phone.get(links(phone)[0])
    phone.submit("/agree")
    assert phone.last.request.path.startswith("/login/")
    assert one.told(handle) == "authorization_pending"


def test_what_the_policy_wants_agreed_to_is_agreed_to(world: World) -> None:
    one = caller(world, policy={"consent": True})
    handle, phone = one.asked(), settled(world)
    phone.get(links(phone)[0])
    phone.submit("/agree")
    assert one.told(handle) == "authorization_pending"
    phone.submit("/consent", answer="refuse")
    assert phone.last.request.path == PAGE
    world.clock.pass_by(5)
    assert one.told(handle) == "authorization_pending"
    phone.get(links(phone)[0])
    phone.submit("/agree")
    phone.submit("/consent", answer="accept")
    assert done(phone) == "agreed"
    assert one.come(handle).status == 200


def test_nobody_else_sees_or_decides_it(world: World) -> None:
    one = caller(world)
    handle = one.asked()
    (page,) = links(settled(world))
    other = settled(world, "infirmiere")
    assert links(other) == []
    other.get(page)
    assert (other.last.request.path, done(other)) == (PAGE, "over")
    _action, fields = settled_form(world, page)
    for answer in ("agree", "refuse"):
        csrf = other.get("/account/profile") and other.form("/account")[1]["csrf"]
        other.post(f"{page}/{answer}", fields | {"csrf": csrf})
        assert done(other) == "over"
    assert one.told(handle) == "authorization_pending"


def settled_form(world: World, page: str) -> tuple[str, dict[str, str]]:
    own = settled(world)
    own.get(page)
    return own.form("/agree")


def test_it_is_decided_by_a_form_of_ours_alone(world: World) -> None:
    one = caller(world)
    handle, phone = one.asked(), settled(world)
    (page,) = links(phone)
    for answer in ("agree", "refuse"):
        assert phone.request("GET", f"{page}/{answer}").status_code in {404, 405}
        assert phone.request("POST", f"{page}/{answer}", data={}).status_code == 403
    assert one.told(handle) == "authorization_pending"


def test_oa_142_somebody_refuses(world: World) -> None:
    one = caller(world)
    handle, phone = one.asked(), settled(world, at=world.clock.now() - 3600)
    assert decide(phone, "refuse") == "refused"
    assert one.told(handle) == "access_denied"
    assert links(phone) == []
    assert len(world.events("approval.refused")) == 1


def test_oa_142_nobody_agrees_in_time(world: World) -> None:
    one, phone = caller(world), settled(world)
    handle = one.asked(requested_expiry="30")
    (page,) = links(phone)
    phone.get(page)
    world.clock.pass_by(30)
    assert one.told(handle) == "expired_token"
    phone.submit("/agree")
    assert done(phone) == "over"
    assert one.told(handle) == "expired_token"
    world.clock.pass_by(approvals.KEPT + approvals.GRACE)
    assert rows(world) == 1
    world.clock.pass_by(1)
    Chores(world.core).do()
    assert rows(world) == 0
    assert one.told(handle) == "invalid_grant"


def test_who_agrees_in_the_last_second_is_waited_for(world: World) -> None:
    one = caller(world)
    handle = one.asked(requested_expiry="30")
    world.clock.pass_by(29)
    agreed(one, handle)
    world.clock.pass_by(10)
    assert one.come(handle).status == 200
    late = agreed(one)
    world.clock.pass_by(approvals.LIFE + approvals.GRACE)
    assert one.told(late) == "expired_token"


def test_oa_142_it_is_taken_once(world: World) -> None:
    one = caller(world)
    handle = agreed(one)
    first = one.come(handle)
    assert first.status == 200
    assert one.told(handle) == "invalid_grant"
    # Nobody else had it: what was given stays good.
    assert one.client.userinfo(first.json["access_token"]).status == 200


def test_oa_142_rl_021_of_many_at_once_one_takes_it(world: World) -> None:
    one = caller(world)
    handle = agreed(one)
    answers = at_once(8, lambda _: one.come(handle))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 7
    assert {answer.json["error"] for answer in answers if answer.status == 400} == {"invalid_grant"}
    assert len(world.events("login.admitted")) == 1


def test_oa_142_rl_021_of_two_browsers_one_decides(world: World) -> None:
    one = caller(world)
    handle = one.asked()
    phones = [settled(world) for _ in range(4)]
    (page,) = links(phones[0])
    for phone in phones:
        phone.get(page)
    words = ("agree", "refuse", "agree", "refuse")

    def press(number: int) -> str:
        phones[number].submit(f"/{words[number]}")
        return done(phones[number])

    said = sorted(at_once(4, press))
    assert said in (["agreed", "over", "over", "over"], ["over", "over", "over", "refused"])
    assert one.told(handle) == ("200" if "agreed" in said else "access_denied")


def test_oa_140_the_handle_is_chance_alone_and_lies_nowhere(world: World) -> None:
    one = caller(world)
    handles = {one.asked(login_hint=f"nobody-{number}") for number in range(20)}
    assert len(handles) == 20
    # CIBA §7.3: 160 bits are recommended; these are 256.
    assert {len(base64.urlsafe_b64decode(one + "=")) for one in handles} == {32}
    with world.core.database.read() as tx:
        kept = str(tx.execute(text("SELECT * FROM approvals")).all())
    assert not any(handle in kept for handle in handles)


def test_oa_140_another_client_gets_nothing(world: World) -> None:
    one, other = caller(world), caller(world)
    handle = agreed(one)
    for guess in (handle, handle[:-1] + ("A" if handle[-1] != "A" else "B"), "x", "x" * 5000):
        assert other.told(guess) == "invalid_grant"
    assert one.told(handle[:-1]) == "invalid_grant"
    assert one.come(handle).status == 200


def test_oa_140_whoever_guesses_is_shut_out_for_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(absent_grant.GUESSES, free_tries=3)
    monkeypatch.setattr(absent_grant, "GUESSES", few)
    one, other = caller(world), caller(world)
    handle = agreed(one)
    assert [one.told("guess") for _ in range(5)] == ["invalid_grant"] * 3 + ["slow_down"] * 2
    assert one.told(handle) == "slow_down"
    assert other.told("guess") == "invalid_grant"
    world.clock.pass_by(60)
    assert one.come(handle).status == 200


def test_oa_141_who_asks_too_soon_waits_longer_from_then_on(world: World) -> None:
    one = caller(world)
    handle = one.asked(requested_expiry="600")
    assert one.told(handle) == "authorization_pending"
    world.clock.pass_by(1)
    # 5, and 5 more.
    assert one.told(handle) == "slow_down"
    world.clock.pass_by(5)
    assert one.told(handle) == "slow_down"
    world.clock.pass_by(15)
    assert one.told(handle) == "authorization_pending"
    world.clock.pass_by(10)
    # What was added is kept.
    assert one.told(handle) == "slow_down"
    world.clock.pass_by(20)
    assert one.told(handle) == "authorization_pending"


def test_oa_141_sustained_haste_is_no_request(world: World) -> None:
    one = caller(world)
    handle = one.asked()
    said = [one.told(handle) for _ in range(approvals.MOST_HURRIED + 3)]
    assert said[0] == "authorization_pending"
    assert set(said[1 : approvals.MOST_HURRIED]) == {"slow_down"}
    assert set(said[approvals.MOST_HURRIED :]) == {"invalid_request"}
    assert all(before <= after for before, after in pairwise(map(len, said[1:])))
    agreed(one, handle)
    assert one.come(handle).status == 200


def test_oa_143_closed_after_the_approval(world: World) -> None:
    one = caller(world)
    handle = agreed(one)
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.DISABLED)
    assert one.told(handle) == "invalid_grant"
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, world.cast["medecin"].id, State.ACTIVE)
    # It was used up by the try.
    assert one.told(handle) == "invalid_grant"
    assert world.events("login.admitted") == []


def test_oa_143_whoever_is_closed_before_is_told_nothing(world: World) -> None:
    one = caller(world)
    handle = one.asked(login_hint=PEOPLE["ancienne"].identifier)
    assert waiting(world, "approval-asked") == []
    assert one.told(handle) == "authorization_pending"


def test_the_application_is_not_its_own_any_more(world: World) -> None:
    one = caller(world)
    handle, phone = one.asked(), settled(world)
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, one.client.key, enabled=False)
    assert links(phone) == []
    assert one.told(handle) == "invalid_client"


def test_it_takes_this_grant(world: World) -> None:
    client = register(world)
    for form in ({"scope": "openid", "login_hint": "cdurand"}, {"scope": "openid"}):
        answer = client.post(ASK, form)
        assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")
    without = Caller(world, client)
    assert without.told("x") == "unauthorized_client"
    nothing = caller(world).client.post("/oidc/token", {"grant_type": CIBA})
    assert nothing.json["error"] == "invalid_request"


def test_discovery_says_so(shared: World) -> None:
    document = discovery(shared)
    assert document["backchannel_authentication_endpoint"] == shared.issuer + ASK
    assert document["backchannel_token_delivery_modes_supported"] == ["poll", "ping"]
    assert document["backchannel_user_code_parameter_supported"] is False
    name = "backchannel_authentication_request_signing_alg_values_supported"
    assert document[name] == ["ES256", "PS256", "EdDSA"]
    assert CIBA in document["grant_types_supported"]
