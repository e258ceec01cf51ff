# SPDX-License-Identifier: Apache-2.0
"""The ID token of an application that leans on us as its local provider."""

from typing import Any

import pytest

from connectors.base import Level
from connectors.registry import KINDS
from idp.accounts.establishments import Establishment, Standing
from idp.oidc.client import check_client
from idp.sessions.values import Proof, dump_proofs
from tests.protocol.kit import (
    ELSEWHERE,
    Guest,
    parameters_of,
    register,
    seed_session,
    send,
    session_of,
    store,
)
from tests.protocol.oidc.strict import verify
from tests.world import Browser, World

CARD = ("sc", "pin", "hwk", "mfa")
DEVICE = ("hwk", "user", "mfa")
SYNCED = ("swk", "user", "mfa")
NANCY, TOURS = "540000017", "370000481"


def local(world: World, key: str = "", **oidc: Any) -> Guest:
    policy = {"means": ["cps", "passkey"], "level": 2, "profile": "local-provider"}
    oidc = {"tenant": "TID-REGION", "subject_type": "pairwise"} | oidc
    return register(world, key, policy=policy, oidc=oidc)


def proved(world: World, *proofs: Proof, who: str = "medecin") -> Browser:
    """A browser in which somebody has proved these."""
    browser = world.browser()
    seed_session(world, browser, who, proofs[0].level, proofs[0].means)
    with world.core.database.write() as tx:
        tx.exec_driver_sql(
            f"UPDATE sessions SET proofs = '{dump_proofs(proofs)}'"
            f" WHERE id = '{session_of(world, browser).id}'"
        )
    return browser


def proof(world: World, means: str, level: int, methods: tuple[str, ...], ago: int = 0) -> Proof:
    return Proof(means, Level(level), methods, world.clock.now() - ago, "earlier")


def token(world: World, client: Guest, browser: Browser, **asked: str) -> dict[str, Any]:
    return verify(world, client.tokens(browser, **asked)["id_token"], "JWT").claims


@pytest.mark.parametrize(
    ("means", "level", "methods", "told"),
    [
        ("cps", 3, CARD, ["sc", "pin", "mfa", "hwk"]),
        ("passkey", 2, DEVICE, ["user", "mfa", "hwk"]),
        ("passkey", 2, SYNCED, ["swk", "user", "mfa"]),
    ],
)
def test_who_vouches_for_whom_and_by_what(world, means, level, methods, told) -> None:
    client = local(world)
    claims = token(world, client, proved(world, proof(world, means, level, methods)))
    assert (claims["tid"], claims["amr"]) == ("TID-REGION", told)
    assert claims["acr"] == f"urn:sceau:level:{level}"
    assert claims["oid"] not in {claims["sub"], world.cast["medecin"].id}


@pytest.mark.parametrize("means", [one for one in KINDS if one not in {"cps", "passkey"}])
def test_nothing_else_opens_it(world, means) -> None:
    """As strong as could be: no code without a page, and none in silence."""
    client = local(world)
    browser = proved(world, proof(world, means, 3, CARD))
    client.ask(browser)
    links = browser.page.select("a[href*='means=']")
    assert f"means={means}" not in {str(one["href"]).partition("?")[2] for one in links}
    answer = client.ask(browser, prompt="none")
    assert parameters_of(answer)["error"] == "interaction_required"


def test_another_application_is_told_none_of_it(world) -> None:
    client = register(world, policy={"means": ["passkey"], "level": 2})
    claims = token(world, client, proved(world, proof(world, "passkey", 2, DEVICE)))
    assert not {"tid", "oid"} & set(claims)
    assert claims["amr"] == list(DEVICE)


def test_the_person_stays_the_same_whatever_the_application_s_addresses(world) -> None:
    first = local(world, redirect_uris=["https://one.example/cb"])
    other = local(world, redirect_uris=["https://two.example/cb"])
    told = [
        token(world, client, proved(world, proof(world, "passkey", 2, DEVICE)))
        for client in (first, other)
    ]
    assert told[0]["oid"] == told[1]["oid"]
    assert told[0]["sub"] != told[1]["sub"]
    somebody = proved(world, proof(world, "passkey", 2, DEVICE), who="infirmiere")
    assert token(world, first, somebody)["oid"] != told[0]["oid"]


def join(world: World, key: str, *, closed: bool = False) -> None:
    state = Standing.CLOSED if closed else Standing.ACTIVE
    with world.core.database.write() as tx:
        world.core.establishments.put(tx, Establishment(key, key, state=state), ELSEWHERE)
        world.core.establishments.join(tx, world.cast["medecin"].id, key, ELSEWHERE)
    world.clock.pass_by(60)


def leave(world: World, key: str) -> None:
    with world.core.database.write() as tx:
        world.core.establishments.leave(tx, world.cast["medecin"].id, key, ELSEWHERE)


def test_an_establishment_vouches_for_its_own_for_as_long_as_they_are(world) -> None:
    """What was paired there stays good where another establishment is added."""
    client = local(world, tenants={NANCY: "TID-CHU-NANCY", TOURS: "TID-CHU-TOURS"})

    def tenant() -> str:
        return token(world, client, proved(world, proof(world, "cps", 3, CARD)))["tid"]

    assert tenant() == "TID-REGION"
    join(world, TOURS)
    assert tenant() == "TID-CHU-TOURS"
    join(world, NANCY)
    assert tenant() == "TID-CHU-TOURS"
    leave(world, TOURS)
    assert tenant() == "TID-CHU-NANCY"
    join(world, NANCY, closed=True)
    assert tenant() == "TID-REGION"


def test_all_that_is_said_is_said_of_one_proof(world) -> None:
    """A card of this morning and a passkey of now are no card of now."""
    client = local(world)
    card, passkey = proof(world, "cps", 3, CARD, 600), proof(world, "passkey", 2, DEVICE)
    claims = token(world, client, proved(world, card, passkey))
    assert (claims["acr"], claims["amr"]) == ("urn:sceau:level:2", ["user", "mfa", "hwk"])
    assert claims["auth_time"] == passkey.at
    level = {"acr_values": "urn:sceau:level:3"}
    claims = token(world, client, proved(world, card, passkey), **level)
    assert (claims["acr"], claims["amr"]) == ("urn:sceau:level:3", ["sc", "pin", "mfa", "hwk"])
    assert claims["auth_time"] == card.at


def test_a_password_beside_it_is_not_told(world) -> None:
    client = local(world)
    first = proof(world, "password", 1, ("pwd",), 30)
    browser = proved(world, first, proof(world, "passkey", 2, DEVICE, 60))
    assert token(world, client, browser)["amr"] == ["user", "mfa", "hwk"]


def test_a_card_left_unused_is_asked_for_anew(world) -> None:
    client = local(world)
    browser = proved(world, proof(world, "cps", 3, CARD))
    world.clock.pass_by(world.core.settings.cards.idle + 60)
    client.ask(browser)
    assert client.ask(browser, prompt="none").status_code == 303


def test_a_code_is_worth_nothing_once_the_profile_came(world) -> None:
    """What was given for a password ends where the application becomes what it is."""
    client = register(world, policy={"means": ["password", "passkey"], "level": 1})
    tokens = client.tokens(proved(world, proof(world, "password", 1, ("pwd",))))
    code = client.code_for(proved(world, proof(world, "password", 1, ("pwd",))))
    policy = {"means": ["passkey"], "level": 1, "profile": "local-provider"}
    oidc = client.document["oidc"] | {"tenant": "TID-REGION"}
    store(world, client.document | {"policy": client.document["policy"] | policy, "oidc": oidc})
    assert client.redeem(code).json["error"] == "invalid_grant"
    assert client.userinfo(tokens["access_token"]).status == 401


@pytest.mark.parametrize(
    ("oidc", "where"),
    [
        ({"tenant": ""}, "oidc.tenant"),
        ({"tenant": "with space"}, "oidc.tenant"),
        ({"tenant": 3}, "oidc.tenant"),
        ({"tenants": ["TID"]}, "oidc.tenants"),
        ({"tenants": {"chu": "TID"}}, "oidc.tenants.chu"),
        ({"tenants": {NANCY: "é"}}, f"oidc.tenants.{NANCY}"),
        ({"tenants": {f"{one:09}": "T" for one in range(501)}}, "oidc.tenants"),
    ],
)
def test_a_registration_that_could_vouch_for_nobody_is_told_so(world, oidc, where) -> None:
    client = local(world)
    document = client.document | {"oidc": client.document["oidc"] | oidc}
    store(world, document)
    with world.core.database.read() as tx:
        found = check_client(world.core.applications.load(tx, client.key))
    assert {one.where for one in found} == {where}
    assert send(world, "GET", client.authorize_url()).status_code == 400
