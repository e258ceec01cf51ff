# SPDX-License-Identifier: Apache-2.0
"""What is over is forgotten, and nothing sooner."""

from sqlalchemy import text

from connectors.base import Level
from idp.chores import Chores
from idp.origin import Origin
from idp.sessions.values import Proof
from tests.world import World

DAY = 86_400


def count(world: World, table: str) -> int:
    with world.core.database.read() as tx:
        return int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_old_sessions_grants_and_tokens_go_and_live_ones_stay(world: World) -> None:
    world.client("plain").tokens(world.browser())
    world.clock.pass_by(3 * DAY)
    alive = world.client("plain").tokens(world.browser())
    Chores(world.core).do()
    assert {name: count(world, name) for name in ("sessions", "grants", "tokens")} == {
        "sessions": 1,
        "grants": 1,
        "tokens": 2,
    }
    assert world.client("plain").refresh(alive["refresh_token"]).status == 200


def test_rl_27_a_used_refresh_token_is_remembered_while_its_family_may_live(world: World) -> None:
    client = world.client("plain")
    first = client.tokens(world.browser())["refresh_token"]
    newest = client.refresh(first).json["refresh_token"]
    world.clock.pass_by(7 * 3600)
    Chores(world.core).do()
    assert client.refresh(first).status == 400
    assert client.refresh(newest).status == 400


def test_many_old_sessions_go_whatever_was_opened_in_them(sqlite_world: World) -> None:
    core = sqlite_world.core
    origin = Origin("192.0.2.1", "", "")
    proof = Proof("password", Level.PASSWORD, ("pwd",), core.clock.now(), "journey")
    with core.database.write() as tx:
        for _number in range(1300):
            session, _secret = core.sessions.open(
                tx, sqlite_world.cast["medecin"].id, proof, origin
            )
            core.sessions.enter(tx, session.id, "plain")
    sqlite_world.clock.pass_by(3 * DAY)
    Chores(core).do()
    assert count(sqlite_world, "sessions") == 0
    assert count(sqlite_world, "session_applications") == 0
