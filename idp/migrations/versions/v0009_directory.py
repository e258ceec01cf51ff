# SPDX-License-Identifier: Apache-2.0
"""National registers, and the list behind the Annuaire."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "directory_answers",
    "directory_generations",
    "directory_lines",
    "directory_names",
    "directory_rejects",
    "directory_structures",
    "directory_sources",
    "account_listings",
)
LISTED_BY = ("town", "profession", "speciality")


def upgrade() -> None:
    """Bring the schema up."""
    create_directory_answers()
    create_directory_generations()
    create_directory_lines()
    create_directory_names()
    create_directory_rejects()
    create_directory_structures()
    create_directory_sources()
    create_account_listings()


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)


def create_directory_answers() -> None:
    """Table directory_answers."""
    op.create_table(
        "directory_answers",
        sa.Column("national_id", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("national_id", name=op.f("pk_directory_answers")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("directory_answers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_directory_answers_valid_until"), ["valid_until"], unique=False
        )


def create_directory_generations() -> None:
    """Table directory_generations."""
    op.create_table(
        "directory_generations",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("subjects", sa.BigInteger(), nullable=False),
        sa.Column("forced", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.String(length=160), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.String(length=160), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_generations")),
        sqlite_with_rowid=False,
    )


def create_directory_lines() -> None:
    """Table directory_lines."""
    op.create_table(
        "directory_lines",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("national_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("last_name", sa.String(length=128), nullable=False),
        sa.Column("first_name", sa.String(length=128), nullable=False),
        sa.Column("civility", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=16), nullable=False),
        sa.Column("profession_code", sa.String(length=16), nullable=False),
        sa.Column("profession", sa.String(length=128), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("speciality_code", sa.String(length=16), nullable=False),
        sa.Column("speciality", sa.String(length=128), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("sector", sa.String(length=16), nullable=False),
        sa.Column("finess", sa.String(length=16), nullable=False),
        sa.Column("siret", sa.String(length=16), nullable=False),
        sa.Column("structure", sa.String(length=128), nullable=False),
        sa.Column("post_code", sa.String(length=16), nullable=False),
        sa.Column("town", sa.String(length=128), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint(
            "generation", "national_id", "line", name=op.f("pk_directory_lines")
        ),
        sqlite_with_rowid=False,
    )


def create_directory_names() -> None:
    """Table directory_names."""
    op.create_table(
        "directory_names",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("second", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint(
            "generation", "name", "second", "subject", name=op.f("pk_directory_names")
        ),
        sqlite_with_rowid=False,
    )


def create_directory_rejects() -> None:
    """Table directory_rejects."""
    op.create_table(
        "directory_rejects",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("generation", "line", name=op.f("pk_directory_rejects")),
        sqlite_with_rowid=False,
    )


def create_directory_structures() -> None:
    """Table directory_structures."""
    op.create_table(
        "directory_structures",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("finess", sa.String(length=16), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("legal_finess", sa.String(length=16), nullable=False),
        sa.Column("siret", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=128), nullable=False),
        sa.Column("address", sa.String(length=256), nullable=False),
        sa.Column("post_code", sa.String(length=16), nullable=False),
        sa.Column("town", sa.String(length=128), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint(
            "generation", "finess", "line", name=op.f("pk_directory_structures")
        ),
        sqlite_with_rowid=False,
    )


def create_account_listings() -> None:
    """Table account_listings."""
    op.create_table(
        "account_listings",
        sa.Column("audience", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("second", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("town", sa.LargeBinary(), nullable=False),
        sa.Column("profession", sa.LargeBinary(), nullable=False),
        sa.Column("speciality", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_listings_account_id")
        ),
        sa.PrimaryKeyConstraint(
            "audience", "name", "second", "account_id", name=op.f("pk_account_listings")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("account_listings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_listings_account_id"), ["account_id"], unique=False
        )
        for one in LISTED_BY:
            others = [other for other in LISTED_BY if other != one]
            batch_op.create_index(
                f"ix_account_listings_{one}",
                ["audience", one, "part", "name", "second", "account_id", *others],
                unique=False,
            )


def create_directory_sources() -> None:
    """Table directory_sources."""
    op.create_table(
        "directory_sources",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("down_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_directory_sources")),
        sqlite_with_rowid=False,
    )
