# SPDX-License-Identifier: Apache-2.0
"""Secrets at rest: the wrong ring, a ring half changed, and what is swapped (WB-051, WB-052)."""

import base64
from typing import Any

import pytest
from sqlalchemy import text

from idp.app import create_provider
from idp.chores import Chores
from idp.crypto import parse_key_ring
from idp.keys.installation import WrongKeyRing, reseal_installation
from idp.opening import open_core, open_database
from tests.cast import find_cast
from tests.messages.kit import Recorder, delivery_of, put, work
from tests.security.crawl import raw
from tests.world import RING, StandingClock, World, open_world, settings_for

OTHER = "other:" + base64.b64encode(bytes(range(100, 132))).decode()
SAME_NAME = "test:" + base64.b64encode(bytes(range(100, 132))).decode()


def open_with(url: str, ring: str) -> World:
    """A provider with this key ring."""
    clock = StandingClock()
    provider = create_provider(settings_for(url, SECRETS_KEYS=ring), clock)
    return World(provider, clock, find_cast(provider.services.core))


def start(url: str, ring: str) -> None:
    """The start of a provider, as far as it comes; the database is closed whatever happens."""
    settings = settings_for(url, SECRETS_KEYS=ring)
    database = open_database(settings)
    try:
        open_core(settings, database, StandingClock())
    finally:
        database.close()


def sealed_by(world: World, name: str) -> set[str]:
    """The keys of the ring that sealed what is in these columns."""
    queries = {
        "secrets": "SELECT sealed FROM installation_secrets",
        "public": "SELECT public FROM signing_keys",
        "private": "SELECT sealed_private FROM signing_keys",
    }
    with world.core.database.read() as tx:
        found = tx.execute(text(queries[name])).scalars().all()
    return {one.split(".")[1] for one in found if one}


@pytest.mark.parametrize("ring", [OTHER, SAME_NAME])
def test_wb_051_the_wrong_ring_does_not_start(database_url: str, ring: str) -> None:
    with pytest.raises(WrongKeyRing, match="does not open the installation secret") as told:
        start(database_url, ring)
    sentence = str(told.value)
    assert "Give the ring this database was" in sentence
    for secret in (ring.partition(":")[2], RING.partition(":")[2], "v1."):
        assert secret not in sentence
    # The right one starts as before: nothing was made anew meanwhile.
    world = open_world(database_url)
    world.client("plain").tokens(world.browser())
    world.provider.close()


def test_wb_051_a_rotated_ring_reads_both(database_url: str) -> None:
    first = open_world(database_url)
    tokens = first.client("plain").tokens(first.browser())
    first.provider.close()
    world = open_with(database_url, f"{OTHER}\n{RING}")
    assert world.client("plain").userinfo(tokens["access_token"]).status == 200
    world.client("plain").tokens(world.browser())
    assert sealed_by(world, "secrets") == {"test"}
    world.provider.close()


def test_wb_051_sealing_again_may_stop_anywhere(database_url: str) -> None:
    """Half done is whole: each step is kept, both keys read, and the old one leaves at the end."""
    both = parse_key_ring(f"{OTHER}\n{RING}")
    world = open_with(database_url, f"{OTHER}\n{RING}")
    core = world.core
    steps = 0
    while True:
        with core.database.write() as tx:
            done = core.signing.reseal(tx, both, limit=1)
        if not done:
            break
        steps += 1
        if steps < 4:
            # Stopped here, and started again with both keys.
            world.provider.close()
            world = open_with(database_url, f"{OTHER}\n{RING}")
            core = world.core
            world.client("plain").tokens(world.browser())
            assert sealed_by(world, "public") | sealed_by(world, "private") == {"test", "other"}
    # Both halves of the three that sign, and of the one that others encrypt to.
    assert steps == 8
    with core.database.write() as tx:
        assert reseal_installation(tx, both) == 4
    world.provider.close()
    alone = open_with(database_url, OTHER)
    for name in ("secrets", "public", "private"):
        assert sealed_by(alone, name) == {"other"}
    alone.client("plain").tokens(alone.browser())
    alone.provider.close()
    with pytest.raises(WrongKeyRing):
        start(database_url, RING)


def test_wb_051_seeds_of_apps_are_sealed_again_too(database_url: str) -> None:
    first = open_world(database_url)
    claire, nurse = (first.cast[who].id for who in ("medecin", "infirmiere"))
    with first.core.database.write() as tx:
        first.core.authenticators.put(tx, claire, "A" * 32, "one", 0)
    first.provider.close()
    world = open_with(database_url, f"{OTHER}\n{RING}")
    core = world.core
    with core.database.write() as tx:
        core.authenticators.put(tx, nurse, "B" * 32, "two", 0)
        assert core.authenticators.reseal(tx, 1) == 1
        assert core.authenticators.reseal(tx) == 0
    with core.database.write() as tx:
        assert reseal_installation(tx, core.ring) == 4
        while core.signing.reseal(tx, core.ring):
            pass
    world.provider.close()
    alone = open_with(database_url, OTHER)
    assert alone.core.authenticators.seed(claire) == "A" * 32
    assert alone.core.authenticators.seed(nurse) == "B" * 32
    alone.provider.close()


def test_wb_051_waiting_messages_are_sealed_again_too(database_url: str) -> None:
    first = open_world(database_url)
    names = [put(first), put(first, "sms", "+33612345678")]
    over = put(first)
    work(delivery_of(first, sms=Recorder()))
    first.provider.close()
    world = open_with(database_url, f"{OTHER}\n{RING}")
    with world.core.database.write() as tx:
        assert world.core.outbox.reseal(tx, 1) == 1
        assert world.core.outbox.reseal(tx) == 1
        assert world.core.outbox.reseal(tx) == 0
        assert reseal_installation(tx, world.core.ring) == 4
        while world.core.signing.reseal(tx, world.core.ring):
            pass
    world.provider.close()
    alone = open_with(database_url, OTHER)
    sender = Recorder()
    work(delivery_of(alone, email=sender))
    assert {parcel.id for parcel in sender.parcels} == {names[0], over}
    assert {parcel.recipient for parcel in sender.parcels} == {"claire@example.org"}
    alone.provider.close()


def swap(world: World, table: str, key: str, column: str, names: tuple[Any, Any]) -> None:
    """Exchange one column of two rows."""
    with world.core.database.write() as tx:
        select = text(f"SELECT {column} FROM {table} WHERE {key} = :name")
        first, second = (tx.execute(select, {"name": one}).scalar_one() for one in names)
        assert first != second
        update = text(f"UPDATE {table} SET {column} = :value WHERE {key} = :name")
        tx.execute(update, {"value": second, "name": names[0]})
        tx.execute(update, {"value": first, "name": names[1]})


def test_wb_052_secrets_swapped_between_rows_do_not_open(database_url: str) -> None:
    world = open_world(database_url)
    swap(world, "installation_secrets", "name", "sealed", ("audit", "pairwise"))
    world.provider.close()
    with pytest.raises(WrongKeyRing, match="the row was altered"):
        start(database_url, RING)


def kids(world: World) -> list[str]:
    """The key that signs here, and another one."""
    mine = "SELECT kid FROM signing_keys WHERE algorithm IN ('ES256', 'EdDSA') ORDER BY algorithm"
    with world.core.database.read() as tx:
        return list(tx.execute(text(mine)).scalars())


@pytest.mark.parametrize("column", ["sealed_private", "public"])
def test_wb_052_keys_swapped_between_rows_sign_nothing(database_url: str, column: str) -> None:
    """Fail closed: with a key that was tampered with nobody is given a token."""
    world = open_world(database_url)
    first, second = kids(world)
    swap(world, "signing_keys", "kid", column, (first, second))
    world.provider.close()
    check_no_token(database_url)


def test_wb_052_a_column_put_into_another_does_not_open(database_url: str) -> None:
    world = open_world(database_url)
    with world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE signing_keys SET public = sealed_private")
    world.provider.close()
    check_no_token(database_url)


def check_no_token(url: str) -> None:
    """A provider over this database gives nothing that such a key would have signed."""
    world = open_world(url)
    browser, client = world.browser(Accept="text/html"), world.client("plain")
    client.ask(browser)
    given = client.redeem(client.answered(browser.log_in())["code"])
    assert given.status == 503
    assert "access_token" not in given.json
    assert raw(world, "GET", "/health/ready").status_code == 503
    published = raw(world, "GET", "/oidc/jwks")
    if published.status_code == 200:
        assert "ES256" not in published.get_data(as_text=True)
    world.provider.close()


@pytest.mark.parametrize("position", [8, -1])
def test_wb_052_one_letter_changed_does_not_open(database_url: str, position: int) -> None:
    world = open_world(database_url)
    with world.core.database.write() as tx:
        sealed = tx.exec_driver_sql(
            "SELECT sealed FROM installation_secrets WHERE name = 'forms'"
        ).scalar_one()
        letter = "A" if sealed[position] != "A" else "B"
        changed = sealed[:position] + letter + (sealed[position + 1 :] if position >= 0 else "")
        tx.execute(
            text("UPDATE installation_secrets SET sealed = :changed WHERE name = 'forms'"),
            {"changed": changed},
        )
    world.provider.close()
    with pytest.raises(WrongKeyRing):
        start(database_url, RING)


def test_wb_050_the_chores_leave_no_private_half_behind(sqlite_world: World) -> None:
    """A key that signs no more needs none."""
    core = sqlite_world.core
    settings = core.settings.signing
    sqlite_world.clock.pass_by(settings.rotate_after + 1)
    Chores(core).do()
    sqlite_world.clock.pass_by(settings.publish_lead + settings.keep_after + 1)
    Chores(core).do()
    with core.database.read() as tx:
        rows = tx.execute(text("SELECT retired_at, sealed_private FROM signing_keys")).all()
    retired = [row for row in rows if row.retired_at and row.retired_at <= core.clock.now()]
    assert retired
    assert all(row.sealed_private == "" for row in retired)
