# SPDX-License-Identifier: Apache-2.0
"""Figures of each establishment."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    create_figures_by_house()
    # All figures are counted again, from what the audit holds: those of the establishments are
    # told from the first day on.
    op.execute("DELETE FROM figures_by_hour")
    op.execute("DELETE FROM figures_by_day")
    op.execute("UPDATE countings SET seq = 0 WHERE name = 'audit'")


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("figures_by_house")


def create_figures_by_house() -> None:
    """Table figures_by_house."""
    op.create_table(
        "figures_by_house",
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("means", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "establishment", "day", "kind", "means", name=op.f("pk_figures_by_house")
        ),
        sqlite_with_rowid=False,
    )
