# SPDX-License-Identifier: Apache-2.0
"""The end of a session, everywhere: ended here first, then told to each application.

The notices are messages, written with the session's end (`idp.sessions.notices`). They are tried
here at once, so that the page can say who was reached; the outbox goes on with the others.
"""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from enum import Enum

from idp.applications.service import Applications
from idp.applications.values import Application
from idp.db import Database, Tx
from idp.login.answers import Teller
from idp.logs import get
from idp.origin import Origin
from idp.sessions.service import Ended, Opened, Sessions
from idp.sessions.ties import Loose, Ties
from idp.sessions.values import Session

log = get("logout")


class Reach(Enum):
    """Whether an application was told."""

    REACHED = "reached"
    NOT_REACHED = "not-reached"
    NOT_TOLD = "not-told"


@dataclass(frozen=True, slots=True)
class Told:
    """An application of the session, and whether it knows that the session has ended."""

    application: Application
    reach: Reach
    account: str
    session: str


@dataclass(frozen=True, slots=True)
class Gone:
    """What came of a logout: who was told, and what goes on elsewhere."""

    told: list[Told]
    loose: tuple[Loose, ...] = ()


# As many at a time: those that do not answer keep nobody from the others.
AT_ONCE = 16


class Leaving:
    """Ends sessions."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        applications: Applications,
        tellers: Mapping[str, Teller],
        ties: Ties,
        patience: float,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._applications = applications
        self._tellers = tellers
        self._ties = ties
        self._patience = patience
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tell")

    def leave(self, session: Session, why: str, origin: Origin) -> Gone:
        """End the session durably, then tell every application opened in it, all at once."""
        with self._database.write() as tx:
            ended = self.end(tx, session.id, why, origin)
        told = self.tell_all(session.account, [ended] if ended else [])
        return Gone(told, ended.loose if ended else ())

    def end(self, tx: Tx, session: str, why: str, origin: Origin) -> Ended | None:
        """End a session; the applications to tell once that is durable. None if it was already."""
        # First, as whoever proves something in it does: of the two, one waits for the other.
        self._sessions.hold(tx, session)
        opened = self._sessions.opened_in(tx, session)
        loose = self._ties.loosen(tx, session)
        if not self._sessions.end(tx, session, why, origin):
            return None
        return Ended(session, opened, loose)

    def tell_replaced(self, session: Session) -> list[Told]:
        """Tell the applications of a session that another login has already ended."""
        with self._database.read() as tx:
            opened = self._sessions.opened_in(tx, session.id)
        return self.tell(session.account, session.id, opened)

    def tell(self, account: str, session: str, opened: list[Opened]) -> list[Told]:
        """Tell these applications of one session."""
        return self.tell_all(account, [Ended(session, opened)])

    def tell_all(self, account: str, ended: Iterable[Ended], knows: str = "") -> list[Told]:
        """Tell the applications of sessions of one person; nobody waits longer than the patience.

        `knows` is the application that asked for it, where its protocol tells it in the answer.
        """
        # One deadline for all: a dead application costs everybody the same few seconds, once.
        until = time.monotonic() + self._patience
        told = []
        for session, application, call in self._begin(account, ended, knows, until):
            try:
                reach = call.result(timeout=max(until - time.monotonic(), 0))
            except NotInTime:
                reach = Reach.NOT_REACHED
            told.append(Told(application, reach, account, session))
        return told

    def tell_apart(self, account: str, ended: Iterable[Ended]) -> None:
        """The same, and nobody waits for it."""
        self._begin(account, ended, "", time.monotonic() + self._patience)

    def _begin(
        self, account: str, ended: Iterable[Ended], knows: str, until: float
    ) -> list[tuple[str, Application, Future[Reach]]]:
        every = [(one.session, each) for one in ended for each in one.opened]
        with self._database.read() as tx:
            found = [
                (session, one, self._applications.load(tx, one.application))
                for session, one in every
            ]
        calls = []
        for session, one, application in found:
            if application is None:
                continue
            if application.key == knows:
                self._settle(session, knows, reached=None)
                continue
            call = self._pool.submit(self._one, application, account, session, one.label, until)
            calls.append((session, application, call))
        return calls

    def _one(
        self, application: Application, account: str, session: str, label: str, until: float
    ) -> Reach:
        if time.monotonic() >= until:
            # Nobody waits for it any more: the outbox takes it from here.
            return Reach.NOT_REACHED
        teller = self._tellers.get(application.protocol)
        reached: bool | None = None
        try:
            if teller is not None:
                reached = teller.tell(application.key, account, session, label)
        except Exception:
            log.exception("logout notice failed", application=application.key)
            reached = False
        self._settle(session, application.key, reached=reached)
        if reached is None:
            return Reach.NOT_TOLD
        return Reach.REACHED if reached else Reach.NOT_REACHED

    def _settle(self, session: str, application: str, *, reached: bool | None) -> None:
        try:
            with self._database.write() as tx:
                self._sessions.notices.settle(tx, session, application, reached=reached)
        except Exception as fault:  # noqa: BLE001
            # Its hold runs out, and it is told a second time: a notice says the same again.
            log.warning("logout notice not noted", why=type(fault).__name__)

    def close(self) -> None:
        """End the pool."""
        self._pool.shutdown(wait=False, cancel_futures=True)
