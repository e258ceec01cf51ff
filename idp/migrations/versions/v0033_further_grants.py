# SPDX-License-Identifier: Apache-2.0
"""Requests of devices without a browser; tokens that one application uses for a person it serves
by another.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "device_requests",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_hash", sa.LargeBinary(), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=True),
        sa.Column("pause", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_device_requests")),
        sa.UniqueConstraint("user_hash", name=op.f("uq_device_requests_user_hash")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_device_requests_application", "device_requests", ["application", "expires_at"]
    )
    op.create_index("ix_device_requests_expires_at", "device_requests", ["expires_at"])
    op.add_column("tokens", sa.Column("actor", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it down again: what was given to act for somebody would seem to be their own."""
    op.execute("DELETE FROM tokens WHERE actor IS NOT NULL")
    op.drop_column("tokens", "actor")
    op.drop_table("device_requests")
