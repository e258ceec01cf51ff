# SPDX-License-Identifier: Apache-2.0
"""Programs of establishments that may send launches, and launches on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "launch_sources",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("issuer", sa.String(length=256), nullable=False),
        sa.Column("algorithm", sa.String(length=8), nullable=False),
        sa.Column("jwks", sa.Text(), nullable=False),
        sa.Column("jwks_uri", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("applications", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["establishment"],
            ["establishments.key"],
            name=op.f("fk_launch_sources_establishment"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_launch_sources")),
        sa.UniqueConstraint("issuer", name=op.f("uq_launch_sources_issuer")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "launches",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("journey", sa.String(length=64), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("handle_hash", sa.LargeBinary(), nullable=True),
        sa.Column("account_id", sa.String(length=43), nullable=True),
        sa.Column("session_id", sa.String(length=43), nullable=True),
        sa.Column("redeemed_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_launches")),
        sa.UniqueConstraint("handle_hash", name=op.f("uq_launches_handle_hash")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_launches_ticket_hash")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_launches_expires_at", "launches", ["expires_at"], unique=False)


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("launches")
    op.drop_table("launch_sources")
