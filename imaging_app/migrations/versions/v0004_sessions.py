# SPDX-License-Identifier: Apache-2.0
"""Who is logged in, logins under way, and what was answered or ended."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("logins", "answers", "sessions", "used_identifiers", "ended_sessions")


def upgrade() -> None:
    """Bring the schema up."""
    create_waiting()
    create_sessions()
    create_used()
    for name in TABLES:
        op.create_index(f"ix_{name}_expires", name, ["expires"], unique=False)


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)


def create_waiting() -> None:
    """Tables logins, answers."""
    op.create_table(
        "logins",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("binding", sa.String(length=64), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_logins")),
        sa.UniqueConstraint("state", name=op.f("uq_logins_state")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "answers",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_answers")),
        sa.UniqueConstraint("name", name=op.f("uq_answers_name")),
        sqlite_autoincrement=True,
    )


def create_sessions() -> None:
    """Table sessions."""
    op.create_table(
        "sessions",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("sid", sa.String(length=255), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("refreshing", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sessions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sessions_sid", "sessions", ["issuer", "sid"], unique=False)
    op.create_index("ix_sessions_subject", "sessions", ["issuer", "subject"], unique=False)


def create_used() -> None:
    """Tables used_identifiers, ended_sessions."""
    for name, column in (("used_identifiers", "identifier"), ("ended_sessions", "sid")):
        op.create_table(
            name,
            sa.Column("issuer", sa.String(length=512), nullable=False),
            sa.Column(column, sa.String(length=255), nullable=False),
            sa.Column("expires", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("issuer", column, name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
