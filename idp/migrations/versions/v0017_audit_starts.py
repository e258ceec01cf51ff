# SPDX-License-Identifier: Apache-2.0
"""Where the audit begins after old events were removed; what is old may be removed."""

import sqlalchemy as sa
from alembic import op

from idp.audit.append_only import append_only_ddl, drop_append_only_ddl
from idp.migrations.versions.v0001_people_and_keys import allow_changes, refuse_changes

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    create_audit_starts()
    allow_changes()
    for statement in append_only_ddl(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Take it down again: without its start, a chain whose old events went would not prove."""
    removed = op.get_bind().scalar(sa.text("SELECT count(*) FROM audit_starts"))
    if removed:
        raise RuntimeError("old events were removed: the schema before this can't prove the audit")
    for statement in drop_append_only_ddl(op.get_bind().dialect.name):
        op.execute(statement)
    refuse_changes()
    op.drop_table("audit_starts")


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
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_starts")),
    )
