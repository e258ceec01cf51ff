# SPDX-License-Identifier: Apache-2.0
"""Exams, series, images, reports, imports, and what was set aside."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("exams", "series", "images", "reports", "set_aside", "imports")


def upgrade() -> None:
    """Bring the schema up."""
    create_exams()
    create_series()
    create_images()
    create_reports()
    create_set_aside()
    create_imports()


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)


def create_exams() -> None:
    """Table exams."""
    op.create_table(
        "exams",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("taken_on", sa.String(length=8), nullable=False),
        sa.Column("taken_time", sa.String(length=6), nullable=False),
        sa.Column("accession", sa.String(length=64), nullable=False),
        sa.Column("description", sa.String(length=128), nullable=False),
        sa.Column("referrer", sa.String(length=128), nullable=False),
        sa.Column("institution", sa.String(length=128), nullable=False),
        sa.Column("modalities", sa.String(length=200), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file"], ["files.id"], name=op.f("fk_exams_file")),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_exams_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exams")),
        sa.UniqueConstraint("uid", name=op.f("uq_exams_uid")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_exams_establishment", "exams", ["establishment", "taken_on"])
    op.create_index("ix_exams_file", "exams", ["file"])
    op.create_index("ix_exams_patient", "exams", ["patient", "taken_on"])


def create_series() -> None:
    """Table series."""
    op.create_table(
        "series",
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("exam", sa.String(length=32), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=128), nullable=False),
        sa.Column("body_part", sa.String(length=32), nullable=False),
        sa.Column("laterality", sa.String(length=4), nullable=False),
        sa.Column("frame_of_reference", sa.String(length=64), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["exam"], ["exams.id"], name=op.f("fk_series_exam")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_series")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_series_exam", "series", ["exam"])


def create_images() -> None:
    """Table images."""
    op.create_table(
        "images",
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("exam", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("syntax", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["exam"], ["exams.id"], name=op.f("fk_images_exam")),
        sa.ForeignKeyConstraint(["series"], ["series.uid"], name=op.f("fk_images_series")),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_images")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_images_series", "images", ["series", "number", "uid"])


def create_reports() -> None:
    """Table reports."""
    op.create_table(
        "reports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("exam", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("image", sa.String(length=64), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("added_by", sa.String(length=255), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["exam"], ["exams.id"], name=op.f("fk_reports_exam")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reports_signed_at", "reports", ["signed_at"])
    op.create_index("uq_reports_exam", "reports", ["exam", "version"], unique=True)


def create_set_aside() -> None:
    """Table set_aside."""
    op.create_table(
        "set_aside",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("study", sa.String(length=64), nullable=False),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("image", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=False),
        sa.Column("met_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_set_aside_digest", "set_aside", ["digest"])
    op.create_index("ix_set_aside_establishment", "set_aside", ["establishment", "state", "met_at"])


def create_imports() -> None:
    """Table imports."""
    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("fault", sa.String(length=160), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("aside", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.String(length=255), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_imports_establishment", "imports", ["establishment", "started_at"])
