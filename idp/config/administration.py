# SPDX-License-Identifier: Apache-2.0
"""Settings of those who administer."""

from dataclasses import dataclass

from idp.config.kinds import flag, setting, whole

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class AdministrationSettings:
    """The console, its interface for programs, and who must agree to what."""

    four_eyes: bool = setting(
        flag(),
        "What decides about the installation itself (roles, keys, card authorities, other "
        "providers, policies) is done when a second administrator has agreed. Commands on the "
        "server ask nobody.",
        default=False,
    )
    proposal_life: int = setting(
        whole(HOUR, 30 * DAY, "seconds"),
        "So long such an act waits for somebody to agree.",
        7 * DAY,
    )
