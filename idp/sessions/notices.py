# SPDX-License-Identifier: Apache-2.0
"""Notices to the applications of a session that ends: messages, so that none of them is lost.

Written in the transaction that ends the session, and held for whoever ends it, who tells the
applications right away and wants to know which were reached. Those that were not, and all of them
where nobody told anything in time, are told again by whoever delivers messages.
"""

from idp.db import Tx
from idp.lookup import Lookup
from idp.messages.noting import Noting, Taken
from idp.messages.outbox import Message, Outbox
from idp.messages.outcome import Dropped, Later, Sent

CHANNEL = "logout"
HERE = "leaving"
# An application that was down for a day has ended its own sessions since.
WORTH = 86_400
NOT_REACHED = "the application was not reached"


class Notices:
    """One notice for each application of a session, named after both."""

    def __init__(self, outbox: Outbox, noting: Noting, lookup: Lookup, hold: int) -> None:
        self._outbox = outbox
        self._noting = noting
        self._lookup = lookup
        self._hold = hold

    def write(self, tx: Tx, account: str, session: str, application: str, label: str) -> None:
        """Queue one, held for the caller."""
        message = Message(
            channel=CHANNEL,
            purpose="logout",
            recipient=application,
            account=account,
            locale="",
            worth=WORTH,
            values={"account": account, "session": session, "label": label},
        )
        self._outbox.put(tx, message, self._name(session, application), HERE, self._hold)

    def settle(self, tx: Tx, session: str, application: str, *, reached: bool | None) -> None:
        """Note what the caller's own try came to. None: this application can't be told, ever."""
        taken = Taken(
            id=self._name(session, application),
            channel=CHANNEL,
            purpose="logout",
            account=None,
            worker=HERE,
            tries=1,
            worthless_at=LATER_THAN_ANY,
        )
        if reached is None:
            self._noting.note(tx, taken, Dropped())
        else:
            self._noting.note(tx, taken, Sent() if reached else Later(NOT_REACHED))

    def _name(self, session: str, application: str) -> str:
        return self._lookup.text("logout-notice", f"{session}|{application}")


# The first delay is seconds: it is not what makes a notice worthless.
LATER_THAN_ANY = 1 << 40
