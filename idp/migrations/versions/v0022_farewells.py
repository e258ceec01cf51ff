# SPDX-License-Identifier: Apache-2.0
"""Logouts that a browser carries from application to application."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "farewells",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("onward", sa.Text(), nullable=False),
        sa.Column("shown_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farewells")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_farewells_expires_at", "farewells", ["expires_at"], unique=False)
    op.create_table(
        "farewell_calls",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("farewell_id", sa.String(length=43), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("session_id", sa.String(length=43), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("is_led", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["farewell_id"], ["farewells.id"], name=op.f("fk_farewell_calls_farewell_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farewell_calls")),
        sa.UniqueConstraint("asked", name=op.f("uq_farewell_calls_asked")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_farewell_calls_farewell_id", "farewell_calls", ["farewell_id"], unique=False
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("farewell_calls")
    op.drop_table("farewells")
