# SPDX-License-Identifier: Apache-2.0
"""Requests as the database keeps them."""

from dataclasses import replace

import pytest
from sqlalchemy import text, update

from idp.crypto import CryptoError
from idp.registration.store import events, table
from idp.registration.values import Stage
from tests.administration.kit import CHU
from tests.administration.requests_kit import CARD, ask
from tests.databases import at_once
from tests.world import World


def test_a_request_comes_back_as_it_was(world: World) -> None:
    core = world.core
    made = ask(core, card=CARD, communities=("onco", "perinat"), answer="Une copie, svp.")
    with core.database.read() as tx:
        assert core.requests.load(tx, made.id) == made
        assert core.requests.load(tx, "nobody") is None
        assert [one.what for one in core.requests.history(tx, made.id)] == ["sent", "confirmed"]


def test_of_two_changes_of_one_version_one_is_kept(world: World) -> None:
    core = world.core
    made = ask(core)

    def change(who: str) -> bool:
        with core.database.write() as tx:
            kept = core.requests.change(tx, replace(made, assigned_to=who))
            if kept is not None:
                core.requests.note(tx, made.id, "assigned", who, who)
        return kept is not None

    kept = at_once(core.database, change, ["a", "b", "c", "d"])
    assert kept.count(True) == 1
    with core.database.read() as tx:
        found = core.requests.load(tx, made.id)
        lines = core.requests.history(tx, made.id)
    assert found is not None
    assert found.version == 2
    assert [one.note for one in lines[2:]] == [found.assigned_to]


def test_wb_050_what_somebody_said_is_not_readable_in_the_database(sqlite_world: World) -> None:
    core = sqlite_world.core
    made = ask(core, card=CARD, answer="Votre diplôme manque.", street="99 rue Secrète")
    with core.database.write() as tx:
        core.requests.hold(tx, made.id)
        core.requests.note(tx, made.id, "noted", "somebody", "Diplôme douteux")
    with core.database.read() as tx:
        rows = tx.execute(text("SELECT * FROM registration_requests")).all()
        lines = tx.execute(text("SELECT * FROM registration_events")).all()
    dump = repr(rows) + repr(lines)
    assert CHU in dump
    for word in ("Secrète", "diplôme", "Diplôme"):
        assert word not in dump


def test_wb_052_content_moved_to_another_row_does_not_open(sqlite_world: World) -> None:
    core = sqlite_world.core
    one, other = ask(core), ask(core, last_name="Autre")
    with core.database.write() as tx:
        row = tx.execute(table.select().where(table.c.id == other.id)).first()
        assert row is not None
        tx.execute(update(table).where(table.c.id == one.id).values(content=row.content))
    with core.database.read() as tx, pytest.raises(CryptoError):
        core.requests.load(tx, one.id)


def test_a_draft_is_not_sought(sqlite_world: World) -> None:
    core = sqlite_world.core
    made = ask(core, stage=Stage.DRAFT, card=CARD)
    with core.database.write() as tx:
        row = tx.execute(table.select()).first()
        assert row is not None
        assert (row.last_name, row.email, row.birth_date, row.card_serial) == ("", "", "", "")
        sent = core.requests.change(tx, replace(made, stage=Stage.UNCONFIRMED))
        assert sent is not None
        row = tx.execute(table.select()).first()
    assert row is not None
    assert (row.last_name, row.first_name, row.card_serial) == ("lefevre", "elodie", CARD.serial)


def test_everything_is_sealed_again_by_a_new_key(sqlite_world: World) -> None:
    core = sqlite_world.core
    made = ask(core, answer="Bonjour")
    with core.database.write() as tx:
        core.requests.note(tx, made.id, "noted", "", "une note")
        assert core.requests.reseal(tx) == 0
        tx.execute(update(events).where(events.c.note == "").values(what="sent"))
    newer = type(core.ring)({"test": bytes(range(32)), "newer": bytes(range(1, 33))}, "newer")
    moved = type(core.requests)(core.clock, newer)
    with core.database.write() as tx:
        assert moved.reseal(tx) == 2
        assert moved.reseal(tx) == 0
        assert moved.load(tx, made.id) == made
        assert [one.note for one in moved.history(tx, made.id)][-1] == "une note"
