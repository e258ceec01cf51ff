# SPDX-License-Identifier: Apache-2.0
"""Stays: somebody's session at an application's own address, known there by a cookie.

A stay is a token of the grant that was given at the login: it dies with the grant, with the
session and with the account. Unused for long it ends by itself; each use puts that off.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update

from connectors.base import Level
from idp.accounts.models import AccountRow
from idp.accounts.service import person_of
from idp.accounts.values import Person
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.db import Tx, table_of
from idp.grants.admission import Admission
from idp.grants.codes import Codes, Grant
from idp.grants.models import GrantRow, TokenRow
from idp.lookup import Lookup
from idp.origin import Origin

table = table_of(TokenRow)
grants = table_of(GrantRow)
accounts = table_of(AccountRow)
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
# Whether the session and the account still stand is the gate's to say, right after this.
FIND = (
    select(
        table.c.expires_at.label("unused_until"),
        *(one.label(f"grant_{one.name}") for one in GRANT_COLUMNS),
        *(accounts.c[name] for name in Person.__dataclass_fields__),
    )
    .select_from(
        table.join(grants, grants.c.id == table.c.grant_id).join(
            accounts, accounts.c.id == grants.c.account_id
        )
    )
    .where(
        table.c.hash == bindparam("hash_"),
        table.c.kind == KIND,
        table.c.application == bindparam("application_"),
        table.c.revoked_at.is_(None),
        table.c.expires_at > bindparam("now"),
        grants.c.revoked_at.is_(None),
    )
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
    """A live one, with the person it is about."""

    grant: Grant
    person: Person
    unused_until: int


class Stays:
    """The verbs. The cookie's value never reaches the database."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        lookup: Lookup,
        audit: Audit,
        codes: Codes,
        idle: int,
        touch: int,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._audit = audit
        self._codes = codes
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

    def find(self, tx: Tx, application: str, secret: str) -> Stay | None:
        """The one behind a cookie's value at this application."""
        if not 20 <= len(secret) <= 128:
            return None
        known = {
            "hash_": self._lookup.hash(secret),
            "application_": application,
            "now": self._clock.now(),
        }
        row = tx.execute(FIND, known).first()
        if row is None:
            return None
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
        return Stay(grant, person_of(row), row.unused_until)

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
