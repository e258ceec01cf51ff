# SPDX-License-Identifier: Apache-2.0
"""Where the audit begins after old events were removed; what is old may be removed.

Triggers refuse to change what the audit holds, or to remove what is not old. They stop mistakes and
a stolen application account, not an owner of the database, who can drop them: that is what the
chain is for. Rows are removed only at or before the last start of the chain, which
`idp.audit.retention` writes and signs first; starts themselves stay for good.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from idp.errors import Breakdown
from idp.migrations.versions.v0001_people_and_keys import allow_changes, refuse_changes

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("audit_events", "audit_seals", "audit_batches", "audit_starts")
REFUSAL = "the audit is append-only"
LAST = "(SELECT {0} FROM {1}audit_starts ORDER BY number DESC LIMIT 1)"
SEALED = "(SELECT seq FROM {1}audit_seals WHERE event_id = {0}.id)"
# What makes a row too young to be removed; the row and the schema are filled in.
YOUNG = {
    "audit_events": f"coalesce({SEALED} > {LAST.format('last_seq', '{1}')}, true)",
    "audit_seals": f"coalesce({{0}}.seq > {LAST.format('last_seq', '{1}')}, true)",
    "audit_batches": f"coalesce({{0}}.number > {LAST.format('number', '{1}')}, true)",
    "audit_starts": "true",
}


class OldEventsGone(Breakdown):
    """Without its start, a chain whose old events went would not prove."""


def upgrade() -> None:
    """Bring the schema up."""
    create_audit_starts()
    op.create_index("ix_audit_batches_sealed_at", "audit_batches", ["sealed_at"])
    allow_changes()
    for statement in append_only_ddl(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Take it down again."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM audit_starts")):
        raise OldEventsGone("old events were removed: the version before can't prove the audit")
    for statement in drop_append_only_ddl(op.get_bind().dialect.name):
        op.execute(statement)
    refuse_changes()
    op.drop_index("ix_audit_batches_sealed_at", "audit_batches")
    op.drop_table("audit_starts")


def append_only_ddl(dialect: str) -> tuple[str, ...]:
    """Statements that make the audit tables append-only, but for what is old."""
    return tuple(_on_sqlite() if dialect == "sqlite" else _on_postgresql())


def _on_sqlite() -> Iterator[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for one, young in YOUNG.items():
        when = young.format("OLD", "")
        yield f"CREATE TRIGGER {one}_no_update BEFORE UPDATE ON {one} {refuse}"
        yield f"CREATE TRIGGER {one}_no_delete BEFORE DELETE ON {one} WHEN {when} {refuse}"


def _on_postgresql() -> Iterator[str]:
    refuse = f"RAISE EXCEPTION '{REFUSAL}';"
    language = "RETURNS trigger LANGUAGE plpgsql AS"
    yield f"CREATE FUNCTION audit_append_only() {language} $$ BEGIN {refuse} END $$"
    for one, young in YOUNG.items():
        # By the name of the schema: a temporary table of the same name must not be asked.
        asked = young.format("$1", "%1$I.").replace("'", "''")
        body = (
            "DECLARE young boolean; BEGIN "
            f"EXECUTE format('SELECT {asked}', TG_TABLE_SCHEMA) INTO young USING OLD; "
            f"IF young THEN {refuse} END IF; RETURN OLD; END"
        )
        changed = f"{one}_append_only BEFORE UPDATE OR TRUNCATE ON {one} FOR EACH STATEMENT"
        removed = f"{one}_keep BEFORE DELETE ON {one} FOR EACH ROW"
        yield f"CREATE FUNCTION {one}_not_old() {language} $$ {body} $$"
        yield f"CREATE TRIGGER {changed} EXECUTE FUNCTION audit_append_only()"
        yield f"CREATE TRIGGER {removed} EXECUTE FUNCTION {one}_not_old()"


def drop_append_only_ddl(dialect: str) -> tuple[str, ...]:
    """Statements that undo `append_only_ddl`."""
    if dialect == "sqlite":
        names = [f"{one}_no_{verb}" for one in TABLES for verb in ("update", "delete")]
        return tuple(f"DROP TRIGGER IF EXISTS {name}" for name in names)
    triggers = [(f"{one}_{name}", one) for one in TABLES for name in ("append_only", "keep")]
    functions = ["audit_append_only", *(f"{one}_not_old" for one in TABLES)]
    return (
        *(f"DROP TRIGGER IF EXISTS {name} ON {one}" for name, one in triggers),
        *(f"DROP FUNCTION IF EXISTS {name}()" for name in functions),
    )


def create_audit_starts() -> None:
    """Table audit_starts."""
    op.create_table(
        "audit_starts",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.Column("limit_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_starts")),
    )
