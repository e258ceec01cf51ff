# SPDX-License-Identifier: Apache-2.0
"""The time, always handed in: a call that gives seconds since the epoch.

`relying_parties.clock` has the machine's, and the one that the demo moves.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

Now = Callable[[], int]

MINUTE = 60
HOUR = 3600
DAY = 86_400


def day_of(moment: int, zone: ZoneInfo) -> str:
    """The day that a moment belongs to where the people are, as YYYY-MM-DD."""
    return datetime.fromtimestamp(moment, zone).date().isoformat()
