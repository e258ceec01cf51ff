# SPDX-License-Identifier: Apache-2.0
"""Triggers that refuse to change or remove what the audit holds.

They stop mistakes and a stolen application account, not an owner of the database, who can drop
them: that is what the chain is for.

Retention, when it comes, must go this way, in one transaction of the database's owner:
`drop_append_only_ddl`, delete the events and seals of the oldest batches only, whole batches and
without a gap, record an event that tells up to which batch, `append_only_ddl` again. The rows of
`audit_batches` stay: the head of the last batch removed is where verification then begins.
"""

TABLES = ("audit_events", "audit_seals", "audit_batches")
_VERBS = ("UPDATE", "DELETE")
_FUNCTION = "audit_append_only"


def append_only_ddl(dialect: str) -> tuple[str, ...]:
    """Statements that make the audit tables append-only, for the migration to execute."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            for table in TABLES
            for verb in _VERBS
        )
    return (
        (
            f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
        ),
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
            for table in TABLES
        ),
    )


def drop_append_only_ddl(dialect: str) -> tuple[str, ...]:
    """Statements that undo `append_only_ddl`."""
    if dialect == "sqlite":
        return tuple(
            f"DROP TRIGGER IF EXISTS {table}_no_{verb.lower()}"
            for table in TABLES
            for verb in _VERBS
        )
    return (
        *(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}" for table in TABLES),
        f"DROP FUNCTION IF EXISTS {_FUNCTION}()",
    )
