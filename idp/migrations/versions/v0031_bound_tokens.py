# SPDX-License-Identifier: Apache-2.0
"""Tokens that are of use to nobody but the holder of a key or of a certificate."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("tokens", sa.Column("bound_to", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take it down again: what was bound would be good in anybody's hands."""
    op.execute("DELETE FROM tokens WHERE bound_to IS NOT NULL")
    op.drop_column("tokens", "bound_to")
