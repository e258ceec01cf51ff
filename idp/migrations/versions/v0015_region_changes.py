# SPDX-License-Identifier: Apache-2.0
"""What administrators change of the region, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    create_region_changes()


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("region_changes")


def create_region_changes() -> None:
    """Table region_changes."""
    op.create_table(
        "region_changes",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_changes")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("region_changes", schema=None) as batch_op:
        batch_op.create_index("ix_region_changes_subject", ["subject", "at"], unique=False)
