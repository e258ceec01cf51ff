# SPDX-License-Identifier: Apache-2.0
"""Who is who at a provider: issuer and subject together name one account (BR-010)."""

from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.clock import Clock
from idp.db import Tx, table_of
from idp.providers.models import ProviderLinkRow

table = table_of(ProviderLinkRow)
KEY = (table.c.issuer == bindparam("issuer_")) & (table.c.subject == bindparam("subject_"))
COLUMNS = select(
    table.c.provider,
    table.c.issuer,
    table.c.subject,
    table.c.account_id,
    table.c.level,
    table.c.label,
    table.c.made_at,
    table.c.last_used_at,
)
FIND = COLUMNS.where(KEY)
OF_ACCOUNT = COLUMNS.where(table.c.account_id == bindparam("account_")).order_by(table.c.made_at)
# Of two who make it at once, one does: the other finds out whose it is.
MAKE = upsert(table).on_conflict_do_nothing().returning(table.c.account_id)
USE = (
    update(table)
    .where(KEY)
    .values(last_used_at=bindparam("now"))
    .returning(table.c.account_id, table.c.level)
)
DROP = (
    delete(table)
    .where(table.c.account_id == bindparam("account_"), table.c.provider == bindparam("provider_"))
    .returning(table.c.label)
)


@dataclass(frozen=True, slots=True)
class Link:
    """One of them."""

    provider: str
    issuer: str
    subject: str = field(repr=False)
    account: str
    # What its owner had proved here when they made it.
    level: int
    label: str = field(repr=False)
    made_at: int
    last_used_at: int | None


class ProviderLinks:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def find(self, tx: Tx, issuer: str, subject: str) -> Link | None:
        """Whose name it is."""
        row = tx.execute(FIND, {"issuer_": issuer, "subject_": subject}).first()
        return Link(*row) if row else None

    def of_account(self, tx: Tx, account: str) -> list[Link]:
        """Those of an account, the oldest first."""
        return [Link(*row) for row in tx.execute(OF_ACCOUNT, {"account_": account}).all()]

    def make(self, tx: Tx, link: Link) -> bool:
        """Keep one; False where the name, or the account at this issuer, has one already."""
        row = {
            "issuer": link.issuer,
            "subject": link.subject,
            "provider": link.provider,
            "account_id": link.account,
            "level": link.level,
            "label": link.label,
            "made_at": self._clock.now(),
            "last_used_at": None,
        }
        return tx.execute(MAKE, row).first() is not None

    def use(self, tx: Tx, issuer: str, subject: str) -> tuple[str, int] | None:
        """Take note of a login by it, and hold it; account and level, as long as it is linked."""
        known = {"issuer_": issuer, "subject_": subject, "now": self._clock.now()}
        row = tx.execute(USE, known).first()
        return (row.account_id, row.level) if row else None

    def drop(self, tx: Tx, account: str, provider: str) -> str | None:
        """Forget it; what its owner knew it by, or None where there was none."""
        found: str | None = tx.execute(DROP, {"account_": account, "provider_": provider}).scalar()
        return found
