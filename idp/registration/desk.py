# SPDX-License-Identifier: Apache-2.0
"""Everything that pages and administrators need of registration, put together once."""

from dataclasses import dataclass

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


def open_registration(
    settings: Settings,
    ground: tuple[Clock, Entropy, Lookup, Audit],
    ring: KeyRing,
    outbox: Outbox,
    quotas: Quotas,
) -> Registration:
    """Over one installation."""
    clock, entropy, lookup, _audit = ground
    own = settings.registration
    store, links = Store(clock, ring), Links(clock, entropy, lookup)
    mail = Mail(outbox, quotas, links, settings.server.issuer, own.link_life)
    drafts = Drafts(ground, store, links, mail, quotas, Rules(own.open, own.draft_life))
    return Registration(store, links, mail, drafts, Puzzles(clock, entropy, lookup, ring))
