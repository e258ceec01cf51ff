# SPDX-License-Identifier: Apache-2.0
"""What the queue of requests stands on."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from idp.accounts.establishments import Establishments
from idp.accounts.service import Accounts
from idp.administration.authority import Authorities
from idp.administration.changes import Changes
from idp.administration.requests.letters import RequestLetters
from idp.applications.service import Applications
from idp.audit.record import Audit
from idp.clock import Clock
from idp.credentials.cards import Cards
from idp.credentials.passwords import Passwords
from idp.credentials.reset_links import ResetLinks
from idp.db import Tx
from idp.directory.values import Practitioner
from idp.login.alerts import Alerts
from idp.login.renewal import Renewal
from idp.registration.decisions import Decisions
from idp.registration.links import Links
from idp.registration.store import Store


class Registers(Protocol):
    """What the queue asks of the directory."""

    def known(self, tx: Tx, national_id: str) -> Practitioner | None:
        """Who has this national identifier, as far as it is known here."""


class CardTrust(Protocol):
    """What the queue asks of those who know which cards are believed."""

    def believed(self, tx: Tx) -> set[str]:
        """Keys of the authorities whose cards may be believed at this moment."""

    def listed_among(self, tx: Tx, authority: str, serials: Collection[int]) -> set[int]:
        """Those of an authority's certificates that its lists name."""


@dataclass(frozen=True, slots=True)
class QueueRules:
    """As configured."""

    # The pattern of identifiers.
    identifiers: str
    activation_life: int
    temporary_life: int
    draft_life: int
    link_life: int
    reopen_for: int


@dataclass(frozen=True, slots=True)
class QueueGround:
    """Handed to each part of the queue."""

    clock: Clock
    audit: Audit
    changes: Changes
    authorities: Authorities
    accounts: Accounts
    applications: Applications
    establishments: Establishments
    cards: Cards
    passwords: Passwords
    renewal: Renewal
    reset_links: ResetLinks
    alerts: Alerts
    trust: CardTrust
    registers: Registers | None
    store: Store
    links: Links
    decisions: Decisions
    letters: RequestLetters
    rules: QueueRules
