# SPDX-License-Identifier: Apache-2.0
"""People whom applications ask for, away from their own screen."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "approvals",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=22), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=True),
        sa.Column("whom", sa.LargeBinary(), nullable=False),
        sa.Column("wished", sa.Text(), nullable=False),
        sa.Column("told", sa.String(length=128), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("keep_until", sa.BigInteger(), nullable=False),
        sa.Column("pause", sa.Integer(), nullable=False),
        sa.Column("polled_at", sa.BigInteger(), nullable=False),
        sa.Column("hurried", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(length=43), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("means", sa.Text(), nullable=True),
        sa.Column("methods", sa.Text(), nullable=True),
        sa.Column("authenticated_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_approvals")),
        sa.UniqueConstraint("name", name=op.f("uq_approvals_name")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_approvals_account", "approvals", ["account_id", "expires_at"])
    op.create_index("ix_approvals_whom", "approvals", ["whom", "expires_at"])
    op.create_index("ix_approvals_keep_until", "approvals", ["keep_until"])


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("approvals")
