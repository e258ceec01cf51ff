# SPDX-License-Identifier: Apache-2.0
"""Pictures of other providers, shown on their buttons."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "provider_logos",
        sa.Column("provider", sa.String(length=28), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider"], ["providers.alias"], name=op.f("fk_provider_logos_provider")
        ),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_logos")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("provider_logos")
