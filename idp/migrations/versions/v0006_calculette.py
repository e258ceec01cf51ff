# SPDX-License-Identifier: Apache-2.0
"""Nomad readers: their batches, their secrets, the challenges shown for them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("calculette_batches", "calculettes", "calculette_challenges")


def upgrade() -> None:
    """Bring the schema up."""
    create_calculette_batches()
    create_calculettes()
    create_calculette_challenges()


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)


def create_calculette_batches() -> None:
    """Table calculette_batches."""
    op.create_table(
        "calculette_batches",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=16), nullable=False),
        sa.Column("suite", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_calculette_batches")),
        sqlite_with_rowid=False,
    )


def create_calculettes() -> None:
    """Table calculettes."""
    op.create_table(
        "calculettes",
        sa.Column("card_serial", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("pin", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("drift", sa.Integer(), nullable=False),
        sa.Column("awaited_counter", sa.BigInteger(), nullable=True),
        sa.Column("awaited_drift", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch"], ["calculette_batches.name"], name=op.f("fk_calculettes_batch")
        ),
        sa.ForeignKeyConstraint(
            ["card_serial"], ["cards.serial"], name=op.f("fk_calculettes_card_serial")
        ),
        sa.PrimaryKeyConstraint("card_serial", name=op.f("pk_calculettes")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("calculettes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calculettes_batch"), ["batch"], unique=False)


def create_calculette_challenges() -> None:
    """Table calculette_challenges."""
    op.create_table(
        "calculette_challenges",
        sa.Column("journey", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("digits", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("journey", name=op.f("pk_calculette_challenges")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("calculette_challenges", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_calculette_challenges_expires_at"), ["expires_at"], unique=False
        )
