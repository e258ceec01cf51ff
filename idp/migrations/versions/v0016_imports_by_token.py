# SPDX-License-Identifier: Apache-2.0
"""For what the token was given by which an import is carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column(
        "import_runs", sa.Column("token", sa.Text(), nullable=False, server_default=sa.text("''"))
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_column("import_runs", "token")
