# SPDX-License-Identifier: Apache-2.0
"""Whether somebody's phone is asked at once for what an application asks of them elsewhere.

A phone shows two digits and nothing else of it: neither who asks nor what for. So it is asked only
where these digits stand on the application's own screen, and where nothing is left to be shown:
what the person agreed to before, at a level that the phone reaches alone.
"""

import re
from typing import Final

from connectors.base import Level
from idp.accounts.values import Account
from idp.applications.values import Application
from idp.clock import Clock
from idp.db import Tx
from idp.grants.consents import Consents
from idp.login.flow import Finish, next_step
from idp.login.gate import Gate
from idp.login.phone_desk import KIND, PhoneDesk, Wanted
from idp.login.request import LoginRequest
from idp.sessions.values import Proof, Session

# facts §2: of what an application says, this alone fits on the phone.
DIGITS: Final = re.compile("[0-9]{2}")


class Ringing:
    """One question, and the request on the phone."""

    def __init__(
        self,
        clock: Clock,
        desk: PhoneDesk,
        gate: Gate,
        consents: Consents,
        level: Level,
        card_revocation: str,
    ) -> None:
        self._clock = clock
        self._desk = desk
        self._gate = gate
        self._consents = consents
        # The most that an answer of a phone is worth.
        self._level = level
        self._card_revocation = card_revocation

    def ring(
        self,
        tx: Tx,
        application: Application,
        account: Account,
        login: LoginRequest,
        wanted: Wanted,
    ) -> bool:
        """Have it put on their phone; whatever keeps it from there, message and page remain."""
        if not wanted.national_id or not DIGITS.fullmatch(wanted.number):
            return False
        return self._suffices(tx, application, account, login) and self._desk.put(tx, wanted)

    def _suffices(
        self, tx: Tx, application: Application, account: Account, login: LoginRequest
    ) -> bool:
        """Whether a yes on the phone would be the end of this login, as far as anybody can tell."""
        if login.details:
            # What is asked in detail is agreed to by whoever sees it.
            return False
        now = self._clock.now()
        proof = Proof(KIND, self._level, (), now, login.id)
        session = Session("", account.id, (proof,), now, now, now)
        policy = application.policy.under(self._card_revocation)
        consented = self._consents.given(tx, account.id, application.key)
        practice = self._gate.practice(tx, application, account.id, account.person.population.value)
        means = {KIND: self._level}
        step = next_step(login, policy, means, session, consented, now, practice=practice)
        return isinstance(step, Finish)
