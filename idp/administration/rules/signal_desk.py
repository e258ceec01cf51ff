# SPDX-License-Identifier: Apache-2.0
"""What one application is told beside its logins: its stream of signals, and logouts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select

from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.db import Tx
from idp.messages.records import COLUMNS, Record, c, read
from idp.signals.streams import ADMINISTRATOR, ENABLED, PAUSED, Stream, Streams

SHOWN: Final = 20
# By the index of these alone.
OF = (c.channel == "logout", c.shown == bindparam("application_"))
NEWEST = select(*COLUMNS).where(*OF).order_by(c.created_at.desc()).limit(SHOWN)
NUMBERS = select(c.state, func.count().label("number")).where(*OF).group_by(c.state)
# Whether this person may change that application.
MayChange = Callable[[Tx, Authority, str], bool]


@dataclass(frozen=True, slots=True)
class Signalled:
    """How it stands."""

    stream: Stream | None
    waiting: int
    # Of logouts: what became of the last ones, and how many came to what.
    notices: tuple[Record, ...]
    numbers: Mapping[str, int]


class SignalDesk:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(self, streams: Streams, may_change: MayChange) -> None:
        self._streams = streams
        self._may_change = may_change

    def shown(self, tx: Tx, authority: Authority, key: str) -> Denied | Signalled:
        """All of it; whose logouts they were is not among it."""
        if denied := authority.refuses(Right.APPLICATIONS_SEE):
            return denied
        stream = self._streams.of(tx, key)
        known = {"application_": key}
        return Signalled(
            stream,
            self._streams.waiting.number(tx, stream.id) if stream else 0,
            tuple(read(row) for row in tx.execute(NEWEST, known).all()),
            {row.state: row.number for row in tx.execute(NUMBERS, known).all()},
        )

    def pause(self, tx: Tx, authority: Authority, key: str) -> Denied | bool:
        """Until an administrator opens it again; False where it was not open."""
        stream = self._changed(tx, authority, key)
        if isinstance(stream, Denied):
            return stream
        return stream.state == ENABLED and self._set(tx, authority, stream, PAUSED)

    def resume(self, tx: Tx, authority: Authority, key: str) -> Denied | bool:
        """What an administrator or this server paused; the application's own pause is its own."""
        stream = self._changed(tx, authority, key)
        if isinstance(stream, Denied):
            return stream
        return may_resume(stream) and self._set(tx, authority, stream, ENABLED)

    def drop(self, tx: Tx, authority: Authority, key: str) -> Denied | bool:
        """Give it up, with what waits; the application may make another."""
        stream = self._changed(tx, authority, key)
        if isinstance(stream, Denied):
            return stream
        event = authority.event("signals.removed", application=key)
        return self._streams.drop(tx, stream, event, authority.origin) or Denied.NOT_FOUND

    def _set(self, tx: Tx, authority: Authority, stream: Stream, state: str) -> bool:
        kind = "signals.resumed" if state == ENABLED else "signals.paused"
        event = authority.event(kind, application=stream.application)
        reason = "" if state == ENABLED else ADMINISTRATOR
        return self._streams.set_state(
            tx, stream, state, reason, event, authority.origin, who=ADMINISTRATOR
        )

    def _changed(self, tx: Tx, authority: Authority, key: str) -> Denied | Stream:
        if denied := authority.refuses(Right.APPLICATIONS_EDIT):
            return denied
        if not self._may_change(tx, authority, key):
            return Denied.NOT_ALLOWED
        return self._streams.of(tx, key) or Denied.NOT_FOUND


def may_resume(stream: Stream) -> bool:
    """Whether it is paused, and not by its application."""
    return stream.state == PAUSED and stream.state_by != "application"
