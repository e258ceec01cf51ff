# SPDX-License-Identifier: Apache-2.0
"""The names by which applications introduce themselves: one each."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("applications", sa.Column("known_as", sa.String(1024), nullable=True))
    op.create_index("ix_applications_known_as", "applications", ["known_as"], unique=True)


def downgrade() -> None:
    """Take it down again."""
    op.drop_index("ix_applications_known_as", table_name="applications")
    op.drop_column("applications", "known_as")
