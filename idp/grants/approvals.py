# SPDX-License-Identifier: Apache-2.0
"""People whom applications ask for while they are elsewhere: they agree or refuse, once.

The application holds a handle, of which only the hash lies here, and comes to ask what became of
it; the person finds it on a page of theirs, under a name that opens nothing.
"""

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from sqlalchemy import bindparam, case, delete, insert, select, update

from connectors.base import Level
from idp.clock import Clock, Entropy
from idp.crypto import KeyRing
from idp.db import Found, Tx, table_of
from idp.grants.admission import Admission
from idp.grants.codes import Grant
from idp.grants.models import ApprovalRow
from idp.lookup import Lookup

LIFE: Final = 300
LONGEST_LIFE: Final = 600
# Who agreed in the last second is still waited for.
GRACE: Final = 60
# So much later the application is still told that it is over, instead of that it never was.
KEPT: Final = 600
PAUSE: Final = 5
# What the network takes away between two questions is nobody's haste.
SLACK: Final = 1
# Asked too soon so often in a row, it is told that something is wrong with it.
MOST_HURRIED: Final = 10
LONGEST_PAUSE: Final = 60
# Of one person at a time (OA-145).
MOST_WAITING: Final = 3
# Of one application at a time, whomever it asks for.
MOST: Final = 5000
LONGEST_HANDLE: Final = 64
BATCH: Final = 500

table = table_of(ApprovalRow)
ADD = insert(table)
WAITS = (table.c.state == "waiting") & (table.c.expires_at > bindparam("now"))
FULL = (
    select(table.c.hash)
    .where(table.c.whom == bindparam("whom_"), WAITS)
    .offset(MOST_WAITING - 1)
    .limit(1)
)
CROWDED = (
    select(table.c.hash)
    .where(table.c.application == bindparam("application_"), WAITS)
    .offset(bindparam("most"))
    .limit(1)
)
OF_ACCOUNT = (
    select(table)
    .where(table.c.account_id == bindparam("account"), WAITS)
    .order_by(table.c.asked_at.desc(), table.c.name)
)
FIND = select(table).where(
    table.c.account_id == bindparam("account"), table.c.name == bindparam("name_"), WAITS
)
# The first decision counts, also among several browsers of one person.
DECIDE = update(table).where(
    table.c.account_id == bindparam("account"), table.c.name == bindparam("name_"), WAITS
)
LATEST = case(
    (table.c.expires_at < bindparam("until"), bindparam("until")), else_=table.c.expires_at
)
TOLD = (table.c.hash, table.c.application, table.c.notice, table.c.expires_at)
APPROVE = DECIDE.values(
    state="approved",
    expires_at=LATEST,
    session_id=bindparam("session"),
    level=bindparam("reached"),
    means=bindparam("by_means"),
    methods=bindparam("by_methods"),
    authenticated_at=bindparam("at"),
    decided_at=bindparam("now"),
).returning(*TOLD)
REFUSE = DECIDE.values(state="refused", decided_at=bindparam("now")).returning(*TOLD)
WITHDRAW = (
    update(table)
    .where(
        table.c.account_id == bindparam("account"),
        table.c.application == bindparam("application_"),
        table.c.state.in_(("waiting", "approved")),
        table.c.expires_at > bindparam("now"),
    )
    .values(state="refused", decided_at=bindparam("now"))
    .returning(*TOLD)
)
OWN = (table.c.hash == bindparam("hash_")) & (table.c.application == bindparam("application_"))
# One statement decides who was first, on every node (RL-02, RL-21, OA-142).
TAKE = (
    delete(table)
    .where(OWN, table.c.state == "approved", table.c.expires_at > bindparam("now"))
    .returning(table)
)
TOO_SOON = table.c.polled_at + table.c.pause - SLACK > bindparam("now")
# OA-141: what was asked too soon makes the pause longer, for this question and all that follow.
POLL = (
    update(table)
    .where(OWN)
    .values(
        polled_at=bindparam("now"),
        hurried=case((TOO_SOON, table.c.hurried + 1), else_=0),
        pause=case(
            (TOO_SOON & (table.c.pause < LONGEST_PAUSE), table.c.pause + PAUSE),
            else_=table.c.pause,
        ),
    )
    .returning(table.c.state, table.c.expires_at, table.c.hurried)
)
OLD = select(table.c.hash).where(table.c.keep_until < bindparam("before")).limit(BATCH)
FORGET = delete(table).where(table.c.hash.in_(OLD)).returning(table.c.hash)


class Answer(Enum):
    """What an application is told that comes to ask."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    HURRIED = "hurried"
    TOO_OFTEN = "too_often"
    REFUSED = "refused"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom an application asks for, and what for."""

    application: str
    # Nobody, where nobody is told of it.
    account: str | None
    # Counted by this, whether somebody goes by it or not.
    whom: bytes
    wished: str
    told: str
    address: str
    life: int
    # How the application is told that it may come; nothing where it asks by itself.
    bearer: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that somebody has to decide on."""

    name: str
    application: str
    wished: str
    told: str
    address: str
    asked_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided just now, and how the application is told, where it asked to be."""

    application: str
    left: int
    handle: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Approved:
    """Taken by its application: the grant as it was at the approval."""

    grant: Grant
    wished: str


class Approvals:
    """The verbs."""

    def __init__(self, clock: Clock, entropy: Entropy, lookup: Lookup, ring: KeyRing) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._ring = ring

    def whom(self, kind: str, value: str) -> bytes:
        """By which it is counted how often somebody is asked."""
        return self._lookup.hash(f"approval|{kind}|{value}")

    def is_full(self, tx: Tx, whom: bytes) -> bool:
        """Whether as many wait for them as may; whoever asks holds what they are counted by."""
        known = {"whom_": whom, "now": self._clock.now()}
        return tx.execute(FULL, known).first() is not None

    def is_crowded(self, tx: Tx, application: str) -> bool:
        """Whether as many of an application's wait as may."""
        known = {"application_": application, "now": self._clock.now(), "most": MOST - 1}
        return tx.execute(CROWDED, known).first() is not None

    def ask(self, tx: Tx, wish: Wish) -> tuple[str, str]:
        """Put one; the handle for the application, and the name for the person's page."""
        now = self._clock.now()
        # CIBA §7.3: chance that nobody guesses (OA-140); 256 bits.
        handle, name = self._entropy.token(), self._entropy.token(16)
        hashed = self._lookup.hash(handle)
        row: dict[str, Any] = dict.fromkeys(table.c.keys())
        row |= {
            "hash": hashed,
            "name": name,
            "application": wish.application,
            "account_id": wish.account,
            "whom": wish.whom,
            "wished": wish.wished,
            "told": wish.told,
            "address": wish.address[:64],
            "notice": self._sealed(hashed, handle, wish.bearer) if wish.bearer else None,
            "state": "waiting",
            "asked_at": now,
            "expires_at": now + wish.life,
            "keep_until": now + wish.life + GRACE + KEPT,
            "pause": PAUSE,
            "polled_at": 0,
            "hurried": 0,
        }
        tx.execute(ADD, row)
        return handle, name

    def of_account(self, tx: Tx, account: str) -> list[Waiting]:
        """What waits for somebody, the newest first."""
        known = {"account": account, "now": self._clock.now()}
        return [_waiting(row) for row in tx.execute(OF_ACCOUNT, known).all()]

    def find(self, tx: Tx, account: str, name: str) -> Waiting | None:
        """One of theirs that waits."""
        known = {"account": account, "name_": name[:22], "now": self._clock.now()}
        row = tx.execute(FIND, known).first()
        return _waiting(row) if row is not None else None

    def approve(self, tx: Tx, name: str, admission: Admission) -> Decided | None:
        """The person agreed and was admitted just now; None where it is decided or over."""
        now = self._clock.now()
        known = {
            "account": admission.account,
            "name_": name,
            "now": now,
            "until": now + GRACE,
            "session": admission.session,
            "reached": int(admission.level),
            "by_means": " ".join(admission.means),
            "by_methods": " ".join(admission.methods),
            "at": admission.authenticated_at,
        }
        return self._decided(tx.execute(APPROVE, known).first())

    def refuse(self, tx: Tx, account: str, name: str) -> Decided | None:
        """The person refused; None where it is decided or over."""
        known = {"account": account, "name_": name[:22], "now": self._clock.now()}
        return self._decided(tx.execute(REFUSE, known).first())

    def withdraw(self, tx: Tx, account: str, application: str) -> list[Decided]:
        """Whatever this application waits for, or has not come for yet, is refused from now on."""
        known = {"account": account, "application_": application, "now": self._clock.now()}
        found = (self._decided(row) for row in tx.execute(WITHDRAW, known).all())
        return [one for one in found if one is not None]

    def take(self, tx: Tx, application: str, handle: str) -> Approved | None:
        """What was agreed to, for the application that asked and comes first; it is gone then."""
        known = self._own(application, handle)
        row = tx.execute(TAKE, known).first() if known else None
        return _approved(row) if row is not None else None

    def poll(self, tx: Tx, application: str, handle: str) -> Answer:
        """What became of it, and that the application came to ask."""
        known = self._own(application, handle)
        row = tx.execute(POLL, known).first() if known else None
        if row is None:
            return Answer.UNKNOWN
        if row.expires_at <= self._clock.now():
            return Answer.OVER
        if row.state == "refused":
            return Answer.REFUSED
        if row.hurried >= MOST_HURRIED:
            return Answer.TOO_OFTEN
        return Answer.HURRIED if row.hurried else Answer.WAITING

    def _own(self, application: str, handle: str) -> dict[str, Any] | None:
        if not handle or len(handle) > LONGEST_HANDLE:
            return None
        hashed = self._lookup.hash(handle)
        return {"hash_": hashed, "application_": application, "now": self._clock.now()}

    def _decided(self, row: Found | None) -> Decided | None:
        if row is None:
            return None
        left = row.expires_at - self._clock.now()
        if row.notice is None:
            return Decided(row.application, left)
        sealed, place = row.notice, row.hash.hex()
        plain = self._ring.open(sealed, table="approvals", column="notice", row=place)
        handle, bearer = json.loads(plain)
        return Decided(row.application, left, handle, bearer)

    def _sealed(self, hashed: bytes, handle: str, bearer: str) -> str:
        plain = json.dumps([handle, bearer]).encode()
        return self._ring.seal(plain, table="approvals", column="notice", row=hashed.hex())


def _waiting(row: Found) -> Waiting:
    return Waiting(
        name=row.name,
        application=row.application,
        wished=row.wished,
        told=row.told,
        address=row.address,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
    )


def _approved(row: Found) -> Approved:
    """As a grant that ends soon: the gate looks at it once more, and makes another of it."""
    grant = Grant(
        id="",
        application=row.application,
        account=row.account_id,
        session=row.session_id,
        scope=(),
        payload={},
        level=Level(row.level),
        means=tuple(row.means.split()),
        methods=tuple(row.methods.split()),
        authenticated_at=row.authenticated_at,
        created_at=row.decided_at,
        expires_at=row.expires_at,
    )
    return Approved(grant, row.wished)
