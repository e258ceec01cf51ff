# SPDX-License-Identifier: Apache-2.0
"""Where descriptions of applications are fetched, again and again."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "application_sources",
        sa.Column("application", sa.String(128), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("signer", sa.String(64), nullable=False),
        sa.Column("taken", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.Column("good_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.String(32), nullable=False),
        sa.Column("followed_at", sa.BigInteger(), nullable=False),
        sa.Column("followed_by", sa.String(160), nullable=False),
        sa.PrimaryKeyConstraint("application", name="pk_application_sources"),
        sa.ForeignKeyConstraint(
            ["application"],
            ["applications.key"],
            name="fk_application_sources_application_applications",
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("application_sources")
