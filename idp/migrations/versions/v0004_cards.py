# SPDX-License-Identifier: Apache-2.0
"""Cards in a reader: their certificates, handed over by TLS; their presence; former identifiers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("card_handovers", "card_presences", "former_national_ids")
COLUMNS = (
    ("last_used_at", sa.BigInteger(), None),
    ("family", sa.String(length=32), sa.text("''")),
    ("authority", sa.String(length=64), sa.text("''")),
    ("certificate_serial", sa.String(length=64), sa.text("''")),
)


def upgrade() -> None:
    """Bring the schema up."""
    create_card_handovers()
    create_card_presences()
    create_former_national_ids()
    for name, kind, default in COLUMNS:
        column = sa.Column(name, kind, server_default=default, nullable=default is None)
        op.add_column("cards", column)
    op.create_index(op.f("ix_cards_authority"), "cards", ["authority"])


def downgrade() -> None:
    """Take it down again."""
    op.drop_index(op.f("ix_cards_authority"), "cards")
    for name, _kind, _default in reversed(COLUMNS):
        op.drop_column("cards", name)
    for name in reversed(TABLES):
        op.drop_table(name)


def create_card_handovers() -> None:
    """Table card_handovers."""
    op.create_table(
        "card_handovers",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("journey", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("return_hash", sa.LargeBinary(), nullable=True),
        sa.Column("return_until", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_card_handovers")),
        sa.UniqueConstraint("return_hash", name=op.f("uq_card_handovers_return_hash")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("card_handovers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_card_handovers_expires_at"), ["expires_at"], unique=False
        )


def create_card_presences() -> None:
    """Table card_presences."""
    op.create_table(
        "card_presences",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("session_id", sa.String(length=43), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_why", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_card_presences_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_presences")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("card_presences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_presences_session_id"), ["session_id"])
        batch_op.create_index(batch_op.f("ix_card_presences_heard_at"), ["heard_at"])


def create_former_national_ids() -> None:
    """Table former_national_ids."""
    op.create_table(
        "former_national_ids",
        sa.Column("national_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_former_national_ids_account_id")
        ),
        sa.PrimaryKeyConstraint("national_id", name=op.f("pk_former_national_ids")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("former_national_ids", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_national_ids_account_id"), ["account_id"])
