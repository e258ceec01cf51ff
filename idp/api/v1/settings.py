# SPDX-License-Identifier: Apache-2.0
"""What whoever runs the server has set in its file: read here, changed there."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from connectors.base import Level
from idp.administration.authority import Denied
from idp.administration.rules.settings_desk import InForce, Line
from idp.api.routing import Asked, Done, Outcome
from idp.api.values import Shown

Value = bool | int | float | str | list[str]


class MeansShown(Shown):
    """A means that this server has."""

    kind: str
    level: Annotated[Level, Field(description="1 password, 2 two factors, 3 card")]
    applications: Annotated[int, Field(description="Open applications that offer it")]
    populations: Annotated[list[str], Field(description="Whom these let in")]


class SettingShown(Shown):
    """One setting; of a secret, or of a place, only whether there is one."""

    name: Annotated[str, Field(description="Its section and name in the file")]
    group: str
    value: Value
    default: Value
    unit: str
    changed: Annotated[bool, Field(description="Whether it is another than the default")]
    about: str
    accepted: str


class InForceShown(Shown):
    """What the server that answers goes by since it was started."""

    means: list[MeansShown]
    applications: Annotated[int, Field(description="How many are open, all together")]
    settings: list[SettingShown]


def in_force(asked: Asked) -> Outcome:
    """Means, lifetimes, limits, and what wrong tries cost."""
    found = asked.services.office.settings.listed(asked.tx, asked.authority)
    return found if isinstance(found, Denied) else Done(_shown(found))


def _shown(found: InForce) -> InForceShown:
    return InForceShown(
        means=[MeansShown(**_plain(asdict(one))) for one in found.means],
        applications=found.applications,
        settings=[_setting(one) for one in found.lines],
    )


def _setting(one: Line) -> SettingShown:
    return SettingShown(**_plain(asdict(one)), changed=one.changed)


def _plain(known: dict[str, Any]) -> dict[str, Any]:
    return {name: list(one) if isinstance(one, tuple) else one for name, one in known.items()}
