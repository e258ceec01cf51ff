# SPDX-License-Identifier: Apache-2.0
"""Settings of what this server fetches from elsewhere."""

from dataclasses import dataclass

from idp.config import checks
from idp.config.kinds import number, setting, several, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingSettings:
    """The one door by which this server fetches something from elsewhere."""

    allow: tuple[str, ...] = setting(
        several("a list of host:port", checks.check_destination),
        "Destinations accepted though they are private or not https.",
        (),
        shown="none",
    )
    timeout: float = setting(
        number(0.1, 30, "seconds"), "Time for one exchange, all included.", 3.0
    )
    max_bytes: int = setting(whole(1024, 268_435_456, "bytes"), "Largest answer read.", 1_048_576)
