# SPDX-License-Identifier: Apache-2.0
"""What programs have asked once, and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "api_allowances",
    "api_answers",
    "webhooks",
    "webhook_deliveries",
    "scim_external_ids",
)


def upgrade() -> None:
    """Bring the schema up."""
    create_calls()
    create_webhooks()
    create_deliveries()
    create_external_ids()


def downgrade() -> None:
    """Take it down again."""
    for name in reversed(TABLES):
        op.drop_table(name)


def create_calls() -> None:
    """Tables api_allowances and api_answers."""
    op.create_table(
        "api_allowances",
        sa.Column("caller", sa.LargeBinary(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("caller", name=op.f("pk_api_allowances")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_answers",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_answers")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("api_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_answers_created_at"), ["created_at"], unique=False)


def create_webhooks() -> None:
    """Table webhooks."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        sa.Column("former_until", sa.BigInteger(), nullable=True),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=160), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sqlite_with_rowid=False,
    )


def create_deliveries() -> None:
    """Table webhook_deliveries."""
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("webhook", sa.String(length=43), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_webhook_deliveries_newest", ["webhook", "created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_webhook_deliveries_created_at"), ["created_at"], unique=False
        )


def create_external_ids() -> None:
    """Table scim_external_ids."""
    op.create_table(
        "scim_external_ids",
        sa.Column("client", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("resource", sa.String(length=128), nullable=False),
        sa.Column("external", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("client", "kind", "resource", name=op.f("pk_scim_external_ids")),
        sqlite_with_rowid=False,
    )
