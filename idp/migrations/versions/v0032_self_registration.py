# SPDX-License-Identifier: Apache-2.0
"""Applications that register themselves: by whose leave, and by what they change it later."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "application_invitations",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=128), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=160), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_invitations")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_application_invitations_hash"), "application_invitations", ["hash"], unique=True
    )
    op.create_table(
        "application_own_tokens",
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application"],
            ["applications.key"],
            name=op.f("fk_application_own_tokens_application"),
        ),
        sa.PrimaryKeyConstraint("application", name=op.f("pk_application_own_tokens")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_application_own_tokens_hash"), "application_own_tokens", ["hash"], unique=True
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("application_own_tokens")
    op.drop_table("application_invitations")
