# SPDX-License-Identifier: Apache-2.0
"""Signals to applications, and what back-channel logout came to, by application."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "signal_streams",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("description", sa.String(length=256), nullable=False),
        sa.Column("requested", sa.Text(), nullable=True),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_by", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.String(length=256), nullable=False),
        sa.Column("fault_at", sa.BigInteger(), nullable=True),
        sa.Column("verified_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application"], ["applications.key"], name=op.f("fk_signal_streams_application")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_streams")),
        sa.UniqueConstraint("application", name=op.f("uq_signal_streams_application")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "signal_events",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("stream", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=True),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_events")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_signal_events_waiting", "signal_events", ["stream", "created_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_signal_events_created_at"), "signal_events", ["created_at"], unique=False
    )
    op.create_index(
        "ix_messages_told",
        "messages",
        ["shown", "created_at"],
        unique=False,
        sqlite_where=sa.text("channel = 'logout'"),
        postgresql_where=sa.text("channel = 'logout'"),
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_index("ix_messages_told", "messages")
    op.drop_table("signal_events")
    op.drop_table("signal_streams")
