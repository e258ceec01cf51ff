# SPDX-License-Identifier: Apache-2.0
"""What the administration asks of each protocol that applications speak: filled in by its edge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from idp.accounts.values import Account
from idp.applications.values import Application
from idp.grants.admission import Admission


@dataclass(frozen=True, slots=True)
class Imported:
    """A registration made from what an application says of itself."""

    document: Mapping[str, Any]
    # Members that were not taken over.
    left: tuple[str, ...] = ()
    faults: tuple[str, ...] = field(default=())


class Speaks(Protocol):
    """One protocol."""

    def faults(self, application: Application) -> list[str]:
        """What is wrong with an application's settings, for the one who registers it."""

    def scopes(self, application: Application) -> tuple[str, ...]:
        """What its tokens may be given for."""

    def for_people(self, application: Application) -> bool:
        """Whether people enter it, beside what it does in its own name."""

    def by_secret(self, application: Application) -> bool:
        """Whether it proves itself by a secret."""

    def imported(self, document: str) -> Imported:
        """What an application's own description makes of a registration."""

    def released(
        self, application: Application, account: Account, admission: Admission
    ) -> Mapping[str, Mapping[str, Any]]:
        """What the application would be told of somebody, place by place; nothing is issued."""
