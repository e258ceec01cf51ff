# SPDX-License-Identifier: Apache-2.0
"""Settings of the queue of registration requests."""

from dataclasses import dataclass

from idp.config.kinds import setting, whole

MINUTE = 60
HOUR = 3600
DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSettings:
    """How requests are decided on, and who is reminded of them."""

    # ASVS 6.4.1: what opens an account for the first time does not last.
    activation_life: int = setting(
        whole(HOUR, 30 * DAY, "seconds"),
        "The link by which an approved person chooses their password is good for so long.",
        7 * DAY,
    )
    digest_every: int = setting(
        whole(MINUTE, 7 * DAY, "seconds"),
        "Whoever decides on requests hears of new ones at most this often.",
        30 * MINUTE,
    )
    remind_after: int = setting(
        whole(HOUR, 90 * DAY, "seconds"),
        "They are reminded when a request has waited so long, and each time it has again.",
        3 * DAY,
    )
    reopen_for: int = setting(
        whole(HOUR, 366 * DAY, "seconds"),
        "A refusal can be taken back for so long.",
        30 * DAY,
    )
