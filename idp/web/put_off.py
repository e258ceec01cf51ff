# SPDX-License-Identifier: Apache-2.0
"""A proof that waits in its journey until the password is replaced."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.credentials.passwords import Reason
from idp.login.attempt import Counted, Proven
from idp.login.finalize import MustRenew
from idp.sessions.values import dump_proofs, read_proofs

# The name under which it lies in the journey.
RENEWAL = "renewal"
# Whoever leaves the page open for longer proves the old password once more.
WAITS = 900


@dataclass(frozen=True, slots=True)
class PutOff:
    """Whose password must be replaced, why, and the proof to go on with afterwards."""

    proven: Proven
    reason: Reason


def put_off(due: MustRenew, proven: Proven, now: int) -> dict[str, Any]:
    """As it is put aside."""
    return {
        "account": proven.account,
        "reason": due.reason.value,
        "proofs": dump_proofs((proven.proof,)),
        "mark": proven.mark,
        "until": now + WAITS,
    }


def read_put_off(kept: Mapping[str, Any] | None, now: int) -> PutOff | None:
    """What was put aside, while it may still be used."""
    if not kept or not now < kept["until"] <= now + WAITS:
        return None
    (proof,) = read_proofs(kept["proofs"])
    # What was counted for the try was settled with the proof.
    proven = Proven(kept["account"], proof, Counted((), None), kept["mark"])
    return PutOff(proven, Reason(kept["reason"]))
