# SPDX-License-Identifier: Apache-2.0
"""What is over is forgotten, and nothing sooner."""

from sqlalchemy import text

from connectors.base import Level
from idp.audit.record import Event
from idp.audit.seal import Sealer
from idp.audit.verify import verify
from idp.chores import Chores
from idp.messages.alarms import Cause
from idp.migrations.versions.v0017_audit_starts import drop_append_only_ddl
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


def grow_old(world: World) -> None:
    """What happened more than three years ago, and days ago."""
    now = world.clock.at
    for days in (1100, 5, 4, 3, 2):
        world.clock.at = now - days * DAY
        with world.core.database.write() as tx:
            world.core.audit.record(tx, Event("login.proved"))
        seal(world)
    world.clock.at = now


def seal(world: World) -> None:
    sealer = Sealer(world.core.clock, world.provider.secrets.audit)
    while sealer.run_once(world.core.database):
        pass


def test_old_events_go_once_they_are_counted(world: World) -> None:
    grow_old(world)
    logins = "(SELECT sum(number) FROM figures_by_hour WHERE kind = 'login.proved')"
    before = count(world, "audit_events")
    Chores(world.core).do()
    [removed] = world.events("audit.removed")
    assert 0 < count(world, "audit_events") < before
    with world.core.database.read() as tx:
        assert tx.execute(text(f"SELECT {logins}")).scalar_one() == 5
    seal(world)
    verdict = verify(world.core.database, world.provider.secrets.audit)
    assert verdict.ok
    assert f'"number":{verdict.start.last_seq}' in removed.detail
    Chores(world.core).do()
    assert len(world.events("audit.removed")) == 1


def test_wb_024_old_events_that_do_not_prove_stay_and_raise_an_alarm(world: World) -> None:
    grow_old(world)
    with world.core.database.write() as tx:
        for statement in drop_append_only_ddl(tx.dialect.name):
            tx.exec_driver_sql(statement)
        tx.exec_driver_sql("UPDATE audit_events SET outcome = 'other' WHERE id = 2")
    for _round in range(2):
        Chores(world.core).do()
    assert not world.events("audit.removed")
    with world.core.database.read() as tx:
        assert world.core.alarms.stands(tx, Cause.AUDIT)
    assert len(world.events("alarm.raised")) == 1
