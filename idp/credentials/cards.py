# SPDX-License-Identifier: Apache-2.0
"""Cards of the CPS family, as far as other means ask for them: bound to whom, used, valid, revoked.

Reading a card is not done here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.credentials.models import CardRow
from idp.db import Found, Tx, table_of
from idp.origin import Origin

table = table_of(CardRow)
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.serial)
OF_ACCOUNT = select(table).where(table.c.account_id == bindparam("account"))
REVOKE = (
    update(table)
    .where(table.c.serial == bindparam("serial_"), table.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
    .returning(table.c.account_id)
)


class Kind(Enum):
    """The cards of the family."""

    CPS = "cps"
    CPF = "cpf"
    CPE = "cpe"


@dataclass(frozen=True, slots=True)
class Card:
    """One card."""

    serial: str
    account: str
    kind: Kind
    valid_until: int
    first_used_at: int | None = None
    revoked_at: int | None = None


class Standing(Enum):
    """What somebody's cards allow: the best that one of them says."""

    VALID = "valid"
    # Never used to log in, or there is none.
    NONE = "none"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Cards:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def add(self, tx: Tx, card: Card, origin: Origin | None = None) -> bool:
        """Bind a card to an account; False where its serial number is bound already."""
        row = {
            "serial": card.serial,
            "account_id": card.account,
            "kind": card.kind.value,
            "valid_until": card.valid_until,
            "revoked_at": card.revoked_at,
            "first_used_at": card.first_used_at,
            "created_at": self._clock.now(),
        }
        if tx.execute(ADD, row).first() is None:
            return False
        detail = {"serial": card.serial, "kind": card.kind.value}
        self._audit.record(tx, Event("card.added", account=card.account, detail=detail), origin)
        return True

    def revoke(self, tx: Tx, serial: str, origin: Origin | None = None) -> str | None:
        """End a card for good; answers whose it was, or None where there was nothing to end."""
        row = tx.execute(REVOKE, {"serial_": serial, "now": self._clock.now()}).first()
        if row is None:
            return None
        event = Event("card.revoked", account=row.account_id, detail={"serial": serial})
        self._audit.record(tx, event, origin)
        account: str = row.account_id
        return account


def of_account(tx: Tx, account: str) -> list[Card]:
    """The cards bound to an account."""
    rows = tx.execute(OF_ACCOUNT, {"account": account}).all()
    return sorted((_read(row) for row in rows), key=lambda one: one.serial)


def standing(cards: Sequence[Card], now: int) -> Standing:
    """What these cards allow at this moment."""
    used = [one for one in cards if one.first_used_at is not None]
    if not used:
        return Standing.NONE
    kept = [one for one in used if one.revoked_at is None]
    if any(one.valid_until > now for one in kept):
        return Standing.VALID
    # A card that ran out is told before one that was withdrawn: a new one mends it.
    return Standing.EXPIRED if kept else Standing.REVOKED


def _read(row: Found) -> Card:
    return Card(
        serial=row.serial,
        account=row.account_id,
        kind=Kind(row.kind),
        valid_until=row.valid_until,
        first_used_at=row.first_used_at,
        revoked_at=row.revoked_at,
    )
