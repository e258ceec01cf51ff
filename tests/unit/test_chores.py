# SPDX-License-Identifier: Apache-2.0
"""What is over is forgotten, and nothing sooner."""

from sqlalchemy import text

from idp.chores import Chores
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
