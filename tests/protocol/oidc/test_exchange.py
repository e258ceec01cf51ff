# SPDX-License-Identifier: Apache-2.0
"""Token exchange (RFC 8693): never more than was shown, and over with what it stands on."""

import json
from collections.abc import Callable

import pytest

from idp.accounts.values import State
from tests.protocol.kit import ELSEWHERE, register, send, session_of, settled, with_policy
from tests.protocol.oidc.exchanging import (
    ACCESS,
    GRANT,
    JWT,
    READ,
    WRITE,
    Scene,
    error,
    serving,
    set_scene,
)
from tests.protocol.oidc.proofs import proof
from tests.protocol.oidc.signing import new_key
from tests.protocol.oidc.strict import segment, verify
from tests.world import World


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_a_service_goes_on_in_the_persons_name(world: World, kind: str) -> None:
    scene = set_scene(world, kind)
    answer = scene.exchange()
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.json
    assert set(given) == {
        *("access_token", "token_type", "expires_in", "scope", "issued_token_type")
    }
    assert given["issued_token_type"] == ACCESS
    assert given["scope"] == READ
    told = scene.store.introspect(given["access_token"]).json
    assert told["client_id"] == "service"
    assert told["aud"] == ["store"]
    assert told["act"] == {"sub": "service", "client_id": "service"}
    subject = world.provider.edge.subjects.of("service", world.cast["medecin"].id)
    by_front = scene.front.introspect(scene.shown).json
    assert told["exp"] <= by_front["exp"]
    assert told["auth_time"] == by_front["auth_time"]
    assert "act" not in by_front
    if kind == "jwt":
        claims = verify(world, given["access_token"], "at+jwt").claims
        assert claims["act"] == told["act"]
        assert claims["sub"] == told["sub"]
        assert claims["aud"] == ["store"]
        assert claims["exp"] == told["exp"]
    assert subject
    (event,) = world.events("token.exchanged")
    assert json.loads(event.detail) == {"from": "front", "audience": "store", "acts": "yes"}
    # And nobody else is told of it.
    assert not scene.front.introspect(given["access_token"]).json["active"]


def test_a_jwt_is_given_to_whoever_is_registered_for_it(world: World) -> None:
    scene = set_scene(world, "jwt")
    assert scene.exchange(requested_token_type=JWT).json["issued_token_type"] == JWT
    for kind in ("id_token", "refresh_token", "saml2"):
        wanted = f"urn:ietf:params:oauth:token-type:{kind}"
        assert error(scene.exchange(requested_token_type=wanted)) == "invalid_request"


def test_an_opaque_one_is_no_jwt(world: World) -> None:
    assert error(set_scene(world).exchange(requested_token_type=JWT)) == "invalid_request"


def test_its_life_is_never_longer_than_what_it_was_made_from(world: World) -> None:
    scene = set_scene(world)
    world.clock.pass_by(590)
    answer = scene.exchange()
    assert answer.json["expires_in"] == 10
    world.clock.pass_by(10)
    assert not scene.lives(answer.json["access_token"])
    assert error(scene.exchange()) == "invalid_request"


def test_oa_042_never_a_wider_scope(world: World) -> None:
    scene = set_scene(world)
    # Neither what the token lacks, nor what the client lacks, nor userinfo.
    for scope in (WRITE, "other", "openid", f"{READ} {WRITE}", "sceau.accounts.read"):
        assert error(scene.exchange(scope=scope)) == "invalid_scope"
    assert scene.exchange(scope=READ).json["scope"] == READ
    token = scene.token()
    assert scene.service.userinfo(token).status == 403


def test_oa_042_what_administers_is_lent_to_nobody(world: World) -> None:
    scopes = ["openid", "sceau.accounts.read"]
    front = register(world, key="front", oidc={"audiences": ["service"], "scopes": scopes})
    service = serving(world, "service", "store", oidc={"scopes": scopes})
    with world.core.database.write() as tx:
        account = world.cast["medecin"].id
        world.core.consents.give(tx, account, "front", tuple(scopes), ELSEWHERE)
    tokens = front.tokens(settled(world), scope=" ".join(scopes))
    form = {
        "grant_type": GRANT,
        "subject_token": tokens["access_token"],
        "subject_token_type": ACCESS,
    }
    assert error(service.post("/oidc/token", form)) == "invalid_scope"


def test_oa_043_only_audiences_that_are_registered(world: World) -> None:
    scene = set_scene(world)
    for name in ("audience", "resource"):
        assert error(scene.exchange(**{name: "front"})) == "invalid_target"
        assert scene.exchange(**{name: "store"}).status == 200
    pairs = [
        ("grant_type", GRANT),
        ("subject_token", scene.shown),
        ("subject_token_type", ACCESS),
        ("audience", "store"),
        ("audience", "elsewhere"),
    ]
    response = send(world, "POST", "/oidc/token", form=pairs, headers=scene.service.basic())
    assert response.get_json()["error"] == "invalid_target"


def test_oa_131_a_closed_target(world: World) -> None:
    scene = set_scene(world)
    with world.core.database.write() as tx:
        world.core.applications.set_enabled(tx, "store", enabled=False)
    assert error(scene.exchange()) == "invalid_target"


def test_oa_131_a_token_of_another_audience(world: World) -> None:
    scene = set_scene(world)
    stranger = serving(world, "stranger", "store")
    assert error(scene.exchange(by=stranger)) == "invalid_request"
    # Nor what the store was shown by the service, for the service once more.
    further = scene.token()
    assert scene.exchange(subject_token=further).status == 200
    assert error(scene.exchange(by=stranger, subject_token=further)) == "invalid_request"


@pytest.mark.parametrize(
    "change",
    [
        {"subject_token": ""},
        {"subject_token": "x"},
        {"subject_token": "x" * 100_000},
        {"subject_token_type": ""},
        {"subject_token_type": JWT},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"actor_token": "x"},
        {"actor_token_type": ACCESS},
        {"actor_token": "x", "actor_token_type": ACCESS},
        {"actor_token": "x", "actor_token_type": JWT},
    ],
)
def test_oa_131_what_is_malformed(shared: World, change: dict[str, str]) -> None:
    client = serving(shared, f"service-{abs(hash(str(change)))}", "store")
    form = {"grant_type": GRANT, "subject_token": "y" * 43, "subject_token_type": ACCESS}
    response = client.post("/oidc/token", form | change)
    assert response.status in {400, 413}
    if response.status == 400:
        assert response.json["error"] == "invalid_request"


def test_oa_079_other_tokens_of_ours(world: World) -> None:
    scene = set_scene(world)
    tokens = scene.front.tokens(scene.browser, scope=f"openid {READ}")
    for wrong in (tokens["refresh_token"], tokens["id_token"], tokens["access_token"][:-1]):
        assert error(scene.exchange(subject_token=wrong)) == "invalid_request"
    # An application's own token speaks of nobody whose place could be taken.
    own = scene.service.post("/oidc/token", {"grant_type": "client_credentials", "scope": READ})
    assert error(scene.exchange(subject_token=own.json["access_token"])) == "invalid_request"


def test_oa_131_the_chain_of_those_who_act(world: World) -> None:
    scene = set_scene(world)
    token = scene.shown
    for number in range(1, 5):
        token = scene.token(subject_token=token)
        act = scene.store.introspect(token).json["act"]
        found = 0
        while act:
            assert act["sub"] == "service"
            found, act = found + 1, act.get("act")
        assert found == number
    assert error(scene.exchange(subject_token=token)) == "invalid_request"


def test_oa_131_an_actor_of_its_own_and_no_other(world: World) -> None:
    scene = set_scene(world, oidc={"audiences": ["other"]})
    own = scene.service.post("/oidc/token", {"grant_type": "client_credentials", "scope": READ})
    actor = {"actor_token": own.json["access_token"], "actor_token_type": ACCESS}
    told = scene.store.introspect(scene.token(**actor)).json
    assert told["act"] == {"sub": "service", "client_id": "service"}
    # Escalation: what somebody else holds makes nobody an actor.
    for wrong in (scene.shown, "x" * 43):
        actor["actor_token"] = wrong
        assert error(scene.exchange(**actor)) == "invalid_request"


def test_in_the_persons_place_where_it_is_registered_so(world: World) -> None:
    scene = set_scene(world, oidc={"exchange_impersonates": True})
    told = scene.store.introspect(scene.token()).json
    assert "act" not in told
    assert told["active"]
    (event,) = world.events("token.exchanged")
    assert json.loads(event.detail)["acts"] == "no"


def test_oa_041_for_applications_that_are_registered_for_it(world: World) -> None:
    scene = set_scene(world)
    answer = scene.exchange(by=scene.store)
    assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize("held", [True, False])
def test_oa_116_a_bound_token_of_ones_own_needs_its_key(world: World, held: bool) -> None:
    """Whoever it was issued to must still hold it."""
    key, other = new_key("ES256"), new_key("ES256")
    oidc = {
        "grant_types": ["authorization_code", GRANT],
        "exchange_audiences": ["store"],
        "scopes": [READ],
    }
    front = register(world, key="holder", oidc=oidc)
    code = front.code_for(settled(world), scope=READ)
    shown = front.post(
        "/oidc/token",
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": front.redirect_uri,
            "code_verifier": front.verifier,
        },
        DPoP=proof(world, key),
    ).json["access_token"]
    form = {"grant_type": GRANT, "subject_token": shown, "subject_token_type": ACCESS}
    assert error(front.post("/oidc/token", form)) == "invalid_request"
    answer = front.post("/oidc/token", form, DPoP=proof(world, key if held else other))
    assert answer.status == (200 if held else 400)
    if held:
        assert answer.json["token_type"] == "DPoP"


def test_oa_116_who_is_meant_by_a_bound_token_exchanges_it(world: World) -> None:
    scene, key = set_scene(world), new_key("ES256")
    code = scene.front.code_for(scene.browser, scope=READ)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": scene.front.redirect_uri,
        "code_verifier": scene.front.verifier,
    }
    shown = scene.front.post("/oidc/token", form, DPoP=proof(world, key)).json["access_token"]
    answer = scene.exchange(subject_token=shown)
    assert (answer.status, answer.json["token_type"]) == (200, "Bearer")


# OA-047, OA-131: what happens after the exchange, or before it.


def locked(scene: Scene) -> None:
    with scene.world.core.database.write() as tx:
        account = scene.world.cast["medecin"].id
        scene.world.core.accounts.set_state(tx, account, State.DISABLED)


def logged_out(scene: Scene) -> None:
    session = session_of(scene.world, scene.browser)
    with scene.world.core.database.write() as tx:
        scene.world.core.sessions.end(tx, session.id, "administrator", ELSEWHERE)


def front_closed(scene: Scene) -> None:
    with scene.world.core.database.write() as tx:
        scene.world.core.applications.set_enabled(tx, "front", enabled=False)


def front_shut_to_them(scene: Scene) -> None:
    with_policy(scene.world, scene.front, scene.front.document, populations=["patient"])


def service_closed(scene: Scene) -> None:
    with scene.world.core.database.write() as tx:
        scene.world.core.applications.set_enabled(tx, "service", enabled=False)


def service_shut_to_them(scene: Scene) -> None:
    with_policy(scene.world, scene.service, scene.service.document, populations=["patient"])


def service_wants_more(scene: Scene) -> None:
    with_policy(scene.world, scene.service, scene.service.document, level=2)


def given_back(scene: Scene) -> None:
    assert scene.front.post("/oidc/revoke", {"token": scene.shown}).status == 200


HAPPENINGS = (
    *(locked, logged_out, front_closed, front_shut_to_them),
    *(service_closed, service_shut_to_them, service_wants_more, given_back),
)


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
@pytest.mark.parametrize("happens", HAPPENINGS, ids=lambda one: one.__name__)
def test_oa_047_it_ends_with_what_it_stands_on(
    world: World, happens: Callable[[Scene], None], kind: str
) -> None:
    scene = set_scene(world, kind)
    token = scene.token()
    further = scene.token(subject_token=token)
    assert scene.lives(token)
    assert scene.lives(further)
    happens(scene)
    assert not scene.lives(token)
    assert not scene.lives(further)
    for shown in (scene.shown, token, further):
        answer = scene.exchange(subject_token=shown)
        assert answer.json["error"] in {"invalid_request", "invalid_client"}
    assert not world.events("token.exchanged")[2:]


def test_oa_047_consent_where_the_service_asks_for_it(world: World) -> None:
    scene = set_scene(world, policy={"consent": True})
    assert error(scene.exchange()) == "invalid_scope"
    with world.core.database.write() as tx:
        account = world.cast["medecin"].id
        world.core.consents.give(tx, account, "service", (READ,), ELSEWHERE)
    token = scene.token()
    assert scene.lives(token)
    # OA-175: and not a moment longer.
    with world.core.database.write() as tx:
        assert world.core.consents.withdraw(tx, account, "service", ELSEWHERE)
    assert not scene.lives(token)


def test_oa_047_an_actor_who_may_not_enter_any_more(world: World) -> None:
    grants = ["authorization_code", GRANT]
    back = "https://service.example/cb"
    oidc = {"grant_types": grants, "redirect_uris": [back], "scopes": ["openid", READ]}
    scene = set_scene(world, oidc=oidc)
    own = scene.service.tokens(settled(world, "infirmiere"), scope=f"openid {READ}")
    actor = {"actor_token": own["access_token"], "actor_token_type": ACCESS}
    assert scene.exchange(**actor).status == 200
    # To which the person belongs, and whoever acts does not.
    with_policy(world, scene.service, scene.service.document, communities=["onco-centre"])
    assert scene.exchange().status == 200
    assert error(scene.exchange(**actor)) == "invalid_request"


def test_oa_047_never_above_what_was_proved_at_the_login(world: World) -> None:
    scene = set_scene(world, "jwt")
    claims = segment(scene.token(), 1)
    assert claims["acr"] == segment(scene.shown, 1)["acr"]
    assert claims["auth_time"] == segment(scene.shown, 1)["auth_time"]


def test_one_of_the_two_given_back_by_its_owner(world: World) -> None:
    scene = set_scene(world)
    token = scene.token()
    assert scene.service.post("/oidc/revoke", {"token": token}).status == 200
    assert not scene.lives(token)
    assert scene.exchange().status == 200


def test_nothing_of_what_was_agreed_in_detail_goes_along(world: World) -> None:
    scene = set_scene(world, oidc={"authorization_details_types": ["exam"]})
    assert "authorization_details" not in scene.store.introspect(scene.token()).json
