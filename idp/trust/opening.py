# SPDX-License-Identifier: Apache-2.0
"""Opens the trust store as the settings have it."""

from collections.abc import Callable

from idp.audit.record import Audit
from idp.clock import Clock, Entropy
from idp.config import Settings
from idp.db import Database
from idp.outgoing import Fetcher
from idp.trust.rules import (
    ANSWER_BYTES,
    ANSWER_SECONDS,
    LIST_BYTES,
    LIST_SECONDS,
    Policy,
    Rules,
)
from idp.trust.service import Trust


def open_trust(
    settings: Settings,
    database: Database,
    clock: Clock,
    entropy: Entropy,
    audit: Audit,
    secret: bytes,
    policy_of: Callable[[str], str],
) -> Trust:
    """The trust store over a database; `policy_of` tells an application's own policy, or none."""
    cards, allow = settings.cards, settings.outgoing.allow
    rules = Rules(Policy(cards.revocation), cards.revocation_grace, cards.revocation_refresh)
    return Trust(
        database,
        clock,
        entropy,
        audit,
        secret,
        rules,
        # What is signed may come over plain http, as authorities have it.
        list_fetcher=Fetcher(allow, LIST_SECONDS, LIST_BYTES, plain=True),
        answer_fetcher=Fetcher(allow, ANSWER_SECONDS, ANSWER_BYTES, plain=True),
        policy_of=policy_of,
    )
