# SPDX-License-Identifier: Apache-2.0
"""Settings of the nomad reader."""

from dataclasses import dataclass

from idp.config.kinds import setting, whole

MINUTE = 60
DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculetteSettings:
    """The nomad reader: its challenges, and what wrong answers cost."""

    life: int = setting(
        whole(MINUTE, 5 * MINUTE, "seconds"), "A challenge can be answered for so long.", 300
    )
    tries: int = setting(whole(1, 5), "Wrong answers that end a challenge.", 3)
    free_tries: int = setting(
        whole(1, 10), "Wrong answers in a row before the card's use is locked.", 5
    )
    first_delay: int = setting(
        whole(MINUTE, DAY, "seconds"), "First lock; then it doubles.", 15 * MINUTE
    )
    max_delay: int = setting(whole(MINUTE, DAY, "seconds"), "Longest lock.", 4 * 60 * MINUTE)
