# SPDX-License-Identifier: Apache-2.0
"""Where patients are written to; which notices were read, and which will not be sent any more."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = (
    ("patients", "email", sa.Text()),
    ("notices", "read_at", sa.BigInteger()),
    ("notices", "given_up_at", sa.BigInteger()),
    ("notices", "fault", sa.String(length=64)),
)


def upgrade() -> None:
    """Bring the schema up."""
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_index("ix_notices_to", "notices", ["to_kind", "to_id", "made_at"])


def downgrade() -> None:
    """Take it down again."""
    op.drop_index("ix_notices_to", table_name="notices")
    for table, name, _kind in reversed(COLUMNS):
        op.drop_column(table, name)
