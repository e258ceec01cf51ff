# SPDX-License-Identifier: Apache-2.0
"""The portal's schema from nothing, down and up again, and what its triggers refuse."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from imaging_app.consents.results import Results
from imaging_app.db import Base, Database
from imaging_app.exams.reports import TEXT, Written
from imaging_app.schema import (
    WrongSchema,
    check_schema,
    current_version,
    downgrade,
    newest_version,
    upgrade,
)


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def differences(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))


def test_the_migrations_make_what_the_models_say(portal_db):
    assert current_version(portal_db) == newest_version()
    assert tables(portal_db) == set(Base.metadata.tables)
    assert differences(portal_db) == []
    check_schema(portal_db)


def test_a_comparison_finds_what_is_missing(portal_db):
    with portal_db.write() as tx:
        tx.exec_driver_sql("DROP INDEX ix_files_patient")
    assert [one[0] for one in differences(portal_db)] == ["add_index"]
    upgrade(portal_db)


def test_down_and_up_again(portal_db):
    downgrade(portal_db, "base")
    assert tables(portal_db) == set()
    with pytest.raises(WrongSchema, match="empty"):
        check_schema(portal_db)
    upgrade(portal_db, "0001")
    with pytest.raises(WrongSchema, match="0001"):
        check_schema(portal_db)
    upgrade(portal_db)
    assert tables(portal_db) == set(Base.metadata.tables)
    assert differences(portal_db) == []


def test_what_was_seen_before_versions_were_kept_was_the_last_one_of_then(room, portal_db, time):
    exam = room.take().exam
    for words in (b"one", b"two", b"three"):
        with portal_db.write() as tx:
            room.reports.add(tx, exam, Written(TEXT, "", words), by="agent")
            if words == b"two":
                assert Results(time).see(tx, exam, "1", 1)
                assert Results(time).see(tx, "without", "1", 0)
        time.pass_by(5)
    downgrade(portal_db, "0005")
    upgrade(portal_db)
    with portal_db.read() as tx:
        assert Results(time).seen_among(tx, "1", [exam, "without"]) == {exam: 2, "without": 0}


def keys_of(database: Database) -> dict[str, Any]:
    found = inspect(database.engine)
    return {
        "exams": [one["column_names"] for one in found.get_unique_constraints("exams")],
        "series": found.get_pk_constraint("series")["constrained_columns"],
        "images": found.get_pk_constraint("images")["constrained_columns"],
        "to": [
            (one["constrained_columns"], one["referred_table"], one["referred_columns"])
            for one in found.get_foreign_keys("images")
            if one["referred_table"] == "series"
        ],
    }


def everything(database: Database) -> dict[str, list[Any]]:
    with database.read() as tx:
        return {
            name: sorted(
                (row._asdict() for row in tx.execute(select(Base.metadata.tables[name])).all()),
                key=str,
            )
            for name in ("exams", "series", "images", "reports")
        }


def test_what_was_one_studys_alone_may_be_several_establishments(room, portal_db):
    exam = room.take().exam
    room.take(SOPInstanceUID="1.2.3.9")
    with portal_db.write() as tx:
        room.reports.add(tx, exam, Written(TEXT, "", b"words"), by="agent")
    before, keys = everything(portal_db), keys_of(portal_db)
    assert keys == {
        "exams": [["uid", "establishment"]],
        "series": ["uid", "establishment"],
        "images": ["uid", "establishment"],
        "to": [(["series", "establishment"], "series", ["uid", "establishment"])],
    }
    downgrade(portal_db, "0006")
    assert keys_of(portal_db) == {
        "exams": [["uid"]], "series": ["uid"], "images": ["uid"],
        "to": [(["series"], "series", ["uid"])],
    }  # fmt: skip
    upgrade(portal_db)
    assert everything(portal_db) == before
    assert keys_of(portal_db) == keys
    assert differences(portal_db) == []
    assert room.take(establishment="0B0062154").exam not in {"", exam}
    before = everything(portal_db)
    with pytest.raises(Exception, match="several establishments"):
        downgrade(portal_db, "0006")
    assert everything(portal_db) == before


def test_a_row_without_its_exam_is_still_refused(room, portal_db):
    room.take()
    downgrade(portal_db, "0006")
    upgrade(portal_db)
    for name in ("exams", "series"):
        with pytest.raises(IntegrityError), portal_db.write() as tx:
            tx.exec_driver_sql(f"DELETE FROM {name}")
