# SPDX-License-Identifier: Apache-2.0
"""Stays: somebody's session at an application's own address, known there by a cookie.

A stay is a token of the grant that was given at the login: it dies with the grant, with the
session and with the account. Unused for long it ends by itself; each use puts that off.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from connectors.base import Level
from idp.accounts.models import AccountRow
from idp.accounts.service import person_of
from idp.accounts.values import Person
from idp.applications.models import ApplicationRow
from idp.applications.service import COLUMNS as APPLICATION_COLUMNS
from idp.applications.service import Applications, is_key
from idp.applications.values import Application
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.db import Tx, table_of
from idp.grants.admission import Admission
from idp.grants.codes import Codes, Grant
from idp.grants.models import GrantRow, TokenRow
from idp.lookup import Lookup
from idp.origin import Origin
from idp.prepared import row_maker
from idp.sessions.models import SessionRow
from idp.sessions.standing import COLUMNS as STANDING_COLUMNS
from idp.sessions.standing import LIVES, Standing, read_standing

table = table_of(TokenRow)
grants = table_of(GrantRow)
accounts = table_of(AccountRow)
sessions = table_of(SessionRow)
applications = table_of(ApplicationRow)
KIND = "stay"

ADD = insert(table)
GRANT_COLUMNS = tuple(
    grants.c[name]
    for name in (
        "id",
        "application",
        "account_id",
        "session_id",
        "scope",
        "level",
        "means",
        "methods",
        "authenticated_at",
        "created_at",
        "expires_at",
    )
)
# A proxy asks at each request, so that one statement answers all: the application, the stay where
# there is one, and the session where it lives. What follows from it is the gate's to say.
STAY_COLUMNS = (
    table.c.expires_at.label("unused_until"),
    *(one.label(f"grant_{one.name}") for one in GRANT_COLUMNS),
    *(accounts.c[name] for name in Person.__dataclass_fields__),
    *STANDING_COLUMNS,
)
STAY_ROW = row_maker([one.name for one in STAY_COLUMNS])
FIND = (
    select(*STAY_COLUMNS, *APPLICATION_COLUMNS)
    .select_from(
        applications.outerjoin(
            table,
            (table.c.hash == bindparam("hash_"))
            & (table.c.kind == KIND)
            & (table.c.application == applications.c.key)
            & table.c.revoked_at.is_(None)
            & (table.c.expires_at > bindparam("now")),
        )
        .outerjoin(grants, (grants.c.id == table.c.grant_id) & grants.c.revoked_at.is_(None))
        .outerjoin(accounts, accounts.c.id == grants.c.account_id)
        .outerjoin(sessions, (sessions.c.id == grants.c.session_id) & LIVES)
    )
    .where(applications.c.key == bindparam("application_"))
)
PUT_OFF = (
    update(table)
    .where(table.c.hash == bindparam("hash_"), table.c.revoked_at.is_(None))
    .values(expires_at=bindparam("until"))
)
END = (
    update(table)
    .where(
        table.c.hash == bindparam("hash_"),
        table.c.kind == KIND,
        table.c.application == bindparam("application_"),
        table.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"))
    .returning(table.c.grant_id)
)


@dataclass(frozen=True, slots=True)
class Stay:
    """A live one, with the person it is about, and how their session stands."""

    grant: Grant
    person: Person
    unused_until: int
    # None where it has ended.
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Found:
    """An application, and the stay there of whoever has this cookie; None where there is none."""

    application: Application
    stay: Stay | None


class Stays:
    """The verbs. The cookie's value never reaches the database."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        lookup: Lookup,
        audit: Audit,
        codes: Codes,
        registered: Applications,
        idle: int,
        touch: int,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._audit = audit
        self._codes = codes
        self._registered = registered
        self._idle = idle
        self._touch = touch

    def open(self, tx: Tx, admission: Admission, grant: Grant, origin: Origin) -> str:
        """A new one for an admitted person; answers the secret for its cookie."""
        secret = self._entropy.token()
        now = self._clock.now()
        row = {
            "hash": self._lookup.hash(secret),
            "kind": KIND,
            "grant_id": grant.id,
            "application": admission.application.key,
            "scope": " ".join(grant.scope),
            "audience": "",
            "issued_at": now,
            "expires_at": min(now + self._idle, grant.expires_at),
            "used_at": None,
            "revoked_at": None,
        }
        tx.execute(ADD, row)
        event = Event(
            "stay.opened",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            level=int(admission.level),
            detail={"grant": grant.id},
        )
        self._audit.record(tx, event, origin)
        return secret

    def find(self, tx: Tx, application: str, secret: str) -> Found | None:
        """An application, and the stay behind a cookie's value there; None where none is known."""
        if not is_key(application):
            return None
        is_secret = 20 <= len(secret) <= 128
        known = {
            "hash_": self._lookup.hash(secret) if is_secret else b"",
            "application_": application,
            "now": self._clock.now(),
        }
        row = tx.execute(FIND, known).first()
        if row is None:
            return None
        stay = _read(row[: len(STAY_COLUMNS)]) if row.grant_id is not None else None
        return Found(self._registered.read(row), stay)

    def is_due(self, stay: Stay) -> bool:
        """Whether its use is worth noting: not worth a write each time."""
        return self._until(stay) - stay.unused_until >= self._touch

    def put_off(self, tx: Tx, stay: Stay, secret: str) -> None:
        """It was used: its end moves away, up to the grant's own."""
        known = {"hash_": self._lookup.hash(secret), "until": self._until(stay)}
        tx.execute(PUT_OFF, known)

    def _until(self, stay: Stay) -> int:
        return min(self._clock.now() + self._idle, stay.grant.expires_at)

    def end(self, tx: Tx, application: str, secret: str, why: str, origin: Origin) -> bool:
        """End one, and the grant that it stands on; False where there is none."""
        known = {
            "hash_": self._lookup.hash(secret),
            "application_": application,
            "now": self._clock.now(),
        }
        row = tx.execute(END, known).first()
        if row is None:
            return False
        self._codes.revoke(tx, row.grant_id, why, origin)
        return True


# A visitor's row is the same from one request to the next, until something in it changes. The
# application's columns, a long text among them, are kept once and not with each visitor.
@lru_cache(maxsize=1024)
def _read(values: tuple[Any, ...]) -> Stay:
    row = STAY_ROW(values)
    grant = Grant(
        id=row.grant_id,
        application=row.grant_application,
        account=row.grant_account_id,
        session=row.grant_session_id,
        scope=tuple(row.grant_scope.split()),
        payload={},
        level=Level(row.grant_level),
        means=tuple(row.grant_means.split()),
        methods=tuple(row.grant_methods.split()),
        authenticated_at=row.grant_authenticated_at,
        created_at=row.grant_created_at,
        expires_at=row.grant_expires_at,
    )
    standing = read_standing(row) if row.standing_session is not None else None
    return Stay(grant, person_of(row), row.unused_until, standing)
