# SPDX-License-Identifier: Apache-2.0
"""Authorities that certificates are believed under, and what they have revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("authorities", "revocation_sources", "revocation_lists", "revocation_answers")


def upgrade() -> None:
    """Bring the schema up."""
    create_authorities()
    create_revocation_sources()
    create_revocation_lists()
    create_revocation_answers()


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)


def create_authorities() -> None:
    """Table authorities."""
    op.create_table(
        "authorities",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(length=512), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("policies", sa.String(length=512), nullable=False),
        sa.Column("responder", sa.String(length=512), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_authorities")),
    )
    op.create_index(op.f("ix_authorities_key_id"), "authorities", ["key_id"])


def create_revocation_sources() -> None:
    """Table revocation_sources."""
    op.create_table(
        "revocation_sources",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=512), nullable=False),
        sa.Column("configured", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.Column("good_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_sources")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_revocation_sources_authority"), "revocation_sources", ["authority"])


def create_revocation_lists() -> None:
    """Table revocation_lists."""
    op.create_table(
        "revocation_lists",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("base", sa.String(length=50), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=4), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.LargeBinary(), nullable=False),
        sa.Column("released", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("swept", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_lists")),
    )
    op.create_index(op.f("ix_revocation_lists_authority"), "revocation_lists", ["authority"])


def create_revocation_answers() -> None:
    """Table revocation_answers."""
    op.create_table(
        "revocation_answers",
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "serial", name=op.f("pk_revocation_answers")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_revocation_answers_valid_until"), "revocation_answers", ["valid_until"]
    )
