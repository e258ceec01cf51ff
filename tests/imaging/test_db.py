# SPDX-License-Identifier: Apache-2.0
"""The portal's database door."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from imaging_app.db import Database, NestedWrite, make_engine, table_of, take_turn
from imaging_app.people.models import EstablishmentRow
from tests.races import at_once

table = table_of(EstablishmentRow)
ALL = select(table.c.name)


def names(db: Database) -> list[str]:
    with db.read() as tx:
        return sorted(tx.execute(ALL).scalars())


def fail(db: Database) -> None:
    with db.write() as tx:
        tx.execute(insert(table), {"finess": "2", "name": "lost"})
        _ = 1 / 0


def test_what_is_written_is_there_and_what_fails_is_not(portal_db):
    with portal_db.write() as tx:
        tx.execute(insert(table), {"finess": "1", "name": "kept"})
    with pytest.raises(ZeroDivisionError):
        fail(portal_db)
    assert names(portal_db) == ["kept"]


def test_a_read_inside_a_write_sees_it(portal_db):
    with portal_db.write() as tx:
        tx.execute(insert(table), {"finess": "1", "name": "here"})
        assert names(portal_db) == ["here"]


def test_a_write_inside_a_write_is_a_fault(portal_db):
    with pytest.raises(NestedWrite), portal_db.write(), portal_db.write():
        pass
    with portal_db.write() as tx:
        tx.execute(insert(table), {"finess": "1", "name": "after"})
    assert names(portal_db) == ["after"]


def test_turns_are_taken_one_after_the_other(portal_db):
    with portal_db.write() as tx:
        tx.execute(insert(table), {"finess": "1", "name": "0"})

    def add(_one: int) -> None:
        with portal_db.write() as tx:
            take_turn(tx, "adding", "1")
            found = int(tx.execute(ALL).scalar_one())
            tx.execute(table.update().values(name=str(found + 1)))
        portal_db.forget()

    at_once(add, range(12))
    assert names(portal_db) == ["12"]


def test_the_file_is_its_owners_alone(tmp_path: Path):
    file = tmp_path / "new.sqlite3"
    database = Database(make_engine(f"sqlite:///{file}"))
    with database.read() as tx:
        tx.exec_driver_sql("SELECT 1")
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    database.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_values_of_statements_are_in_no_fault(portal_db):
    with portal_db.write() as tx:
        tx.execute(insert(table), {"finess": "1", "name": "Aubépine"})
    with pytest.raises(Exception) as caught, portal_db.write() as tx:  # noqa: PT011 - the driver's
        tx.execute(insert(table), {"finess": "1", "name": "Aubépine"})
    assert "Aubépine" not in str(caught.value)
