# SPDX-License-Identifier: Apache-2.0
"""What a page sends somebody to another provider for, other than to log in."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "errands",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_errands")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_errands_expires_at", "errands", ["expires_at"], unique=False)


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("errands")
