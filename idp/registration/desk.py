# SPDX-License-Identifier: Apache-2.0
"""Everything that pages and administrators need of registration, put together once."""

from dataclasses import dataclass
from typing import Protocol

from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.config import Settings
from idp.crypto import KeyRing
from idp.lookup import Lookup
from idp.messages.outbox import Outbox
from idp.messages.quotas import Quotas
from idp.registration.drafts import Drafts, Rules
from idp.registration.letters import Mail
from idp.registration.links import Links
from idp.registration.puzzles import Puzzles
from idp.registration.store import Store


@dataclass(frozen=True, slots=True)
class Registration:
    """The parts, by what they are asked for."""

    store: Store
    links: Links
    mail: Mail
    drafts: Drafts
    puzzles: Puzzles


class Ground(Protocol):
    """What it stands on."""

    @property
    def settings(self) -> Settings:
        """As configured."""

    @property
    def clock(self) -> Clock:
        """What time it is."""

    @property
    def entropy(self) -> Entropy:
        """Where unguessable values come from."""

    @property
    def lookup(self) -> Lookup:
        """The installation's keyed hash."""

    @property
    def audit(self) -> Audit:
        """The only writer of events."""


def open_registration(
    ground: Ground, ring: KeyRing, outbox: Outbox, quotas: Quotas
) -> Registration:
    """Over one installation."""
    clock, entropy, lookup = ground.clock, ground.entropy, ground.lookup
    settings, own = ground.settings, ground.settings.registration
    store, links = Store(clock, ring), Links(clock, entropy, lookup)
    mail = Mail(outbox, quotas, links, settings.server.issuer, own.link_life)
    nouns, rules = (clock, entropy, lookup, ground.audit), Rules(own.open, own.draft_life)
    drafts = Drafts(nouns, store, links, mail, quotas, rules)
    return Registration(store, links, mail, drafts, Puzzles(clock, entropy, lookup, ring))
