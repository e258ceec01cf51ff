# SPDX-License-Identifier: Apache-2.0
"""Sharing codes, grants, and the trace of what was done."""

import sqlalchemy as sa
from alembic import op

from imaging_app.migrations.append_only import allow_changes, refuse_changes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "share_codes",
    "code_uses",
    "grants",
    "motives",
    "downloads",
    "trace",
)


def upgrade() -> None:
    """Bring the schema up."""
    create_sharing()
    create_grants()
    create_trace()
    refuse_changes("trace")


def downgrade() -> None:
    """Take it down again."""
    allow_changes("trace")
    for name in reversed(TABLES):
        op.drop_table(name)


def create_sharing() -> None:
    """Tables share_codes, code_uses."""
    op.create_table(
        "share_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("tail", sa.String(length=4), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=True),
        sa.Column("exam", sa.String(length=64), nullable=True),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("issued_by", sa.String(length=255), nullable=False),
        sa.Column("comment", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file"], ["files.id"], name=op.f("fk_share_codes_file")),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_share_codes_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_codes")),
        sa.UniqueConstraint("mac", name=op.f("uq_share_codes_mac")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_share_codes_establishment", "share_codes", ["establishment", "issued_at"], unique=False
    )
    op.create_index("ix_share_codes_patient", "share_codes", ["patient"], unique=False)
    op.create_table(
        "code_uses",
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["share_codes.id"], name=op.f("fk_code_uses_code")),
        sa.PrimaryKeyConstraint("rpps", "code", name=op.f("pk_code_uses")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_code_uses_code", "code_uses", ["code"], unique=False)


def create_grants() -> None:
    """Tables grants, motives, downloads."""
    op.create_table(
        "grants",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("exam", sa.String(length=64), nullable=True),
        sa.Column("file", sa.String(length=32), nullable=True),
        sa.Column("establishment", sa.String(length=16), nullable=True),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_why", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["share_codes.id"], name=op.f("fk_grants_code")),
        sa.ForeignKeyConstraint(["file"], ["files.id"], name=op.f("fk_grants_file")),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_grants_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_grants_code", "grants", ["code"], unique=False)
    op.create_index("ix_grants_patient", "grants", ["patient"], unique=False)
    op.create_index("ix_grants_rpps", "grants", ["rpps", "patient", "expires_at"], unique=False)
    op.create_table(
        "motives",
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("motive", sa.String(length=16), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name=op.f("fk_motives_patient")),
        sa.PrimaryKeyConstraint("rpps", "patient", "day", name=op.f("pk_motives")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "downloads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("given_by", sa.String(length=255), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_downloads_standing",
        "downloads",
        ["rpps", "establishment"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def create_trace() -> None:
    """Tables trace."""
    op.create_table(
        "trace",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("rpps", sa.String(length=32), nullable=False),
        sa.Column("actor_name", sa.String(length=256), nullable=False),
        sa.Column("profession", sa.String(length=64), nullable=False),
        sa.Column("speciality", sa.String(length=64), nullable=False),
        sa.Column("actor_establishment", sa.String(length=16), nullable=False),
        sa.Column("patient", sa.String(length=32), nullable=True),
        sa.Column("exam", sa.String(length=64), nullable=True),
        sa.Column("establishment", sa.String(length=16), nullable=True),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("motive", sa.String(length=16), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trace")),
    )
    op.create_index("ix_trace_establishment", "trace", ["establishment", "seq"], unique=False)
    op.create_index("ix_trace_patient", "trace", ["patient", "shown", "seq"], unique=False)
    op.create_index("ix_trace_rpps", "trace", ["rpps", "seq"], unique=False)
