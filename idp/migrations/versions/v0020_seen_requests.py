# SPDX-License-Identifier: Apache-2.0
"""The last requests of each application, for whoever connects it."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "seen_requests",
        sa.Column("application", sa.String(128), primary_key=True),
        sa.Column("mark", sa.String(32), primary_key=True),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("seen_requests")
