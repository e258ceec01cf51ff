# SPDX-License-Identifier: Apache-2.0
"""What would happen if somebody came to an application: flow and gate asked, nothing done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.base import Level
from idp.accounts.values import Account, State
from idp.applications.values import Application, Policy
from idp.db import Tx
from idp.login.flow import Choose, Refusal, Refuse, next_step, offered_means
from idp.login.gate import Gate
from idp.login.request import LoginRequest

NOBODY = "trial"


@dataclass(frozen=True, slots=True)
class Way:
    """One means that the page would offer, and what the person lacks to use it; empty: nothing."""

    means: str
    level: Level
    lack: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether somebody enters: the first refusal, and each way in."""

    refusal: Refusal | None
    ways: tuple[Way, ...]

    @property
    def enters(self) -> bool:
        """Whether at least one way is open."""
        return self.refusal is None and any(not one.lack for one in self.ways)


class Trial:
    """Asks what the pages of a login ask, with nobody there."""

    def __init__(
        self,
        gate: Gate,
        levels: Mapping[str, Level],
        bases: Mapping[str, str],
        lacks: Callable[[str, str], str | None],
    ) -> None:
        self._gate = gate
        self._levels = levels
        self._bases = bases
        self._lacks = lacks

    def judge(self, tx: Tx, application: Application, account: Account, now: int) -> Judged:
        """This account, at this application, as things stand."""
        if not application.enabled:
            return Judged(Refusal.APPLICATION_CLOSED, ())
        if account.state is not State.ACTIVE:
            return Judged(Refusal.ACCOUNT_CLOSED, ())
        closed = self._gate.closed_to(tx, application, account)
        if closed is not None:
            return Judged(closed, ())
        wished = LoginRequest(NOBODY, application.protocol, application.key, now)
        step = next_step(wished, application.policy, self._levels, None, (), now, self._bases)
        if isinstance(step, Refuse):
            return Judged(step.refusal, ())
        offered = step.means if isinstance(step, Choose) else ()
        ways = [
            Way(kind, self._levels[kind], self._lacks(kind, account.id) or "") for kind in offered
        ]
        return Judged(None, tuple(ways))

    def offered(self, policy: Policy) -> tuple[str, ...]:
        """The means that the page of an application with this policy would offer."""
        return offered_means(policy, self._levels, policy.level)
