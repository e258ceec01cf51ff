# SPDX-License-Identifier: Apache-2.0
"""Requests on people's phones that applications wait for, and no journey."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None
INDEX = "ix_phone_requests_approval"
OF_APPLICATION = "ix_approvals_application"


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("phone_requests", sa.Column("approval", sa.String(length=22), nullable=True))
    op.create_index(INDEX, "phone_requests", ["approval"], unique=False)
    op.create_index(OF_APPLICATION, "approvals", ["application", "expires_at"], unique=False)


def downgrade() -> None:
    """Take it down again."""
    # What they wait for is told in nothing else.
    op.execute("DELETE FROM phone_requests WHERE approval IS NOT NULL")
    op.drop_index(OF_APPLICATION, table_name="approvals")
    op.drop_index(INDEX, table_name="phone_requests")
    op.drop_column("phone_requests", "approval")
