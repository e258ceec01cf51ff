# SPDX-License-Identifier: Apache-2.0
"""Up to which version of its reports a result was seen, and told: a corrected one is new again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# By its table: when whoever has a row there had it.
TABLES = {"seen": "seen_at", "releases": "told_at"}


def upgrade() -> None:
    """Bring the schema up."""
    for name, at in TABLES.items():
        op.add_column(name, sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
        _fill(name, at)


def _fill(name: str, at: str) -> None:
    """The last version that was there then."""
    reports = sa.table("reports", sa.column("exam"), sa.column("version"), sa.column("added_at"))
    table = sa.table(name, sa.column("exam"), sa.column("version"), sa.column(at))
    last = (
        sa.select(sa.func.coalesce(sa.func.max(reports.c.version), 0))
        .where(reports.c.exam == table.c.exam, reports.c.added_at <= table.c[at])
        .scalar_subquery()
    )
    op.execute(sa.update(table).values(version=last))


def downgrade() -> None:
    """Take it down again."""
    for name in TABLES:
        op.drop_column(name, "version")
