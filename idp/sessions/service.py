# SPDX-License-Identifier: Apache-2.0
"""Verbs of the session: open, find, add a proof, touch, end."""

from dataclasses import dataclass, replace

from connectors.base import Level
from idp.audit.record import Audit, Event
from idp.clock import DRIFT, Clock, Entropy
from idp.db import Found, Tx
from idp.lookup import Lookup
from idp.origin import Origin
from idp.sessions.notices import Notices
from idp.sessions.statements import (
    APPLICATIONS,
    BY_ID,
    END,
    ENTERED_BY,
    ENTERED_IN,
    FIND,
    HOLD,
    LAPSE,
    LOGGED_IN,
    OF_ACCOUNT,
    OPEN,
    OPENED_IN,
    PROVED,
    RENEW,
    TOUCH,
    WEAKEN,
)
from idp.sessions.ties import ERASE, Loose
from idp.sessions.values import (
    Proof,
    Session,
    dump_proofs,
    is_unused,
    lapse,
    read_proofs,
    weakened,
    with_proof,
)

EVER = -1
FAR = 2**62


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a session may last: without activity, and at all; and how many there may be."""

    idle: int
    absolute: int
    touch: int
    most: int
    # Without activity, a card's proof keeps its worth for so long.
    card: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An application opened in a session, and the session's name towards it."""

    application: str
    label: str
    first_at: int


@dataclass(frozen=True, slots=True)
class Entered:
    """A session in which one application was opened, and its name towards that one."""

    session: str
    account: str
    label: str
    is_over: bool
    first_at: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that has ended, and the applications to tell."""

    session: str
    opened: list[Opened]
    # The sessions elsewhere by which it was opened, which go on.
    loose: tuple[Loose, ...] = ()


class Sessions:
    """The verbs; the cookie's secret never reaches the database."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        lookup: Lookup,
        audit: Audit,
        lives: Lives,
        notices: Notices,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lookup = lookup
        self._audit = audit
        self.lives = lives
        self.notices = notices

    def find(self, tx: Tx, secret: str, *, even_idle: bool = False) -> Session | None:
        """The live session behind a cookie's value.

        An idle one opens nothing any more, but its tokens live: whoever ends it must find it.
        """
        if not 20 <= len(secret) <= 128:
            return None
        known = {"hash": self._lookup.hash(secret)} | self._now(even_idle=even_idle)
        row = tx.execute(FIND, known).first()
        return self._read(row) if row else None

    def of_account(self, tx: Tx, account: str, *, even_idle: bool = False) -> list[Session]:
        """The live sessions of a person, the last used first."""
        known = {"account": account} | self._now(even_idle=even_idle)
        found = [self._read(row) for row in tx.execute(OF_ACCOUNT, known).all()]
        # Not sorted by the database: each sorts text in its own way (RL-20).
        return sorted(found, key=lambda one: (-one.seen_at, -one.created_at, one.id))

    def _now(self, *, even_idle: bool = False) -> dict[str, int]:
        now = self._clock.now()
        if even_idle:
            return {"now": now, "idle_since": EVER, "latest": FAR}
        return {"now": now, "idle_since": now - self.lives.idle, "latest": now + DRIFT}

    def open(self, tx: Tx, account: str, proof: Proof, origin: Origin) -> tuple[Session, str]:
        """A new session and the secret for its cookie."""
        now = self._clock.now()
        secret = self._entropy.token()
        session = Session(
            id=self._entropy.token(16),
            account=account,
            proofs=(proof,),
            created_at=now,
            seen_at=now,
            expires_at=now + self.lives.absolute,
            address=origin.address[:64],
            user_agent=origin.user_agent[:256],
        )
        row = {
            "id": session.id,
            "secret_hash": self._lookup.hash(secret),
            "account_id": account,
            "level": int(session.level),
            "authenticated_at": proof.at,
            "proofs": dump_proofs(session.proofs),
            "created_at": now,
            "seen_at": now,
            "expires_at": session.expires_at,
            "address": session.address,
            "user_agent": session.user_agent,
        }
        tx.execute(OPEN, row)
        tx.execute(LOGGED_IN, {"account": account, "now": now})
        return session, secret

    def make_room(self, tx: Tx, newest: Session, origin: Origin) -> list[Session]:
        """End what a person has beyond the most allowed: those unused for longest (SE-007)."""
        tx.execute(HOLD, {"account": newest.account})
        every = self.of_account(tx, newest.account, even_idle=True)
        others = [one for one in every if one.id != newest.id]
        surplus = others[self.lives.most - 1 :]
        return [one for one in surplus if self.end(tx, one.id, "too-many", origin)]

    def prove(self, tx: Tx, session: Session, proof: Proof) -> tuple[Session, str] | None:
        """Add a proof. The secret changes at each change of privilege (ASVS 7.2.4, OA-172)."""
        row = tx.execute(PROVED, {"session": session.id}).first()
        if row is None:
            return None
        # Of now, not of when the request began: what was weakened meanwhile stays so.
        proofs = with_proof(self._proofs_in(row), proof)
        # It is used now, however long ago somebody elsewhere says that they proved themselves.
        renewed = replace(session, proofs=proofs, seen_at=self._clock.now())
        secret = self._entropy.token()
        known = {
            "session": session.id,
            "new_hash": self._lookup.hash(secret),
            "new_level": int(renewed.level),
            "new_proofs": dump_proofs(renewed.proofs),
            "new_at": renewed.authenticated_at,
            "now": renewed.seen_at,
        }
        tx.execute(RENEW, known)
        return renewed, secret

    def holder(self, tx: Tx, session: str) -> str | None:
        """Whose session this is; None where it has ended."""
        row = tx.execute(BY_ID, {"session": session}).first()
        return row.account_id if row else None

    def hold(self, tx: Tx, session: str) -> None:
        """Nobody else proves or ends this session before the transaction is over."""
        tx.execute(PROVED, {"session": session}).first()

    def weaken(self, tx: Tx, session: str, means: str, most: Level) -> None:
        """What a means has proved is worth no more than this any longer."""
        row = tx.execute(PROVED, {"session": session}).first()
        if row is None:
            return
        given = read_proofs(row.proofs)
        proofs = tuple(weakened(one, most) if one.means == means else one for one in given)
        if proofs == given:
            return
        known = {
            "session": session,
            "new_proofs": dump_proofs(proofs),
            "new_level": int(max(one.level for one in proofs)),
        }
        tx.execute(WEAKEN, known)
        detail: dict[str, str | int] = {"means": means, "level": int(most)}
        event = Event("session.weakened", account=row.account_id, session=session, detail=detail)
        self._audit.record(tx, event)

    def is_due(self, session: Session) -> bool:
        """Whether activity is worth noting: a lax value, not worth a write each time."""
        return self._clock.now() - session.seen_at >= self.lives.touch

    def touch(self, tx: Tx, session: Session) -> None:
        """Note activity, at most once a minute; what lapsed meanwhile stays so."""
        if not self.is_due(session):
            return
        known = {"session": session.id, "now": self._clock.now()}
        if any(one.lapsed for one in session.proofs):
            row = tx.execute(PROVED, {"session": session.id}).first()
            proofs = lapse(read_proofs(row.proofs)) if row else session.proofs
            level = int(max(one.level for one in proofs))
            kept = {"new_proofs": dump_proofs(proofs), "new_level": level}
            if tx.execute(LAPSE, {**known, **kept, "seen": session.seen_at}).first():
                return
        tx.execute(TOUCH, known)

    def enter(self, tx: Tx, session: str, application: str) -> str:
        """Note that an application was opened; answers the session's name towards it."""
        label = self.label(session, application)
        row = {
            "session_id": session,
            "application": application,
            "label": label,
            "first_at": self._clock.now(),
        }
        tx.execute(OPENED_IN, row)
        return label

    def label(self, session: str, application: str) -> str:
        """The session's name towards one application: stable, and alike nowhere else."""
        return self._lookup.text("session-label", f"{session}|{application}")

    def opened_in(self, tx: Tx, session: str) -> list[Opened]:
        """The applications opened in a session, in order."""
        rows = tx.execute(APPLICATIONS, {"session": session}).all()
        found = [Opened(row.application, row.label, row.first_at) for row in rows]
        return sorted(found, key=lambda one: (one.first_at, one.application))

    def entered_by(self, tx: Tx, account: str, application: str) -> list[Entered]:
        """The sessions of a person in which an application was opened, those over included."""
        known = {"account": account, "application": application}
        return [_entered(row) for row in tx.execute(ENTERED_BY, known).all()]

    def entered_in(self, tx: Tx, session: str, application: str) -> list[Entered]:
        """This session, if the application was opened in it."""
        known = {"session": session, "application": application}
        return [_entered(row) for row in tx.execute(ENTERED_IN, known).all()]

    def end(self, tx: Tx, session: str, why: str, origin: Origin | None = None) -> bool:
        """End a session; everything bound to it is dead with this row. False if it was already.

        Its applications will be told: the notices are written with it, whoever ends it and why.
        """
        row = tx.execute(END, {"session": session, "now": self._clock.now(), "why": why}).first()
        if row is None:
            return False
        # What a session elsewhere could be ended with is nobody's any more.
        tx.execute(ERASE, {"session": session})
        event = Event("session.ended", account=row.account_id, session=session, detail={"why": why})
        self._audit.record(tx, event, origin)
        for one in self.opened_in(tx, session):
            self.notices.write(tx, row.account_id, session, one.application, one.label)
        return True

    def end_all(
        self, tx: Tx, account: str, why: str, origin: Origin | None, *, keep: str | None = None
    ) -> tuple[Ended, ...]:
        """End every session of a person but the one kept, idle ones too: their tokens live."""
        ended = []
        for one in self.of_account(tx, account, even_idle=True):
            there = self.opened_in(tx, one.id)
            if one.id != keep and self.end(tx, one.id, why, origin):
                ended.append(Ended(one.id, there))
        return tuple(ended)

    def _read(self, row: Found) -> Session:
        return Session(
            id=row.id,
            account=row.account_id,
            proofs=self._proofs_in(row),
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
            address=row.address,
            user_agent=row.user_agent,
        )

    def _proofs_in(self, row: Found) -> tuple[Proof, ...]:
        proofs = read_proofs(row.proofs)
        unused = is_unused(row.seen_at, self._clock.now(), self.lives.card)
        return lapse(proofs) if unused else proofs


def _entered(row: Found) -> Entered:
    return Entered(row.id, row.account_id, row.label, row.ended_at is not None, row.first_at)
