# SPDX-License-Identifier: Apache-2.0
"""Sessions at other providers that were said to be over, for whoever is coming by them."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "ended_ties",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_ties")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ended_ties_subject", "ended_ties", ["subject"], unique=False)
    op.create_index("ix_ended_ties_name", "ended_ties", ["name"], unique=False)
    op.create_index("ix_ended_ties_heard_at", "ended_ties", ["heard_at"], unique=False)


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("ended_ties")
