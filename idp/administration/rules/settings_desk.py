# SPDX-License-Identifier: Apache-2.0
"""What this server goes by, as whoever runs it has set it: shown here, changed in its file.

Which settings are shown is named here; what each is, its default and its unit are told by
`idp.config`, and by it alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from connectors.base import Level
from idp.administration.authority import Authority, Denied
from idp.administration.rights import Right
from idp.applications.service import Applications
from idp.applications.values import Application
from idp.config import Settings
from idp.config.loading import schema
from idp.db import Tx
from idp.login.flow import offered_means
from idp.providers.service import Providers

Value = bool | int | float | str | tuple[str, ...]
# By their names in the file; a section alone stands for all of its settings.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "means": (
            "smtp.host",
            "sms.provider",
            "sms.countries",
            "sms.per_day",
            "cards.address",
            "cards.test_cards",
            "cards.revocation",
            "cards.revocation_grace",
            "cards.revocation_refresh",
        ),
        "passwords": (
            "policies.professional",
            "policies.patient",
            "policies.staff",
            "policies.breach_list",
            "policies.temporary_life",
            "policies.forgotten_life",
            "policies.reset_life",
            "policies.reset_cooling",
        ),
        "sessions": (
            "session.idle",
            "session.absolute",
            "session.most",
            "cards.idle",
            "cards.lost_after",
            "journey.lifetime",
        ),
        "tokens": (
            "tokens",
            "signing.rotate_after",
            "signing.publish_lead",
            "signing.keep_after",
        ),
        "codes": (
            "otp",
            "registration.link_life",
            "approval.activation_life",
        ),
        "administration": (
            "administration",
            "audit.keep",
            "registration.open",
            "registration.draft_life",
            "approval.digest_every",
            "approval.remind_after",
            "approval.reopen_for",
        ),
        "tries": ("throttle",),
        "calculettes": ("calculette",),
    }
)
# Where it is, is nobody's business here: whether there is one, is.
WHETHER: Final = frozenset({"smtp.host", "policies.breach_list"})


@dataclass(frozen=True, slots=True)
class Line:
    """One setting as it holds; of a secret no more than whether there is one."""

    name: str
    group: str
    value: Value
    default: Value
    unit: str
    about: str
    accepted: str

    @property
    def changed(self) -> bool:
        """Whether whoever runs the server has set another value than the default."""
        return self.value != self.default


@dataclass(frozen=True, slots=True)
class Means:
    """A means of this server, and who can be asked for it."""

    kind: str
    level: Level
    # Applications that are open and offer it, and whom these let in.
    applications: int
    populations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """What the server that answers goes by."""

    means: tuple[Means, ...]
    # How many applications are open, all together.
    applications: int
    lines: tuple[Line, ...]


class SettingsDesk:
    """Shows; there is nothing to be changed here."""

    def __init__(
        self,
        settings: Settings,
        applications: Applications,
        providers: Providers,
        means: Mapping[str, Level],
    ) -> None:
        self._settings = settings
        self._applications = applications
        self._providers = providers
        self._means = means

    def listed(self, tx: Tx, authority: Authority) -> Denied | InForce:
        """Means, lifetimes, limits, and what wrong tries cost."""
        if denied := authority.refuses(Right.POLICIES_SEE):
            return denied
        opened = [one for one in self._applications.every(tx) if one.enabled]
        added = {one.kind: one.level for one in self._providers.every(tx) if one.open}
        means = {**self._means, **added}
        return InForce(
            tuple(_of(kind, means, opened) for kind in means),
            len(opened),
            tuple(
                line_of(self._settings, group, name) for group in GROUPS for name in names_of(group)
            ),
        )


def _of(kind: str, means: Mapping[str, Level], opened: list[Application]) -> Means:
    offering = [
        one.policy for one in opened if kind in offered_means(one.policy, means, one.policy.level)
    ]
    let_in = {name for policy in offering for name in policy.populations}
    return Means(kind, means[kind], len(offering), tuple(sorted(let_in)))


def names_of(group: str) -> tuple[str, ...]:
    """The settings of a group, by their full names."""
    return tuple(
        full
        for one in GROUPS[group]
        for full in ([one] if "." in one else [f"{one}.{name}" for name in schema()[one]])
    )


def line_of(settings: Settings, group: str, full: str) -> Line:
    """One setting, by its name in the file."""
    section, _, name = full.partition(".")
    known = schema()[section][name]
    value, default = getattr(getattr(settings, section), name), known.default
    if known.kind.secret or full in WHETHER:
        value, default = bool(value), bool(default)
    kind = known.kind
    return Line(full, group, value, default, kind.unit, known.doc, kind.expected)
