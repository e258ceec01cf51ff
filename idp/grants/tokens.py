# SPDX-License-Identifier: Apache-2.0
"""Tokens: given, found while everything they stand on lives, rotated once, revoked."""

import json
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from idp.accounts.models import AccountRow
from idp.accounts.service import person_of
from idp.accounts.values import Person
from idp.applications.models import ApplicationRow
from idp.applications.service import COLUMNS as APPLICATION_COLUMNS
from idp.applications.service import Applications
from idp.applications.values import Application
from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Found, Tx, table_of
from idp.grants.admission import Admission, ApplicationAdmission
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

ADD = insert(table)
FOUNDATIONS = (
    table.join(applications, applications.c.key == table.c.application)
    .outerjoin(grants, grants.c.id == table.c.grant_id)
    .outerjoin(accounts, accounts.c.id == grants.c.account_id)
    .outerjoin(sessions, sessions.c.id == grants.c.session_id)
)
# A token is alive while the application, the grant, the account and the session are: whoever
# ends one of them ends the token, on every node at once (OA-047, OA-106). What was given on the
# word of others stands on no session, nor does what lasts while its person is away.
ALIVE = (
    (table.c.hash == bindparam("hash_"))
    & table.c.revoked_at.is_(None)
    & table.c.used_at.is_(None)
    & (table.c.expires_at > bindparam("now"))
    & (applications.c.state == "enabled")
    & (table.c.issued_at >= applications.c.open_since)
    & (
        table.c.grant_id.is_(None)
        | (
            grants.c.revoked_at.is_(None)
            & (accounts.c.state == "active")
            & (
                LIVES
                | (
                    ((grants.c.session_id == "") | grants.c.lasting_until.is_not(None))
                    & (grants.c.created_at >= accounts.c.open_since)
                )
            )
        )
    )
)
COLUMNS = (
    table.c.kind,
    table.c.application,
    table.c.scope,
    table.c.audience,
    table.c.issued_at,
    table.c.expires_at,
    table.c.grant_id,
    table.c.bound_to,
    table.c.actor,
    grants.c.account_id,
    grants.c.session_id,
    grants.c.level,
    grants.c.methods,
    grants.c.authenticated_at,
    grants.c.lasting_until,
)
FIND = select(*COLUMNS).select_from(FOUNDATIONS).where(ALIVE)
PERSON_COLUMNS = tuple(accounts.c[name] for name in Person.__dataclass_fields__)
# With all that the gate will ask about: whoever shows it is answered by one statement.
BEARER_COLUMNS = (
    *COLUMNS,
    grants.c.payload,
    accounts.c.updated_at,
    *PERSON_COLUMNS,
    *STANDING_COLUMNS,
)
BEARER_ROW = row_maker([one.name for one in BEARER_COLUMNS])
FIND_BEARER = (
    select(*BEARER_COLUMNS, *APPLICATION_COLUMNS)
    .select_from(FOUNDATIONS)
    .where(
        ALIVE,
        table.c.kind == "access",
        sessions.c.id.is_not(None) | grants.c.lasting_until.is_not(None),
    )
)
# RFC 9700 §4.14.2: a refresh token is used once; one statement decides (OA-101).
USABLE = (
    table.c.hash == bindparam("hash_"),
    table.c.kind == "refresh",
    table.c.application == bindparam("application_"),
    table.c.used_at.is_(None),
    table.c.revoked_at.is_(None),
    table.c.expires_at > bindparam("now"),
)
ROTATE = (
    update(table)
    .where(*USABLE)
    .values(used_at=bindparam("now"))
    .returning(table.c.grant_id, table.c.scope, table.c.bound_to)
)
# Without using it up, for those who may use theirs again.
STANDS = select(table.c.grant_id, table.c.scope, table.c.bound_to).where(*USABLE)
OWNER = select(
    table.c.kind, table.c.application, table.c.grant_id, table.c.used_at, table.c.revoked_at
).where(table.c.hash == bindparam("hash_"))
REVOKE = (
    update(table)
    .where(table.c.hash == bindparam("hash_"), table.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
    .returning(table.c.application)
)


# Whether the token still stands that another one was made from.
ORIGIN = select(table.c.actor).where(
    table.c.hash == bindparam("hash_"), table.c.revoked_at.is_(None)
)
MOST_ORIGINS = 8


class NotRotated(Enum):
    """Why a refresh token gave nothing."""

    UNKNOWN = "unknown"
    OTHER_APPLICATION = "other_application"
    EXPIRED = "expired"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Rotated:
    """A refresh token just used up: its family and what it covered."""

    grant: str
    scope: tuple[str, ...]
    bound_to: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A live token."""

    kind: str
    application: str
    scope: tuple[str, ...]
    audience: str
    issued_at: int
    expires_at: int
    grant: str | None
    account: str | None
    session: str | None
    level: int | None
    methods: tuple[str, ...]
    authenticated_at: int | None
    # What whoever shows it must hold besides; nothing where it is enough by itself.
    bound_to: str = ""
    # Who acts with it, and from which token it was made; nothing of one that a login gave.
    actor: str = ""
    # Whether it needs no session.
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Bearer:
    """A live access token with the person it speaks of, and what the gate asks about."""

    token: Token
    person: Person
    # Nothing of a token that lasts without a session.
    standing: Standing | None
    updated_at: int
    payload: str
    application: Application


@dataclass(frozen=True, slots=True)
class Fresh:
    """A token about to be stored: its value and its terms."""

    value: str
    kind: str
    scope: tuple[str, ...]
    audience: str
    expires_at: int
    bound_to: str = ""
    actor: str = ""


class Tokens:
    """The verbs of tokens."""

    def __init__(
        self, clock: Clock, lookup: Lookup, audit: Audit, applications: Applications
    ) -> None:
        self._clock = clock
        self._lookup = lookup
        self._audit = audit
        self._applications = applications

    def give(
        self, tx: Tx, admission: Admission, grant: str, fresh: list[Fresh], origin: Origin
    ) -> None:
        """Store the tokens of an admitted person."""
        now = self._clock.now()
        application = admission.application.key
        tx.execute(ADD, [self._row(one, application, grant, now) for one in fresh])
        event = Event(
            "token.given",
            account=admission.account,
            application=application,
            session=admission.session or None,
            level=int(admission.level),
            detail={"grant": grant, "scope": " ".join(fresh[0].scope)},
        )
        self._audit.record(tx, event, origin)

    def give_application(
        self, tx: Tx, admission: ApplicationAdmission, fresh: Fresh, origin: Origin
    ) -> None:
        """Store a token of an application that acts in its own name."""
        application = admission.application.key
        tx.execute(ADD, self._row(fresh, application, None, self._clock.now()))
        event = Event(
            "token.given", application=application, detail={"scope": " ".join(fresh.scope)}
        )
        self._audit.record(tx, event, origin)

    def _row(self, fresh: Fresh, application: str, grant: str | None, now: int) -> dict[str, Any]:
        return {
            "hash": self._lookup.hash(fresh.value),
            "kind": fresh.kind,
            "grant_id": grant,
            "application": application,
            "scope": " ".join(fresh.scope),
            "audience": fresh.audience,
            "issued_at": now,
            "expires_at": fresh.expires_at,
            "bound_to": fresh.bound_to or None,
            "actor": fresh.actor or None,
            "used_at": None,
            "revoked_at": None,
        }

    def find(self, tx: Tx, value: str) -> Token | None:
        """The live token of this value, of any kind."""
        known = {"hash_": self._lookup.hash(value), "now": self._clock.now()}
        row = tx.execute(FIND, known).first()
        return _read(row) if row else None

    def mark(self, value: str) -> str:
        """By which a token that is made from this one names it."""
        return self._lookup.hash(value).hex()

    def descends(self, tx: Tx, token: Token) -> bool:
        """Whether nothing was given back that this token was made from, step by step."""
        actor = token.actor
        for _step in range(MOST_ORIGINS):
            if not actor:
                return True
            known = {"hash_": bytes.fromhex(json.loads(actor)["from"])}
            row = tx.execute(ORIGIN, known).first()
            if row is None:
                return False
            actor = row.actor
        return False

    def bearer(self, tx: Tx, value: str) -> Bearer | None:
        """The live access token of this value with its person."""
        known = {"hash_": self._lookup.hash(value), "now": self._clock.now()}
        row = tx.execute(FIND_BEARER, known).first()
        if row is None:
            return None
        return Bearer(*_read_bearer(row[: len(BEARER_COLUMNS)]), self._applications.read(row))

    def rotate(
        self, tx: Tx, application: str, value: str
    ) -> Rotated | tuple[NotRotated, str | None]:
        """Use up a refresh token. A second use answers REUSED and names the family to end."""
        hashed = self._lookup.hash(value)
        known = {"hash_": hashed, "application_": application, "now": self._clock.now()}
        row = tx.execute(ROTATE, known).first()
        if row is not None:
            return Rotated(row.grant_id, tuple(row.scope.split()), row.bound_to or "")
        owner = tx.execute(OWNER, {"hash_": hashed}).first()
        if owner is None or owner.kind != "refresh":
            return NotRotated.UNKNOWN, None
        if owner.application != application:
            return NotRotated.OTHER_APPLICATION, None
        if owner.used_at is not None:
            return NotRotated.REUSED, owner.grant_id
        return NotRotated.EXPIRED, None

    def stands(
        self, tx: Tx, application: str, value: str
    ) -> Rotated | tuple[NotRotated, str | None]:
        """What a refresh token covers that its owner may use again."""
        known = {
            "hash_": self._lookup.hash(value),
            "application_": application,
            "now": self._clock.now(),
        }
        row = tx.execute(STANDS, known).first()
        if row is None:
            return NotRotated.UNKNOWN, None
        return Rotated(row.grant_id, tuple(row.scope.split()), row.bound_to or "")

    def revoke(self, tx: Tx, application: str, value: str, origin: Origin) -> str | None:
        """Revoke an application's own token; answers the grant to end where it was a refresh."""
        hashed = self._lookup.hash(value)
        owner = tx.execute(OWNER, {"hash_": hashed}).first()
        # RFC 7009 §2.1: a token of another application is left alone, and nothing is told (OA-112).
        if owner is None or owner.application != application:
            return None
        tx.execute(REVOKE, {"hash_": hashed, "now": self._clock.now()})
        event = Event("token.revoked", application=application, detail={"kind": owner.kind})
        self._audit.record(tx, event, origin)
        return owner.grant_id if owner.kind == "refresh" else None


def _read(row: Found) -> Token:
    return Token(
        kind=row.kind,
        application=row.application,
        scope=tuple(row.scope.split()),
        audience=row.audience,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        grant=row.grant_id,
        account=row.account_id,
        session=row.session_id,
        level=row.level,
        methods=tuple((row.methods or "").split()),
        authenticated_at=row.authenticated_at,
        bound_to=row.bound_to or "",
        actor=row.actor or "",
        lasting=row.lasting_until is not None,
    )


# A token's row is the same from one request to the next, until something in it changes. The
# application's columns, a long text among them, are kept once and not with each token.
@lru_cache(maxsize=1024)
def _read_bearer(values: tuple[Any, ...]) -> tuple[Token, Person, Standing | None, int, str]:
    row = BEARER_ROW(values)
    standing = read_standing(row) if row.lasting_until is None else None
    return _read(row), person_of(row), standing, row.updated_at, row.payload
