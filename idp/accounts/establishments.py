# SPDX-License-Identifier: Apache-2.0
"""Establishments, and who belongs to them. Who may do so is asked in the administration."""

import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.accounts.models import AffiliationRow, EstablishmentRow
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Found, Tx, table_of
from idp.origin import Origin

# A FINESS number: the department, of which two have a letter, then digits; test ones have letters.
FINESS = re.compile(r"[0-9][0-9AB][0-9A-Z][0-9]{6}", re.ASCII)
table = table_of(EstablishmentRow)
affiliations = table_of(AffiliationRow)
LOAD = select(table).where(table.c.key == bindparam("establishment"))
ALL = select(table)
NEW = upsert(table)
PUT = NEW.on_conflict_do_update(
    index_elements=["key"],
    set_={
        name: NEW.excluded[name]
        for name in (
            "name",
            "town",
            "post_code",
            "support_email",
            "support_phone",
            "state",
            "updated_at",
        )
    },
)
OF_ACCOUNT = select(affiliations.c.establishment).where(
    affiliations.c.account_id == bindparam("account")
)
SERVED = (
    select(affiliations.c.establishment, affiliations.c.since)
    .join(table, table.c.key == affiliations.c.establishment)
    .where(affiliations.c.account_id == bindparam("account"), table.c.state == "active")
)
JOIN = upsert(affiliations).on_conflict_do_nothing().returning(affiliations.c.establishment)
LEAVE = (
    delete(affiliations)
    .where(
        affiliations.c.account_id == bindparam("account"),
        affiliations.c.establishment == bindparam("establishment_"),
    )
    .returning(affiliations.c.establishment)
)


class Standing(StrEnum):
    """Whether an establishment takes part."""

    ACTIVE = "active"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Establishment:
    """An organisation with a FINESS number."""

    key: str
    name: str
    town: str = ""
    post_code: str = ""
    support_email: str = ""
    support_phone: str = ""
    state: Standing = Standing.ACTIVE


class Establishments:
    """The verbs; each takes the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def put(self, tx: Tx, establishment: Establishment, origin: Origin) -> bool:
        """Make it, or change what is known of it; False where nothing changed."""
        if load(tx, establishment.key) == establishment:
            return False
        now = self._clock.now()
        tx.execute(PUT, asdict(establishment) | {"created_at": now, "updated_at": now})
        detail = {"establishment": establishment.key, "state": establishment.state.value}
        self._audit.record(tx, Event("establishment.changed", detail=detail), origin)
        return True

    def join(self, tx: Tx, account: str, establishment: str, origin: Origin) -> bool:
        """Put an account into an establishment that exists; False where it is there already."""
        row = {"account_id": account, "establishment": establishment, "since": self._clock.now()}
        if tx.execute(JOIN, row).first() is None:
            return False
        self._note(tx, "account.affiliated", account, establishment, origin)
        return True

    def leave(self, tx: Tx, account: str, establishment: str, origin: Origin) -> bool:
        """Take an account out of an establishment."""
        known = {"account": account, "establishment_": establishment}
        if tx.execute(LEAVE, known).first() is None:
            return False
        self._note(tx, "account.unaffiliated", account, establishment, origin)
        return True

    def _note(self, tx: Tx, kind: str, account: str, establishment: str, origin: Origin) -> None:
        event = Event(kind, account=account, detail={"establishment": establishment})
        self._audit.record(tx, event, origin)


def load(tx: Tx, key: str) -> Establishment | None:
    """The establishment of this number, whatever its state."""
    row = tx.execute(LOAD, {"establishment": key}).first()
    return _read(row) if row else None


def every(tx: Tx) -> list[Establishment]:
    """All of them, by number."""
    return sorted((_read(row) for row in tx.execute(ALL).all()), key=lambda one: one.key)


def of_account(tx: Tx, account: str) -> frozenset[str]:
    """Where an account belongs."""
    return frozenset(tx.execute(OF_ACCOUNT, {"account": account}).scalars())


def served(tx: Tx, account: str) -> list[str]:
    """The open ones that an account belongs to; where it has been for longest comes first."""
    rows = tx.execute(SERVED, {"account": account}).all()
    return [row.establishment for row in sorted(rows, key=lambda row: (row.since, row[0]))]


def _read(row: Found) -> Establishment:
    values = {name: getattr(row, name) for name in Establishment.__dataclass_fields__}
    return Establishment(**values | {"state": Standing(row.state)})
