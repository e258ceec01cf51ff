# SPDX-License-Identifier: Apache-2.0
"""Triggers that refuse to change what the audit holds, or to remove what is not old.

They stop mistakes and a stolen application account, not an owner of the database, who can drop
them: that is what the chain is for. Rows are removed only at or before the last start of the
chain, which `idp.audit.retention` writes and signs first; starts themselves stay for good.
"""

TABLES = ("audit_events", "audit_seals", "audit_batches", "audit_starts")
_FUNCTIONS = ("audit_append_only", "audit_not_old")
_LAST_SEQ = "coalesce((SELECT last_seq FROM audit_starts ORDER BY number DESC LIMIT 1), 0)"
_LAST_NUMBER = "coalesce((SELECT max(number) FROM audit_starts), 0)"
_OLD = f"SELECT 1 FROM audit_seals WHERE event_id = OLD.id AND seq <= {_LAST_SEQ}"  # noqa: S608
# What makes a row too young to be removed.
_YOUNG = {
    "audit_events": f"NOT EXISTS ({_OLD})",
    "audit_seals": f"OLD.seq > {_LAST_SEQ}",
    "audit_batches": f"OLD.number > {_LAST_NUMBER}",
    "audit_starts": "1 = 1",
}
_REFUSAL = "the audit is append-only"


def append_only_ddl(dialect: str) -> tuple[str, ...]:
    """Statements that make the audit tables append-only, for the migration to execute."""
    if dialect == "sqlite":
        return tuple(_sqlite_ddl())
    return tuple(_postgresql_ddl())


def _sqlite_ddl() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    found = [f"CREATE TRIGGER {one}_no_update BEFORE UPDATE ON {one} {refuse}" for one in TABLES]
    found += [
        f"CREATE TRIGGER {one}_no_delete BEFORE DELETE ON {one} WHEN {young} {refuse}"
        for one, young in _YOUNG.items()
    ]
    return found


def _postgresql_ddl() -> list[str]:
    whole, row = _FUNCTIONS
    language = "RETURNS trigger LANGUAGE plpgsql AS"
    refuse = f"RAISE EXCEPTION '{_REFUSAL}';"
    found = [f"CREATE FUNCTION {whole}() {language} $$ BEGIN {refuse} END $$"]
    for one, young in _YOUNG.items():
        # A function for each table: what it reads of OLD are the table's own columns.
        body = f"IF {young} THEN {refuse} END IF; RETURN OLD;"
        changed = f"{one}_append_only BEFORE UPDATE OR TRUNCATE ON {one} FOR EACH STATEMENT"
        removed = f"{one}_keep BEFORE DELETE ON {one} FOR EACH ROW"
        found.append(f"CREATE FUNCTION {one}_{row}() {language} $$ BEGIN {body} END $$")
        found.append(f"CREATE TRIGGER {changed} EXECUTE FUNCTION {whole}()")
        found.append(f"CREATE TRIGGER {removed} EXECUTE FUNCTION {one}_{row}()")
    return found


def drop_append_only_ddl(dialect: str) -> tuple[str, ...]:
    """Statements that undo `append_only_ddl`."""
    if dialect == "sqlite":
        return tuple(
            f"DROP TRIGGER IF EXISTS {table}_no_{verb}"
            for table in TABLES
            for verb in ("update", "delete")
        )
    whole, row = _FUNCTIONS
    return (
        *(
            f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
            for table in TABLES
            for name in ("append_only", "keep")
        ),
        *(f"DROP FUNCTION IF EXISTS {one}()" for one in (whole, *(f"{t}_{row}" for t in TABLES))),
    )
