# SPDX-License-Identifier: Apache-2.0
"""Requests of professionals, and what happened to each."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = (
    "registration_requests",
    "registration_events",
    "registration_links",
    "registration_puzzles",
    "registration_digests",
)


def upgrade() -> None:
    """Bring the schema up."""
    create_registration_requests()
    create_registration_events()
    create_registration_links()
    create_registration_puzzles()
    create_registration_digests()


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)


def sought(length: int) -> sa.types.TypeEngine[str]:
    """Compared sign by sign on both databases."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def create_registration_requests() -> None:
    """Table registration_requests."""
    op.create_table(
        "registration_requests",
        sa.Column("id", sought(22), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("last_name", sought(128), nullable=False),
        sa.Column("first_name", sought(128), nullable=False),
        sa.Column("birth_date", sa.String(length=10), nullable=False),
        sa.Column("profession", sa.String(length=16), nullable=False),
        sa.Column("email", sought(512), nullable=False),
        sa.Column("national_id", sought(64), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("card_serial", sa.String(length=64), nullable=False),
        sa.Column("terms_version", sa.String(length=64), nullable=False),
        sa.Column("terms_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=160), nullable=True),
        sa.Column("assigned_to", sa.String(length=43), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_registration_requests_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_requests")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("registration_requests", schema=None) as batch_op:
        batch_op.create_index("ix_registration_requests_email", ["email"], unique=False)
        batch_op.create_index("ix_registration_requests_account_id", ["account_id"], unique=False)
        batch_op.create_index(
            "ix_registration_requests_perimeter",
            ["establishment", "state", "submitted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_registration_requests_name", ["last_name", "first_name"], unique=False
        )
        batch_op.create_index("ix_registration_requests_first_name", ["first_name"], unique=False)
        batch_op.create_index("ix_registration_requests_decided", ["decided_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_registration_requests_expires_at"), ["expires_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_registration_requests_holder"), ["holder"], unique=False
        )
        batch_op.create_index("ix_registration_requests_national_id", ["national_id"], unique=False)
        batch_op.create_index(
            "ix_registration_requests_queue", ["state", "submitted_at", "id"], unique=False
        )


def create_registration_events() -> None:
    """Table registration_events."""
    op.create_table(
        "registration_events",
        sa.Column("request", sa.String(length=22), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=160), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request"], ["registration_requests.id"], name=op.f("fk_registration_events_request")
        ),
        sa.PrimaryKeyConstraint("request", "number", name=op.f("pk_registration_events")),
        sqlite_with_rowid=False,
    )


def create_registration_links() -> None:
    """Table registration_links."""
    op.create_table(
        "registration_links",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.String(length=22), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request"], ["registration_requests.id"], name=op.f("fk_registration_links_request")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_registration_links")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("registration_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registration_links_expires_at"), ["expires_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_registration_links_request"), ["request"], unique=False
        )


def create_registration_puzzles() -> None:
    """Table registration_puzzles."""
    op.create_table(
        "registration_puzzles",
        sa.Column("request", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request"], ["registration_requests.id"], name=op.f("fk_registration_puzzles_request")
        ),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_registration_puzzles")),
        sqlite_with_rowid=False,
    )


def create_registration_digests() -> None:
    """Table registration_digests."""
    op.create_table(
        "registration_digests",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("told_until", sa.BigInteger(), nullable=False),
        sa.Column("reminded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_registration_digests_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_registration_digests")),
        sqlite_with_rowid=False,
    )
