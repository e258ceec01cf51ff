# SPDX-License-Identifier: Apache-2.0
"""Establishments, who belongs to them, particulars of people, roles."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("establishments", "account_establishments", "account_particulars", "role_grants")


def upgrade() -> None:
    """Bring the schema up."""
    create_establishments()
    create_account_establishments()
    create_account_particulars()
    create_role_grants()


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)


def create_establishments() -> None:
    """Table establishments."""
    op.create_table(
        "establishments",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("town", sa.String(length=128), nullable=False),
        sa.Column("post_code", sa.String(length=16), nullable=False),
        sa.Column("support_email", sa.String(length=254), nullable=False),
        sa.Column("support_phone", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_establishments")),
        sqlite_with_rowid=False,
    )


def create_account_establishments() -> None:
    """Table account_establishments."""
    op.create_table(
        "account_establishments",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_establishments_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["establishment"],
            ["establishments.key"],
            name=op.f("fk_account_establishments_establishment"),
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "establishment", name=op.f("pk_account_establishments")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("account_establishments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_account_establishments_establishment", ["establishment", "account_id"], unique=False
        )


def create_account_particulars() -> None:
    """Table account_particulars."""
    texts = {
        "visibility": 16,
        "title": 16,
        "profession_code": 16,
        "speciality_code": 16,
        "country": 64,
        "street": 256,
        "po_box": 64,
        "post_code": 16,
        "cedex": 64,
        "department": 128,
        "landline": 32,
        "emergency_phone": 32,
        "fax": 32,
    }
    op.create_table(
        "account_particulars",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        *(
            sa.Column(name, sa.String(length=length), nullable=False)
            for name, length in texts.items()
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_particulars_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_particulars")),
        sqlite_with_rowid=False,
    )


def create_role_grants() -> None:
    """Table role_grants."""
    op.create_table(
        "role_grants",
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("establishment", sa.String(length=16), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", sa.String(length=160), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "role", "establishment", name=op.f("pk_role_grants")),
        sqlite_with_rowid=False,
    )
