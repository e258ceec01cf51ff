# SPDX-License-Identifier: Apache-2.0
"""What programs have asked once, and webhooks."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""


def downgrade() -> None:
    """Take it down again."""
