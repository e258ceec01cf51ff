# SPDX-License-Identifier: Apache-2.0
"""Access that lasts while its person is away."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
LASTING = "lasting_until IS NOT NULL"


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("grants", sa.Column("lasting_until", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_grants_lasting",
        "grants",
        ["application"],
        unique=False,
        sqlite_where=sa.text(LASTING),
        postgresql_where=sa.text(LASTING),
    )
    # So far the word let in nobody, and people were shown nothing of it: it is no agreement.
    op.execute(
        "UPDATE consents SET scope = TRIM(REPLACE(' ' || scope || ' ', ' offline_access ', ' ')) "
        "WHERE ' ' || scope || ' ' LIKE '% offline_access %'"
    )


def downgrade() -> None:
    """Take it down again."""
    # Without the column they would stand on a session that may have ended: they end.
    op.execute(
        "UPDATE grants SET revoked_at = created_at, revoked_why = 'downgrade' "
        "WHERE lasting_until IS NOT NULL AND revoked_at IS NULL"
    )
    op.drop_index("ix_grants_lasting", "grants")
    op.drop_column("grants", "lasting_until")
