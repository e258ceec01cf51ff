# SPDX-License-Identifier: Apache-2.0
"""Consents collected, letters, imports."""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""


def downgrade() -> None:
    """Take it down again."""
