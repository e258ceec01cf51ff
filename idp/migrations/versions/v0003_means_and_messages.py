# SPDX-License-Identifier: Apache-2.0
"""The means that need no card, messages, announcements."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "alarms",
    "announcements",
    "channels",
    "messages",
    "password_policies",
    "quotas",
    "cards",
    "one_time_codes",
    "otp_enrolments",
    "passkeys",
    "password_history",
    "pending_secrets",
    "recovery_codes",
    "reset_links",
    "totp",
)
COLUMNS = (
    ("accounts", "email_changed_at", sa.BigInteger(), sa.text("0")),
    ("accounts", "phone_changed_at", sa.BigInteger(), sa.text("0")),
    ("journeys", "state", sa.Text(), sa.text("'{}'")),
    ("known_devices", "level", sa.Integer(), sa.text("1")),
    ("passwords", "must_change", sa.String(length=16), sa.text("''")),
    ("passwords", "reset_at", sa.BigInteger(), sa.text("0")),
    ("passwords", "reset_by", sa.String(length=8), sa.text("''")),
    ("passwords", "valid_until", sa.BigInteger(), None),
    ("passwords", "warned", sa.Integer(), sa.text("0")),
    ("passwords", "mark", sa.String(length=12), sa.text("'first'")),
)


def upgrade() -> None:
    """Bring the schema up."""
    create_alarms()
    create_announcements()
    create_channels()
    create_messages()
    create_password_policies()
    create_quotas()
    create_cards()
    create_one_time_codes()
    create_otp_enrolments()
    create_passkeys()
    create_password_history()
    create_pending_secrets()
    create_recovery_codes()
    create_reset_links()
    create_totp()
    add_columns()


def downgrade() -> None:
    """Take it down again."""
    drop_columns()
    for name in reversed(TABLES):
        op.drop_table(name)


def create_alarms() -> None:
    """Table alarms."""
    op.create_table(
        "alarms",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarms")),
        sqlite_with_rowid=False,
    )


def create_announcements() -> None:
    """Table announcements."""
    op.create_table(
        "announcements",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("tone", sa.String(length=8), nullable=False),
        sa.Column("french", sa.Text(), nullable=False),
        sa.Column("english", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sqlite_with_rowid=False,
    )


def create_messages() -> None:
    """Table messages."""
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=True),
        sa.Column("shown", sa.String(length=128), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("worthless_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.String(length=43), nullable=True),
        sa.Column("taken_until", sa.BigInteger(), nullable=False),
        sa.Column("provider_ref", sa.String(length=64), nullable=True),
        sa.Column("fault", sa.String(length=128), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_due", ["state", "next_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_messages_provider_ref"), ["provider_ref"], unique=False
        )


def create_password_policies() -> None:
    """Table password_policies."""
    op.create_table(
        "password_policies",
        sa.Column("population", sa.String(length=16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("population", name=op.f("pk_password_policies")),
        sqlite_with_rowid=False,
    )


def create_quotas() -> None:
    """Table quotas."""
    op.create_table(
        "quotas",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("moments", sa.Text(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_quotas")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("quotas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quotas_last_at"), ["last_at"], unique=False)


def create_channels() -> None:
    """Table channels."""
    op.create_table(
        "channels",
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("down_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channels")),
        sqlite_with_rowid=False,
    )


def create_cards() -> None:
    """Table cards."""
    op.create_table(
        "cards",
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("first_used_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_cards_account_id")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_cards")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cards_account_id"), ["account_id"], unique=False)


def create_one_time_codes() -> None:
    """Table one_time_codes."""
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("transaction", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_one_time_codes_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("one_time_codes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_one_time_codes_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_one_time_codes_expires_at"), ["expires_at"], unique=False
        )


def create_otp_enrolments() -> None:
    """Table otp_enrolments."""
    op.create_table(
        "otp_enrolments",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("enabled_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_otp_enrolments_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_otp_enrolments")),
        sqlite_with_rowid=False,
    )


def create_passkeys() -> None:
    """Table passkeys."""
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("transports", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=36), nullable=False),
        sa.Column("backed_up", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_passkeys_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkeys_account_id"), ["account_id"], unique=False)


def create_password_history() -> None:
    """Table password_history."""
    op.create_table(
        "password_history",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_password_history_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_history")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("password_history", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_password_history_account_id"), ["account_id"], unique=False
        )


def create_pending_secrets() -> None:
    """Table pending_secrets."""
    op.create_table(
        "pending_secrets",
        sa.Column("session_id", sa.String(length=43), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_pending_secrets_account_id")
        ),
        sa.PrimaryKeyConstraint("session_id", "purpose", name=op.f("pk_pending_secrets")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("pending_secrets", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pending_secrets_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_pending_secrets_expires_at"), ["expires_at"], unique=False
        )


def create_recovery_codes() -> None:
    """Table recovery_codes."""
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "hash", name=op.f("pk_recovery_codes")),
        sqlite_with_rowid=False,
    )


def create_reset_links() -> None:
    """Table reset_links."""
    op.create_table(
        "reset_links",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_reset_links_account_id")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_reset_links")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("reset_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reset_links_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reset_links_expires_at"), ["expires_at"], unique=False)


def create_totp() -> None:
    """Table totp."""
    op.create_table(
        "totp",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_totp_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_totp")),
        sqlite_with_rowid=False,
    )


def add_columns() -> None:
    """What the older tables hold besides."""
    for table, name, kind, default in COLUMNS:
        column = sa.Column(name, kind, server_default=default, nullable=default is None)
        op.add_column(table, column)
    op.create_index(op.f("ix_passwords_changed_at"), "passwords", ["changed_at"])


def drop_columns() -> None:
    """And without it."""
    op.drop_index(op.f("ix_passwords_changed_at"), "passwords")
    for table, name, _kind, _default in reversed(COLUMNS):
        op.drop_column(table, name)
