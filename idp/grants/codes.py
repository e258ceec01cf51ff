# SPDX-License-Identifier: Apache-2.0
"""One-time codes: given on an admission, redeemed once, by the application they were given to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from connectors.base import Level
from idp.audit.record import Audit, Event
from idp.clock import Clock, Entropy
from idp.db import Found, Tx, table_of
from idp.errors import Breakdown
from idp.grants.admission import Admission
from idp.grants.lasting import FIRST
from idp.grants.models import GrantRow
from idp.lookup import Lookup
from idp.origin import Origin

encode_json = json.JSONEncoder(separators=(",", ":")).encode
table = table_of(GrantRow)
ADD = insert(table)
# RFC 6749 §4.1.2: once. One statement decides, also among parallel requests (OA-031).
REDEEM = (
    update(table)
    .where(
        table.c.id == bindparam("grant"),
        table.c.application == bindparam("application_"),
        table.c.code_used_at.is_(None),
        table.c.code_expires_at > bindparam("now"),
        table.c.revoked_at.is_(None),
    )
    .values(code_used_at=bindparam("now"))
    .returning(*table.c)
)
WHY_NOT = select(table.c.id, table.c.application, table.c.account_id, table.c.code_used_at).where(
    table.c.id == bindparam("grant")
)
# A revoked grant is no grant, whatever tokens of its family still look usable (OA-100).
LOAD = select(table).where(table.c.id == bindparam("grant"), table.c.revoked_at.is_(None))
REVOKE = (
    update(table)
    .where(table.c.id == bindparam("grant"), table.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"), revoked_why=bindparam("why"))
    .returning(table.c.account_id, table.c.application, table.c.session_id)
)
REVOKE_ALL_OF = (
    update(table)
    .where(
        table.c.account_id == bindparam("account"),
        table.c.application == bindparam("application_"),
        table.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"), revoked_why=bindparam("why"))
    .returning(table.c.id)
)
# Everything a person gave, but what was given in one session.
REVOKE_ELSEWHERE = (
    update(table)
    .where(
        table.c.account_id == bindparam("account"),
        table.c.session_id != bindparam("kept"),
        table.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"), revoked_why=bindparam("why"))
    .returning(table.c.id)
)


class NotRedeemed(Enum):
    """Why a code gave nothing."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    OTHER_APPLICATION = "other_application"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Grant:
    """One admission handed to an application."""

    id: str
    application: str
    account: str
    session: str
    scope: tuple[str, ...]
    payload: Mapping[str, Any]
    level: Level
    means: tuple[str, ...]
    methods: tuple[str, ...]
    authenticated_at: int
    created_at: int
    expires_at: int
    # Where it lasts while its person is away: until then, if it is not used.
    lasting_until: int | None = None


class Codes:
    """The verbs of codes and of the grant they open."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        lookup: Lookup,
        audit: Audit,
        code_life: int,
        octets: int = 32,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._audit = audit
        self._life = code_life
        # How much chance is in a code: protocols that leave less room for it say so.
        self._octets = octets

    def give(
        self,
        tx: Tx,
        admission: Admission,
        scope: tuple[str, ...],
        payload: Mapping[str, Any],
        life: int,
        origin: Origin,
        *,
        lasting: bool = False,
    ) -> str:
        """A fresh code for an admitted person; the grant may live for `life` seconds.

        `lasting`: without their session.
        """
        now = self._clock.now()
        code = self._entropy.token(self._octets)
        grant = self._id(code)
        row = _row(grant, admission, scope, payload, now, now + life)
        if lasting:
            row["lasting_until"] = now + min(FIRST, life)
        tx.execute(ADD, {**row, "code_expires_at": now + self._life, "code_used_at": None})
        event = Event(
            "login.admitted",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            means=" ".join(admission.means),
            level=int(admission.level),
            detail={"grant": grant, "scope": " ".join(scope)},
        )
        self._audit.record(tx, event, origin)
        return code

    def vouch(
        self,
        tx: Tx,
        admission: Admission,
        scope: tuple[str, ...],
        payload: Mapping[str, Any],
        life: int,
    ) -> Grant:
        """What somebody is given for whom others vouch: no login, no code, and no session."""
        now = self._clock.now()
        grant = self._id(self._entropy.token(self._octets))
        row = _row(grant, admission, scope, payload, now, now + life)
        tx.execute(ADD, {**row, "code_expires_at": now, "code_used_at": now})
        found = self.load(tx, grant)
        if found is None:
            raise Breakdown("a grant that was just kept is not there")
        return found

    def _id(self, code: str) -> str:
        return self._lookup.hash(code).hex()

    def open(self, tx: Tx, application: str, code: str, *, keep: bool) -> Grant:
        """The grant behind a code that was given in this very transaction.

        `keep`: the application still redeems it; otherwise it is used up.
        """
        known: dict[str, Any] = {"grant": self._id(code)}
        mine = known | {"application_": application, "now": self._clock.now()}
        row = (tx.execute(LOAD, known) if keep else tx.execute(REDEEM, mine)).first()
        if row is None:
            raise Breakdown("a code that was just given opens nothing")
        return _read(row)

    def redeem(self, tx: Tx, application: str, code: str, origin: Origin) -> Grant | NotRedeemed:
        """The grant behind a code, for its first presenter. A replay ends what the first got."""
        known = {"grant": self._id(code)}
        now = {"now": self._clock.now()}
        row = tx.execute(REDEEM, known | now | {"application_": application}).first()
        if row is not None:
            return _read(row)
        return self._why_not(tx, application, known, origin)

    def _why_not(
        self, tx: Tx, application: str, known: dict[str, str], origin: Origin
    ) -> NotRedeemed:
        row = tx.execute(WHY_NOT, known).first()
        if row is None:
            return NotRedeemed.UNKNOWN
        if row.application != application:
            reason, kind = NotRedeemed.OTHER_APPLICATION, "code.other_application"
        elif row.code_used_at is not None:
            # RFC 6749 §4.1.2: SHOULD revoke all tokens issued from the code (OA-030).
            self.revoke(tx, row.id, "code_replayed", origin)
            reason, kind = NotRedeemed.REPLAYED, "code.replayed"
        else:
            return NotRedeemed.EXPIRED
        event = Event(
            kind,
            "refused",
            account=row.account_id,
            application=application,
            detail={"grant": row.id},
        )
        self._audit.record(tx, event, origin)
        return reason

    def load(self, tx: Tx, grant: str) -> Grant | None:
        """A grant by its id, unless it was revoked."""
        row = tx.execute(LOAD, {"grant": grant}).first()
        return _read(row) if row else None

    def revoke(self, tx: Tx, grant: str, why: str, origin: Origin) -> bool:
        """End a grant and with it every token of its family."""
        known = {"grant": grant, "now": self._clock.now(), "why": why}
        row = tx.execute(REVOKE, known).first()
        if row is None:
            return False
        event = Event(
            "grant.revoked",
            account=row.account_id,
            application=row.application,
            session=row.session_id,
            detail={"grant": grant, "why": why},
        )
        self._audit.record(tx, event, origin)
        return True

    def revoke_all_of(
        self, tx: Tx, account: str, application: str, why: str, origin: Origin
    ) -> int:
        """End everything a person gave one application."""
        known = {
            "account": account,
            "application_": application,
            "now": self._clock.now(),
            "why": why,
        }
        return self._revoke_many(tx, REVOKE_ALL_OF, known, origin)

    def revoke_elsewhere(
        self, tx: Tx, account: str, kept: str | None, why: str, origin: Origin | None
    ) -> int:
        """End everything a person gave, but what was given in the session kept."""
        # « - » is no session, while what others vouched for stands on one of no name.
        known = {"account": account, "kept": kept or "-", "now": self._clock.now(), "why": why}
        return self._revoke_many(tx, REVOKE_ELSEWHERE, known, origin)

    def _revoke_many(
        self, tx: Tx, statement: ReturningUpdate[Any], known: dict[str, Any], origin: Origin | None
    ) -> int:
        ended = len(tx.execute(statement, known).all())
        if ended:
            event = Event(
                "grant.revoked",
                account=known["account"],
                application=known.get("application_"),
                detail={"why": known["why"], "count": ended},
            )
            self._audit.record(tx, event, origin)
        return ended


def _row(
    grant: str,
    admission: Admission,
    scope: tuple[str, ...],
    payload: Mapping[str, Any],
    now: int,
    expires_at: int,
) -> dict[str, Any]:
    return {
        "id": grant,
        "application": admission.application.key,
        "account_id": admission.account,
        "session_id": admission.session,
        "scope": " ".join(scope),
        "payload": encode_json(payload),
        "level": int(admission.level),
        "means": " ".join(admission.means),
        "methods": " ".join(admission.methods),
        "authenticated_at": admission.authenticated_at,
        "created_at": now,
        "expires_at": expires_at,
        "revoked_at": None,
        "revoked_why": None,
        "lasting_until": None,
    }


def _read(row: Found) -> Grant:
    return Grant(
        id=row.id,
        application=row.application,
        account=row.account_id,
        session=row.session_id,
        scope=tuple(row.scope.split()),
        payload=json.loads(row.payload),
        level=Level(row.level),
        means=tuple(row.means.split()),
        methods=tuple(row.methods.split()),
        authenticated_at=row.authenticated_at,
        created_at=row.created_at,
        expires_at=row.expires_at,
        lasting_until=row.lasting_until,
    )
