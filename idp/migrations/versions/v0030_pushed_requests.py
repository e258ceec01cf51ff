# SPDX-License-Identifier: Apache-2.0
"""Requests that applications set aside before they send a browser."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "pushed_requests",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("keep_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_pushed_requests")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_pushed_requests_application",
        "pushed_requests",
        ["application", "expires_at"],
        unique=False,
    )
    op.create_index("ix_pushed_requests_keep_until", "pushed_requests", ["keep_until"])


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("pushed_requests")
