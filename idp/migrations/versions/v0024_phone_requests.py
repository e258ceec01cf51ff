# SPDX-License-Identifier: Apache-2.0
"""Requests on people's phones, which logins by e-CPS wait for."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "phone_requests",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("journey", sa.String(length=43), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("is_open", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=2), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("heard", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("pause", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_requests")),
        sqlite_with_rowid=False,
    )
    for name, columns in INDEXES:
        op.create_index(name, "phone_requests", columns, unique=False)


INDEXES = (
    ("ix_phone_requests_due", ["is_open", "due_at"]),
    ("ix_phone_requests_journey", ["journey", "created_at"]),
    ("ix_phone_requests_person", ["person", "expires_at"]),
    ("ix_phone_requests_expires_at", ["expires_at"]),
)


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("phone_requests")
