# SPDX-License-Identifier: Apache-2.0
"""People, what they agreed to, whom they keep out."""

import sqlalchemy as sa
from alembic import op

from imaging_app.migrations.append_only import allow_changes, forget, refuse_changes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "patients",
    "patient_words",
    "files",
    "establishments",
    "professionals",
    "involvements",
    "consents",
    "rule_marks",
    "blocks",
    "releases",
    "seen",
    "tries",
    "notices",
)


def upgrade() -> None:
    """Bring the schema up."""
    create_people()
    create_carers()
    create_consents()
    create_choices()
    create_ground()
    refuse_changes("consents")


def downgrade() -> None:
    """Take it down again."""
    allow_changes("consents")
    forget()
    for name in reversed(TABLES):
        op.drop_table(name)


def create_people() -> None:
    """Tables patients, patient_words, files."""
    op.create_table(
        "patients",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("birth_name", sa.String(length=128), nullable=False),
        sa.Column("first_names", sa.String(length=256), nullable=False),
        sa.Column("used_name", sa.String(length=128), nullable=False),
        sa.Column("used_first_name", sa.String(length=128), nullable=False),
        sa.Column("birth_date", sa.String(length=10), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("birth_place", sa.String(length=5), nullable=False),
        sa.Column("ins", sa.Text(), nullable=True),
        sa.Column("ins_mac", sa.LargeBinary(), nullable=True),
        sa.Column("ins_oid", sa.String(length=32), nullable=False),
        sa.Column("ins_status", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("opposes_emergency", sa.Boolean(), nullable=False),
        sa.Column(
            "sort_key",
            sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
        sa.UniqueConstraint("subject", name=op.f("uq_patients_subject")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_patients_birth_date", "patients", ["birth_date"], unique=False)
    op.create_index("ix_patients_ins_mac", "patients", ["ins_mac"], unique=False)
    op.create_table(
        "patient_words",
        sa.Column(
            "word",
            sa.String(length=128).with_variant(sa.String(length=128, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient"], ["patients.id"], name=op.f("fk_patient_words_patient")
        ),
        sa.PrimaryKeyConstraint("word", "patient", name=op.f("pk_patient_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_patient_words_patient", "patient_words", ["patient"], unique=False)
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_files_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_files_patient", "files", ["patient"], unique=False)
    op.create_index("uq_files_establishment", "files", ["establishment", "number"], unique=True)


def create_carers() -> None:
    """Tables establishments, professionals, involvements."""
    op.create_table(
        "establishments",
        sa.Column("finess", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("finess", name=op.f("pk_establishments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "professionals",
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("family", sa.String(length=128), nullable=False),
        sa.Column("given", sa.String(length=128), nullable=False),
        sa.Column("profession", sa.String(length=64), nullable=False),
        sa.Column("speciality", sa.String(length=64), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column(
            "family_key",
            sa.String(length=128).with_variant(sa.String(length=128, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "given_key",
            sa.String(length=128).with_variant(sa.String(length=128, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rpps", name=op.f("pk_professionals")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_professionals_family_key", "professionals", ["family_key"], unique=False)
    op.create_index("ix_professionals_given_key", "professionals", ["given_key"], unique=False)
    op.create_table(
        "involvements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=True),
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["file"], ["files.id"], name=op.f("fk_involvements_file")),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_involvements_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_involvements")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_involvements_patient", "involvements", ["patient"], unique=False)
    op.create_index("ix_involvements_rpps", "involvements", ["rpps", "patient"], unique=False)


def create_consents() -> None:
    """Tables consents, rule_marks."""
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("text_version", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("by_subject", sa.String(length=255), nullable=False),
        sa.Column("by_name", sa.String(length=256), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_consents_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_consents_patient", "consents", ["patient", "establishment", "id"], unique=False
    )
    op.create_table(
        "rule_marks",
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_rule_marks_patient")),
        sa.PrimaryKeyConstraint("patient", name=op.f("pk_rule_marks")),
        sqlite_with_rowid=False,
    )


def create_choices() -> None:
    """Tables blocks, releases, seen."""
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("blocked_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_blocks_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_blocks_standing",
        "blocks",
        ["patient", "rpps"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "releases",
        sa.Column("exam", sa.String(length=64), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("by_rpps", sa.String(length=32), nullable=False),
        sa.Column("by_name", sa.String(length=256), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_releases_patient")),
        sa.PrimaryKeyConstraint("exam", name=op.f("pk_releases")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "seen",
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("exam", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rpps", "exam", name=op.f("pk_seen")),
        sqlite_with_rowid=False,
    )


def create_ground() -> None:
    """Tables tries, notices."""
    op.create_table(
        "tries",
        sa.Column("bucket", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_tries")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("to_kind", sa.String(length=16), nullable=False),
        sa.Column("to_id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_notices_due", "notices", ["sent_at", "next_at"], unique=False)
