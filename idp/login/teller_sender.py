# SPDX-License-Identifier: Apache-2.0
"""The channel `logout`: a notice leaves by the protocol of its application."""

from collections.abc import Mapping

from idp.applications.service import Applications
from idp.db import Database
from idp.login.answers import Teller
from idp.messages.outcome import Dropped, Later, Outcome, Parcel, Sent
from idp.sessions.notices import NOT_REACHED


class TellerSender:
    """Tells applications again that were not reached when a session ended."""

    # Each application is its own provider: one that is down says nothing of the others.
    one_provider = False

    def __init__(
        self,
        database: Database,
        applications: Applications,
        tellers: Mapping[str, Teller],
        longest: float,
    ) -> None:
        self._database = database
        self._applications = applications
        self._tellers = tellers
        self.longest = longest

    def send(self, parcel: Parcel) -> Outcome:
        """Tell the application; where it can't be told, or is gone, nothing stays of the notice."""
        with self._database.read() as tx:
            application = self._applications.load(tx, parcel.recipient)
        if application is None:
            return Dropped()
        teller = self._tellers.get(application.protocol)
        if teller is None:
            return Dropped()
        account, session, label = (
            str(parcel.values[name]) for name in ("account", "session", "label")
        )
        reached = teller.tell(application.key, account, session, label)
        if reached is None:
            return Dropped()
        return Sent() if reached else Later(NOT_REACHED, outage=False)
