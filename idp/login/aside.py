# SPDX-License-Identifier: Apache-2.0
"""What another site told of somebody, set aside in a journey: sealed, and opened for one use.

It holds names and numbers of people, beside which lies nothing else of the kind. It counts for the
browser that posted it and for no other: whoever began the journey may have sent somebody else the
way to that site, and whose answer comes is then not theirs (BR-001). So the browser that posts it
is given a ticket, which nobody else can know, and brings it along.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from connectors.capabilities import TOLD
from idp.crypto import KeyRing
from idp.lookup import Lookup

# On the way back, and beside what was told: there its hash.
TICKET: Final = "answer"


def ticket_of(lookup: Lookup, kind: str, state: str, posted: str) -> str:
    """What the browser that posts this answer is given.

    Made of the answer, with a key of ours: of a page that posts twice in haste, browsers follow the
    second, and it is given the same. Whoever hasn't the answer itself can't make it.
    """
    return lookup.text("posted", json.dumps([kind, state, posted]), size=32)


def told_with(lookup: Lookup, told: object, ticket: str) -> dict[str, Any]:
    """What is put beside what a browser left with."""
    return {TOLD: told, TICKET: lookup.hash(ticket).hex()}


def is_brought(lookup: Lookup, kept: Mapping[str, Any], ticket: str) -> bool:
    """Whether this is the ticket of what was told."""
    known = str(kept.get(TICKET, ""))
    return TOLD in kept and hmac.compare_digest(known, lookup.hash(ticket).hex())


def brought(lookup: Lookup, kept: Mapping[str, Any], ticket: str) -> dict[str, Any]:
    """What was put aside; where the ticket did not come along, as if nothing had been told."""
    if is_brought(lookup, kept, ticket):
        return dict(kept)
    return {name: value for name, value in kept.items() if name not in {TOLD, TICKET}}


def seal(ring: KeyRing, journey: str, kind: str, told: Mapping[str, Any]) -> str:
    """As it is kept: for this journey and means, and no other."""
    plain = json.dumps(told).encode()
    return ring.seal(plain, table="journeys", column="state", row=_row(journey, kind))


def opened(ring: KeyRing, journey: str, kind: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What was put aside, with what was told of it in the clear."""
    if TOLD not in kept:
        return dict(kept)
    plain = ring.open(kept[TOLD], table="journeys", column="state", row=_row(journey, kind))
    return {**kept, TOLD: json.loads(plain)}


def _row(journey: str, kind: str) -> str:
    return f"{journey}|{kind}"
