# SPDX-License-Identifier: Apache-2.0
"""People, what proves them, keys and the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "accounts",
    "account_names",
    "communities",
    "account_communities",
    "passwords",
    "throttles",
    "known_devices",
    "used_once",
    "installation_secrets",
    "signing_keys",
    "audit_events",
    "audit_seals",
    "audit_batches",
)


def upgrade() -> None:
    """Bring the schema up."""
    create_accounts()
    create_account_names()
    create_communities()
    create_account_communities()
    create_passwords()
    create_throttles()
    create_known_devices()
    create_used_once()
    create_installation_secrets()
    create_signing_keys()
    create_audit_events()
    create_audit_seals()
    create_audit_batches()
    refuse_changes()


def downgrade() -> None:
    """Take it down again."""
    allow_changes()
    for name in reversed(TABLES):
        op.drop_table(name)


def refuse_changes() -> None:
    """Triggers that make the audit append-only."""
    refusal = "the audit is append-only"
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES[-3:]:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    for table in TABLES[-3:]:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
        )


def allow_changes() -> None:
    """Take them away."""
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES[-3:]:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    for table in TABLES[-3:]:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION audit_append_only()")


def create_accounts() -> None:
    """Table accounts."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("population", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("identifier", sa.String(length=256), nullable=False),
        sa.Column("national_id", sa.String(length=64), nullable=True),
        sa.Column("civility", sa.String(length=16), nullable=False),
        sa.Column("first_name", sa.String(length=128), nullable=False),
        sa.Column("last_name", sa.String(length=128), nullable=False),
        sa.Column("birth_name", sa.String(length=128), nullable=False),
        sa.Column("birth_date", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_verified", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("phone_verified", sa.Integer(), nullable=False),
        sa.Column("profession", sa.String(length=128), nullable=False),
        sa.Column("speciality", sa.String(length=128), nullable=False),
        sa.Column("town", sa.String(length=128), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("open_since", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("national_id", name=op.f("uq_accounts_national_id")),
        sqlite_with_rowid=False,
    )


def create_account_names() -> None:
    """Table account_names."""
    op.create_table(
        "account_names",
        sa.Column("folded", sa.String(length=512), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_names_account_id")
        ),
        sa.PrimaryKeyConstraint("folded", name=op.f("pk_account_names")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("account_names", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_names_account_id"), ["account_id"], unique=False
        )


def create_communities() -> None:
    """Table communities."""
    op.create_table(
        "communities",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_communities")),
        sqlite_with_rowid=False,
    )


def create_account_communities() -> None:
    """Table account_communities."""
    op.create_table(
        "account_communities",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("community", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_communities_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["community"], ["communities.key"], name=op.f("fk_account_communities_community")
        ),
        sa.PrimaryKeyConstraint("account_id", "community", name=op.f("pk_account_communities")),
        sqlite_with_rowid=False,
    )


def create_passwords() -> None:
    """Table passwords."""
    op.create_table(
        "passwords",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_passwords_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_passwords")),
        sqlite_with_rowid=False,
    )


def create_throttles() -> None:
    """Table throttles."""
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_throttles_last_at"), "throttles", ["last_at"])


def create_known_devices() -> None:
    """Table known_devices."""
    op.create_table(
        "known_devices",
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("device_hash", sa.LargeBinary(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_known_devices_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "device_hash", name=op.f("pk_known_devices")),
        sqlite_with_rowid=False,
    )


def create_used_once() -> None:
    """Table used_once."""
    op.create_table(
        "used_once",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("keep_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "hash", name=op.f("pk_used_once")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("used_once", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_once_keep_until"), ["keep_until"], unique=False)


def create_installation_secrets() -> None:
    """Table installation_secrets."""
    op.create_table(
        "installation_secrets",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation_secrets")),
    )


def create_signing_keys() -> None:
    """Table signing_keys."""
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("sealed_private", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("active_from", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signing_keys_version"), ["version"], unique=False)


def create_audit_events() -> None:
    """Table audit_events."""
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=True),
        sa.Column("application", sa.String(length=128), nullable=True),
        sa.Column("session", sa.String(length=128), nullable=True),
        sa.Column("means", sa.String(length=64), nullable=True),
        sa.Column("level", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("user_agent", sa.String(length=256), nullable=True),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_account_at", ["account", "at"], unique=False)
        batch_op.create_index("ix_audit_events_at", ["at"], unique=False)


def create_audit_seals() -> None:
    """Table audit_seals."""
    op.create_table(
        "audit_seals",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_seals_event_id")),
    )


def create_audit_batches() -> None:
    """Table audit_batches."""
    op.create_table(
        "audit_batches",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_event", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_batches")),
    )
