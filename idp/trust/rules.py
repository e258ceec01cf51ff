# SPDX-License-Identifier: Apache-2.0
"""The operator's rules, and the policies for what nobody can say."""

from dataclasses import dataclass
from enum import Enum

LIST_BYTES = 64 << 20
LIST_SECONDS = 10.0
# A person is waiting.
ANSWER_BYTES = 1 << 16
ANSWER_SECONDS = 3.0


class Policy(Enum):
    """What is done where neither list nor responder says whether a certificate is revoked."""

    REFUSE = "refuse"
    # Believe the last good list for a while.
    LAST_GOOD = "last-good"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Rules:
    """How long what is believed."""

    policy: Policy = Policy.REFUSE
    # So long after its end the last good list is believed, where the policy says so.
    grace: int = 4 * 3600
    # Lists are fetched anew so often; answers are kept so long at most.
    refresh: int = 3600
