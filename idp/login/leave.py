# SPDX-License-Identifier: Apache-2.0
"""The end of a session, everywhere: ended here first, then told to each application.

The notices are messages, written with the session's end (`idp.sessions.notices`). They are tried
here at once, so that the page can say who was reached; the outbox goes on with the others.
"""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from enum import Enum

from idp.applications.service import Applications
from idp.applications.values import Application
from idp.db import Database
from idp.login.answers import Teller
from idp.logs import get
from idp.origin import Origin
from idp.sessions.service import Ended, Opened, Sessions
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


class Leaving:
    """Ends sessions."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        applications: Applications,
        tellers: Mapping[str, Teller],
        patience: float,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._applications = applications
        self._tellers = tellers
        self._patience = patience
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="tell")

    def leave(self, session: Session, why: str, origin: Origin) -> list[Told]:
        """End the session durably, then tell every application opened in it, all at once."""
        with self._database.write() as tx:
            opened = self._sessions.opened_in(tx, session.id)
            if not self._sessions.end(tx, session.id, why, origin):
                return []
        return self.tell(session.account, session.id, opened)

    def tell_replaced(self, session: Session) -> list[Told]:
        """Tell the applications of a session that another login has already ended."""
        with self._database.read() as tx:
            opened = self._sessions.opened_in(tx, session.id)
        return self.tell(session.account, session.id, opened)

    def tell_all(self, account: str, ended: Iterable[Ended]) -> list[Told]:
        """Tell the applications of sessions of one person that have ended already."""
        return [told for one in ended for told in self.tell(account, one.session, one.opened)]

    def tell(self, account: str, session: str, opened: list[Opened]) -> list[Told]:
        """Tell these applications; nobody waits longer than the patience set."""
        with self._database.read() as tx:
            found = [(one, self._applications.load(tx, one.application)) for one in opened]
        # One deadline for all: a dead application costs everybody the same few seconds, once.
        until = time.monotonic() + self._patience
        calls = [
            (
                application,
                self._pool.submit(self._one, application, account, session, one.label, until),
            )
            for one, application in found
            if application is not None
        ]
        told = []
        for application, call in calls:
            try:
                reach = call.result(timeout=max(until - time.monotonic(), 0))
            except NotInTime:
                reach = Reach.NOT_REACHED
            told.append(Told(application, reach))
        return told

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
