# SPDX-License-Identifier: Apache-2.0
"""Consents collected, letters, imports."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    "patient_consents",
    "patient_letters",
    "import_runs",
    "import_lines",
    "import_mappings",
)


def upgrade() -> None:
    """Bring the schema up."""
    # Who is enrolled is looked for by birth date, before a second account is made for them.
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index("ix_accounts_birth_date", ["birth_date"], unique=False)
    create_patient_consents()
    create_patient_letters()
    create_import_runs()
    create_import_lines()
    create_import_mappings()


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_accounts_birth_date")


def create_patient_consents() -> None:
    """Table patient_consents."""
    op.create_table(
        "patient_consents",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("given_by", sa.String(length=160), nullable=False),
        sa.Column("text_version", sa.String(length=32), nullable=False),
        sa.Column("stands", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=160), nullable=False),
        sa.Column("closed_account", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_patient_consents_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["establishment"],
            ["establishments.key"],
            name=op.f("fk_patient_consents_establishment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_consents")),
        sa.UniqueConstraint(
            "account_id",
            "establishment",
            "stands",
            name=op.f("uq_patient_consents_account_id"),
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("patient_consents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_patient_consents_establishment", ["establishment", "given_at"], unique=False
        )
        batch_op.create_index("ix_patient_consents_account_id", ["account_id"], unique=False)


def create_patient_letters() -> None:
    """Table patient_letters."""
    op.create_table(
        "patient_letters",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("printed_at", sa.BigInteger(), nullable=False),
        sa.Column("printed_by", sa.String(length=160), nullable=False),
        sa.Column("mark", sa.String(length=43), nullable=False),
        sa.Column("handed_on", sa.String(length=10), nullable=False),
        sa.Column("handed_by", sa.String(length=160), nullable=False),
        sa.Column("handed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_patient_letters_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_letters")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("patient_letters", schema=None) as batch_op:
        batch_op.create_index(
            "ix_patient_letters_account_id", ["account_id", "printed_at"], unique=False
        )


def create_import_runs() -> None:
    """Table import_runs."""
    op.create_table(
        "import_runs",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("population", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=160), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("encoding", sa.String(length=16), nullable=False),
        sa.Column("delimiter", sa.String(length=4), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("fault", sa.String(length=64), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("taken_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("import_runs", schema=None) as batch_op:
        batch_op.create_index("ix_import_runs_created_at", ["created_at"], unique=False)


def create_import_lines() -> None:
    """Table import_lines."""
    op.create_table(
        "import_lines",
        sa.Column("run_id", sa.String(length=43), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=True),
        sa.Column("change", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("fk_import_lines_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "line", name=op.f("pk_import_lines")),
        sqlite_with_rowid=False,
    )


def create_import_mappings() -> None:
    """Table import_mappings."""
    op.create_table(
        "import_mappings",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("header", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.String(length=160), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "header", "saved_by", name=op.f("pk_import_mappings")),
        sqlite_with_rowid=False,
    )
