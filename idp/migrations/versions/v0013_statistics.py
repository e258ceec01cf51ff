# SPDX-License-Identifier: Apache-2.0
"""Figures for the console, versions of applications, indexes by which the audit is searched."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    "figures_by_hour",
    "figures_by_day",
    "countings",
    "audit_verifications",
    "application_versions",
)
MESSAGES = {
    "ix_messages_created_at": ["created_at", "id"],
    "ix_messages_state_created_at": ["state", "created_at", "id"],
}
INDEXES = {
    "ix_audit_events_kind_at": ["kind", "at"],
    "ix_audit_events_address_at": ["address", "at"],
}


def upgrade() -> None:
    """Bring the schema up."""
    create_figures_by_hour()
    create_figures_by_day()
    create_countings()
    create_audit_verifications()
    create_application_versions()
    # Not in a batch: that would copy the table, and append-only triggers stand on it.
    for name, columns in INDEXES.items():
        op.create_index(name, "audit_events", columns, unique=False)
    for name, columns in MESSAGES.items():
        op.create_index(name, "messages", columns, unique=False)
    # Whatever is changed from now on can be put back to what stands today.
    op.execute(
        "INSERT INTO application_versions "
        "SELECT key, version, updated_at, '', registration FROM applications"
    )


def downgrade() -> None:
    """Take it down again."""
    for name in MESSAGES:
        op.drop_index(name, "messages")
    for name in INDEXES:
        op.drop_index(name, "audit_events")
    for name in reversed(TABLES):
        op.drop_table(name)


def create_figures_by_hour() -> None:
    """Table figures_by_hour."""
    op.create_table(
        "figures_by_hour",
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "hour", "outcome", name=op.f("pk_figures_by_hour")),
        sqlite_with_rowid=False,
    )


def create_figures_by_day() -> None:
    """Table figures_by_day."""
    op.create_table(
        "figures_by_day",
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("means", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day",
            "kind",
            "application",
            "means",
            "outcome",
            "level",
            name=op.f("pk_figures_by_day"),
        ),
        sqlite_with_rowid=False,
    )


def create_countings() -> None:
    """Table countings."""
    op.create_table(
        "countings",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_countings")),
        sqlite_with_rowid=False,
    )


def create_audit_verifications() -> None:
    """Table audit_verifications."""
    op.create_table(
        "audit_verifications",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("asked_by", sa.String(length=160), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("unsealed", sa.BigInteger(), nullable=False),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.Column("more", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_verifications")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("audit_verifications", schema=None) as batch_op:
        batch_op.create_index("ix_audit_verifications_asked_at", ["asked_at"], unique=False)


def create_application_versions() -> None:
    """Table application_versions."""
    op.create_table(
        "application_versions",
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=160), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application"], ["applications.key"], name=op.f("fk_application_versions_application")
        ),
        sa.PrimaryKeyConstraint("application", "version", name=op.f("pk_application_versions")),
        sqlite_with_rowid=False,
    )
