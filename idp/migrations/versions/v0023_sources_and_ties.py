# SPDX-License-Identifier: Apache-2.0
"""What others tell of somebody; the sessions elsewhere by which sessions here were opened."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "account_sources",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_sources_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "source", name=op.f("pk_account_sources")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session_ties",
        sa.Column("session_id", sa.String(length=43), nullable=False),
        sa.Column("means", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("tied_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_ties_session_id_sessions")
        ),
        sa.PrimaryKeyConstraint("session_id", "means", name=op.f("pk_session_ties")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_session_ties_subject", "session_ties", ["subject"], unique=False)
    op.create_index("ix_session_ties_name", "session_ties", ["name"], unique=False)
    op.create_index("ix_session_ties_tied_at", "session_ties", ["tied_at"], unique=False)
    op.add_column("farewell_calls", sa.Column("means", sa.String(length=64), nullable=True))
    op.add_column("farewell_calls", sa.Column("token", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it down again."""
    op.drop_column("farewell_calls", "token")
    op.drop_column("farewell_calls", "means")
    op.drop_table("session_ties")
    op.drop_table("account_sources")
