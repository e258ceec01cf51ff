# SPDX-License-Identifier: Apache-2.0
"""Where and as what people practise, and in which of it they enter an application."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TOLD = ("section", "structure_number")


def upgrade() -> None:
    """Bring the schema up."""
    for name in TOLD:
        op.add_column(
            "directory_lines",
            sa.Column(name, sa.String(16), nullable=False, server_default=sa.text("''")),
        )
    create_account_activities()
    create_chosen_activities()


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("chosen_activities")
    op.drop_table("account_activities")
    for name in reversed(TOLD):
        op.drop_column("directory_lines", name)


def create_account_activities() -> None:
    """Table account_activities."""
    op.create_table(
        "account_activities",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
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
        sa.Column("section", sa.String(length=16), nullable=False),
        sa.Column("structure_number", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_activities_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "mark", name=op.f("pk_account_activities")),
        sqlite_with_rowid=False,
    )


def create_chosen_activities() -> None:
    """Table chosen_activities."""
    op.create_table(
        "chosen_activities",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("application", sa.String(length=128), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("chosen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_chosen_activities_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["application"],
            ["applications.key"],
            name=op.f("fk_chosen_activities_application_applications"),
        ),
        sa.PrimaryKeyConstraint("account_id", "application", name=op.f("pk_chosen_activities")),
        sqlite_with_rowid=False,
    )
