# SPDX-License-Identifier: Apache-2.0
"""A patient takes back the consent that their account stands on: it closes, everywhere at once."""

from typing import Final

from idp.accounts.service import Accounts
from idp.accounts.values import Account, Population, State
from idp.audit.record import Audit, Event
from idp.db import Tx
from idp.grants.consents import Consents
from idp.login.agreements import Agreements
from idp.login.alerts import Alerts
from idp.origin import Origin
from idp.sessions.service import Ended, Sessions

WITHDRAWN: Final = "withdrawn"


def may_withdraw(account: Account) -> bool:
    """Only a patient's account stands on a consent (SPEC §4)."""
    return account.person.population is Population.PATIENT


class Withdrawal:
    """The whole of it, in the caller's transaction."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        consents: Consents,
        agreements: Agreements,
        alerts: Alerts,
        audit: Audit,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._consents = consents
        self._agreements = agreements
        self._alerts = alerts
        self._audit = audit

    def close(self, tx: Tx, account: Account, origin: Origin) -> tuple[Ended, ...] | None:
        """Close the account and end all that it holds; None where it was closed already."""
        key = account.id
        if not may_withdraw(account):
            return None
        # First: a closed account has no live sessions any more.
        ended = self._sessions.end_all(tx, key, WITHDRAWN, origin)
        if not self._accounts.set_state(tx, key, State.DISABLED, origin):
            return None
        self._audit.record(tx, Event("account.withdrawn", account=key), origin)
        # Applications ask anew, should an establishment open the account again.
        for given in self._consents.listed(tx, key):
            self._agreements.withdraw(tx, key, given.application, WITHDRAWN, origin)
        self._alerts.account_disabled(tx, account)
        return ended
