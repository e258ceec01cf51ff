# SPDX-License-Identifier: Apache-2.0
"""Other providers that people come from, and who is who there."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "providers",
        sa.Column("alias", sa.String(length=28), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_providers")),
        sa.UniqueConstraint("issuer", name=op.f("uq_providers_issuer")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "provider_links",
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("provider", sa.String(length=28), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=256), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_provider_links_account_id")
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_provider_links")),
        sa.UniqueConstraint("account_id", "issuer", name=op.f("uq_provider_links_account_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_provider_links_provider", "provider_links", ["provider"], unique=False)


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("provider_links")
    op.drop_table("providers")
