# SPDX-License-Identifier: Apache-2.0
"""Triggers that refuse to change or remove rows.

They stop mistakes and a stolen account of the application, not an owner of the database, who can
drop them: that is what the trace's chain is for.
"""

import sqlalchemy as sa
from alembic import op

FUNCTION = "imaging_append_only"


def refuse_changes(*tables: str) -> None:
    """From now on rows of these tables are only added."""
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            key = sa.inspect(op.get_bind()).get_pk_constraint(table)["constrained_columns"]
            same = " AND ".join(f"{table}.{name} = NEW.{name}" for name in key)
            there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 (names of our own)
            # What replaces a row removes it without a word to the other triggers.
            op.execute(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN {there} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
        )


def allow_changes(*tables: str) -> None:
    """Take them away."""
    for table in tables:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("update", "delete", "replace"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        else:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")


def forget() -> None:
    """Remove what no table uses any more."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP FUNCTION {FUNCTION}()")
