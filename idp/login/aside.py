# SPDX-License-Identifier: Apache-2.0
"""What another site told of somebody, set aside in a journey: sealed, and opened for one use.

It holds names and numbers of people, beside which lies nothing else of the kind.
"""

import json
from collections.abc import Mapping
from typing import Any

from connectors.capabilities import TOLD
from idp.crypto import KeyRing


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
