# SPDX-License-Identifier: Apache-2.0
"""Cards of the CPS family: bound to whom, used when, valid until when, revoked.

Reading a card is not done here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.credentials.models import CardRow
from idp.db import Found, Tx, table_of
from idp.origin import Origin

# What a serial number is written with, in every family.
SERIAL = re.compile(r"[0-9A-Za-z.-]{4,64}", re.ASCII)
table = table_of(CardRow)
ADD = upsert(table).on_conflict_do_nothing().returning(table.c.serial)
OF_ACCOUNT = select(table).where(table.c.account_id == bindparam("account"))
FIND = select(table).where(table.c.serial == bindparam("serial_"))
# FOR UPDATE: of a login and a revocation at the same time, one comes first.
HOLD = FIND.with_for_update()
USE = (
    update(table)
    .where(table.c.serial == bindparam("serial_"))
    .values(
        kind=bindparam("kind_"),
        valid_until=bindparam("valid_until_"),
        first_used_at=bindparam("first_used_at_"),
        last_used_at=bindparam("last_used_at_"),
        family=bindparam("family_"),
        authority=bindparam("authority_"),
        certificate_serial=bindparam("certificate_serial_"),
    )
)
REVOKE_CERTIFICATE = (
    update(table)
    .where(
        table.c.serial == bindparam("serial_"),
        table.c.revoked_at.is_(None),
        # A card that an administrator has bound has shown no certificate yet.
        or_(
            table.c.certificate_serial == bindparam("certificate_serial_"),
            table.c.certificate_serial == "",
        ),
    )
    .values(revoked_at=bindparam("now"), revoked_by="")
    .returning(table.c.account_id)
)
RESTORE = (
    update(table)
    .where(table.c.serial == bindparam("serial_"), table.c.revoked_at.is_not(None))
    .values(revoked_at=None, revoked_by="")
    .returning(table.c.account_id)
)
REVOKE = (
    update(table)
    .where(table.c.serial == bindparam("serial_"), table.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"), revoked_by=bindparam("who"))
    .returning(table.c.account_id)
)


class Kind(Enum):
    """The cards of the family."""

    CPS = "cps"
    CPF = "cpf"
    CPE = "cpe"
    CPA = "cpa"


@dataclass(frozen=True, slots=True)
class Card:
    """One card."""

    serial: str
    account: str
    kind: Kind
    valid_until: int
    first_used_at: int | None = None
    revoked_at: int | None = None
    last_used_at: int | None = None
    # Of the certificate last seen on it; empty until a login has shown it.
    family: str = ""
    authority: str = ""
    certificate_serial: str = ""
    # The administrator who revoked it, where one did.
    revoked_by: str = ""


class NotUsed(Enum):
    """Why a card that proved itself does not count here."""

    # It belongs to another account.
    OTHERS = "others"
    # The person's other cards come from authorities that speak of other people.
    OTHER_FAMILY = "other-family"
    REVOKED = "revoked"


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
            "last_used_at": card.last_used_at,
            "family": card.family,
            "authority": card.authority,
            "certificate_serial": card.certificate_serial,
            "revoked_by": card.revoked_by,
            "created_at": self._clock.now(),
        }
        if tx.execute(ADD, row).first() is None:
            return False
        detail = {"serial": card.serial, "kind": card.kind.value}
        self._audit.record(tx, Event("card.added", account=card.account, detail=detail), origin)
        return True

    def use(self, tx: Tx, shown: Card, origin: Origin | None = None) -> bool | NotUsed:
        """A card has just proved its holder: bind it, or take note; True at its first use here."""
        known = self._held(tx, shown.serial)
        if known is None:
            if self._is_of_others(of_account(tx, shown.account), shown):
                return NotUsed.OTHER_FAMILY
            now = self._clock.now()
            if self.add(tx, replace(shown, first_used_at=now, last_used_at=now), origin):
                return True
            # The same card at the same moment: the other login has bound it.
            known = self._held(tx, shown.serial)
        if known is None or known.account != shown.account:
            return NotUsed.OTHERS
        if known.revoked_at is not None:
            return NotUsed.REVOKED
        if self._is_of_others(of_account(tx, shown.account), shown):
            return NotUsed.OTHER_FAMILY
        now = self._clock.now()
        tx.execute(
            USE,
            {
                "serial_": shown.serial,
                "kind_": shown.kind.value,
                "valid_until_": shown.valid_until,
                "first_used_at_": known.first_used_at or now,
                "last_used_at_": now,
                "family_": shown.family,
                "authority_": shown.authority,
                "certificate_serial_": shown.certificate_serial,
            },
        )
        return known.first_used_at is None

    def _held(self, tx: Tx, serial: str) -> Card | None:
        row = tx.execute(HOLD, {"serial_": serial}).first()
        return _read(row) if row else None

    def _is_of_others(self, held: Sequence[Card], shown: Card) -> bool:
        """XC-010: one number in two families is not one person."""
        return any(one.family not in {"", shown.family} for one in held)

    def revoke(self, tx: Tx, serial: str, origin: Origin | None = None, by: str = "") -> str | None:
        """End a card for good; answers whose it was, or None where there was nothing to end.

        What stands on it ends as well: `idp.login.lost_cards` does both. `by`: the administrator
        who does it, where one does.
        """
        known = {"serial_": serial, "now": self._clock.now(), "who": by}
        row = tx.execute(REVOKE, known).first()
        if row is None:
            return None
        self._record(tx, "card.revoked", row.account_id, serial, origin)
        account: str = row.account_id
        return account

    def revoke_certificate(self, tx: Tx, serial: str, certificate_serial: str) -> str | None:
        """Its authority has revoked the certificate of a card: whose it was, where it is known."""
        known = {
            "serial_": serial,
            "certificate_serial_": certificate_serial,
            "now": self._clock.now(),
        }
        row = tx.execute(REVOKE_CERTIFICATE, known).first()
        if row is None:
            return None
        self._record(tx, "card.revoked", row.account_id, serial, None, by="authority")
        account: str = row.account_id
        return account

    def restore(self, tx: Tx, serial: str, origin: Origin | None = None) -> str | None:
        """Take a revocation back that was made by mistake; answers whose card it is."""
        row = tx.execute(RESTORE, {"serial_": serial}).first()
        if row is None:
            return None
        self._record(tx, "card.restored", row.account_id, serial, origin)
        account: str = row.account_id
        return account

    def _record(
        self, tx: Tx, kind: str, account: str, serial: str, origin: Origin | None, **more: str
    ) -> None:
        event = Event(kind, account=account, detail={"serial": serial, **more})
        self._audit.record(tx, event, origin)


def find(tx: Tx, serial: str) -> Card | None:
    """The card of this number."""
    row = tx.execute(FIND, {"serial_": serial}).first()
    return _read(row) if row else None


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
        last_used_at=row.last_used_at,
        family=row.family,
        authority=row.authority,
        certificate_serial=row.certificate_serial,
        revoked_by=row.revoked_by,
    )
