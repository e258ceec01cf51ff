# SPDX-License-Identifier: Apache-2.0
"""What the console searches in, changes that can be undone, proposals, views."""

import sqlalchemy as sa
from alembic import op

from idp.accounts.values import sort_name
from idp.accounts.words import TEXTS, words_of

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SORTED = sa.String(256).with_variant(sa.String(256, collation="C"), "postgresql")
WORD = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
TABLES = ("account_words", "account_changes", "proposals", "saved_views")
INDEXES = {
    "ix_accounts_sort_name": ("accounts", ["sort_name"]),
    "ix_accounts_population": ("accounts", ["population", "sort_name"]),
    "ix_accounts_state": ("accounts", ["state", "sort_name"]),
    "ix_account_communities_community": ("account_communities", ["community", "account_id"]),
    "ix_account_words_account_id": ("account_words", ["account_id", "word"]),
    "ix_account_changes_account_id": ("account_changes", ["account_id", "at"]),
    "ix_proposals_state": ("proposals", ["state", "proposed_at"]),
}
# Accounts that are read at once.
BATCH = 1000


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("accounts", sa.Column("sort_name", SORTED, nullable=False, server_default=""))
    op.add_column(
        "accounts",
        sa.Column("last_login_at", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column("accounts", sa.Column("merged_into", sa.String(length=43), nullable=True))
    op.add_column(
        "passkeys",
        sa.Column("made_for", sa.String(length=43), nullable=False, server_default=sa.text("''")),
    )
    op.add_column(
        "cards",
        sa.Column(
            "revoked_by", sa.String(length=160), nullable=False, server_default=sa.text("''")
        ),
    )
    op.add_column(
        "communities",
        sa.Column("open_to_houses", sa.Integer(), nullable=False, server_default=sa.text("0")),
    )
    create_account_words()
    create_account_changes()
    create_proposals()
    create_saved_views()
    fill()
    # Last: what is there already is sorted once, and not row by row.
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    """Take it down again."""
    for name, (table, _columns) in reversed(INDEXES.items()):
        op.drop_index(name, table_name=table)
    for name in reversed(TABLES):
        op.drop_table(name)
    op.drop_column("communities", "open_to_houses")
    op.drop_column("cards", "revoked_by")
    op.drop_column("passkeys", "made_for")
    op.drop_column("accounts", "merged_into")
    op.drop_column("accounts", "last_login_at")
    op.drop_column("accounts", "sort_name")


def create_account_words() -> None:
    """Table account_words."""
    op.create_table(
        "account_words",
        sa.Column("word", WORD, nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_words_account_id")
        ),
        sa.PrimaryKeyConstraint("word", "account_id", name=op.f("pk_account_words")),
        sqlite_with_rowid=False,
    )


def create_account_changes() -> None:
    """Table account_changes."""
    op.create_table(
        "account_changes",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_changes_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changes")),
        sqlite_with_rowid=False,
    )


def create_proposals() -> None:
    """Table proposals."""
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("needs", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("same", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.String(length=160), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "decided_by", sa.String(length=160), server_default=sa.text("''"), nullable=False
        ),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sqlite_with_rowid=False,
    )


def create_saved_views() -> None:
    """Table saved_views."""
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("account_id", sa.String(length=43), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_saved_views_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("account_id", "page", "name", name="uq_saved_views_account_id"),
        sqlite_with_rowid=False,
    )


def fill() -> None:
    """Names, words and last logins of the people who are there already."""
    tx = op.get_bind()
    accounts = sa.table(
        "accounts", *(sa.column(name) for name in ("id", *TEXTS, "national_id", "sort_name"))
    )
    words = sa.table("account_words", sa.column("word"), sa.column("account_id"))
    page = sa.select(accounts).where(accounts.c.id > sa.bindparam("after")).order_by(accounts.c.id)
    former = former_numbers(tx)
    put = (
        sa.update(accounts)
        .where(accounts.c.id == sa.bindparam("account"))
        .values(sort_name=sa.bindparam("stands_at"))
    )
    after = ""
    while rows := tx.execute(page.limit(BATCH), {"after": after}).all():
        after = rows[-1].id
        places = [
            {
                "account": row.id,
                "stands_at": sort_name(row.last_name, row.first_name, row.id),
            }
            for row in rows
        ]
        tx.execute(put, places)
        found = [
            {"word": word, "account_id": row.id}
            for row in rows
            for word in sorted(
                words_of(
                    (getattr(row, name) for name in TEXTS),
                    [row.national_id, *former.get(row.id, ())],
                )
            )
        ]
        if found:
            tx.execute(sa.insert(words), found)
    fill_logins(tx)


def former_numbers(tx: sa.Connection) -> dict[str, list[str]]:
    """The national identifiers of before, by account: few people have one."""
    former = sa.table("former_national_ids", sa.column("national_id"), sa.column("account_id"))
    found: dict[str, list[str]] = {}
    for row in tx.execute(sa.select(former)):
        found.setdefault(row.account_id, []).append(row.national_id)
    return found


def fill_logins(tx: sa.Connection) -> None:
    """As far as sessions are still known."""
    tx.execute(
        sa.text(
            "UPDATE accounts SET last_login_at = COALESCE((SELECT MAX(created_at) FROM sessions"
            " WHERE sessions.account_id = accounts.id), 0)"
        )
    )
