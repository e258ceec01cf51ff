# SPDX-License-Identifier: Apache-2.0
"""What `sceau check` says of authorities and their lists."""

from collections.abc import Iterator

from idp.audit.record import Audit
from idp.cli.findings import Finding, State
from idp.cli.output import count, moment
from idp.clock import SystemEntropy
from idp.config import Settings
from idp.crypto import parse_key_ring
from idp.db import Database
from idp.keys.installation import load_installation
from idp.trust.authority import Authority, Role
from idp.trust.opening import open_trust

SUBJECT = "authorities"
SOON = 90 * 86_400


def look_at_trust(settings: Settings, database: Database) -> Iterator[Finding]:
    """Whether cards can be believed, and whether it is known which are revoked."""
    from idp.opening import clock_of

    clock, entropy = clock_of(settings), SystemEntropy()
    ring = parse_key_ring(settings.secrets.keys.reveal())
    with database.read() as tx:
        secrets = load_installation(tx, ring, entropy)
        audit = Audit(clock, secrets.audit)
        store = open_trust(
            settings, database, clock, entropy, audit, secrets.lookup, lambda _application: ""
        )
        known, state = store.authorities.all(tx), store.state(tx)
    now = clock.now()
    yield _told(known, len(state))
    if settings.cards.revocation == "accept":
        told = "cards.revocation is `accept`: a revoked card passes when nobody answers"
        yield Finding(State.NOTE, SUBJECT, told)
    for one in known:
        until = one.certificate.valid_until
        if until < now + SOON:
            told = f"{one.subject} ends {moment(until)}"
            yield Finding(State.NOTE, SUBJECT, told)
    for source, held in state:
        if held is not None and held.list.next_at <= now:
            told = f"{source.url} is over since {moment(held.list.next_at)}: {source.fault}"
            yield Finding(State.NOTE, "revocation", told)
        elif source.fault:
            yield Finding(State.NOTE, "revocation", f"{source.url}: {source.fault}")


def _told(known: list[Authority], lists: int) -> Finding:
    roots = [one for one in known if one.role is Role.ROOT]
    if not roots:
        return Finding(State.NOTE, SUBJECT, "none: no card is believed (`sceau trust add`)")
    families = ", ".join(sorted({one.family for one in known}))
    told = f"{count(len(roots), 'root')}, {count(len(known) - len(roots), 'intermediate')}"
    return Finding(State.OK, SUBJECT, f"{told} ({families}), {count(lists, 'list')}")
