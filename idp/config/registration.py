# SPDX-License-Identifier: Apache-2.0
"""Settings of registration."""

from dataclasses import dataclass

from idp.config import checks
from idp.config.kinds import flag, setting, several, whole

MINUTE = 60
HOUR = 3600
DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSettings:
    """Professionals who ask for an account themselves."""

    open: bool = setting(flag(), "Whether requests are taken.", default=True)
    draft_life: int = setting(
        whole(DAY, 366 * DAY, "seconds"),
        "A request that was not sent is dropped so long after its last change.",
        30 * DAY,
    )
    # ASVS 6.4.1, CNIL 2022-100: a link by e-mail is good for a day at most.
    link_life: int = setting(
        whole(300, DAY, "seconds"),
        "A link that confirms an address or leads back to a draft is good for so long.",
        DAY,
    )
    services: tuple[str, ...] = setting(
        several("a list of names", checks.check_given),
        "Services of the platform itself that people may ask for.",
        ("Messagerie sécurisée",),
    )


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
