# SPDX-License-Identifier: Apache-2.0
"""In which language patients are written to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    language = sa.Column("language", sa.String(length=8), nullable=False, server_default="fr")
    op.add_column("patients", language)


def downgrade() -> None:
    """Take it down again."""
    op.drop_column("patients", "language")
