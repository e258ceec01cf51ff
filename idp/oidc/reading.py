# SPDX-License-Identifier: Apache-2.0
"""Reading settings member by member; what doesn't fit is noted, and its default is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.applications.faults import Fault, Unfit, What, fault
from idp.http.addresses import address_fault


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings of one application, and what was found wrong with them."""

    settings: Mapping[str, Any]
    faults: list[Fault] = field(default_factory=list)

    def note(self, name: str, what: What, **facts: str) -> None:
        """Something is wrong with this member."""
        self.faults.append(fault(f"oidc.{name}", what, **facts))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.settings.get(name, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.note(name, Unfit.TEXTS)
        return ()

    def addresses(self, name: str) -> tuple[str, ...]:
        """A list of addresses; those that can't be ones are noted, each."""
        found = self.texts(name)
        for uri in found:
            if why := address_fault(uri):
                self.note(name, why, value=uri)
        return found

    def address(self, name: str) -> str:
        """One address, or nothing."""
        value = self.settings.get(name, "")
        if not isinstance(value, str) or (value and address_fault(value)):
            self.note(name, Unfit.HTTPS_ADDRESS)
            return ""
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of these words; the first where none is given."""
        value = self.settings.get(name, allowed[0])
        if value in allowed:
            return str(value)
        self.note(name, Unfit.ONE_OF, known=", ".join(dict.fromkeys(allowed)))
        return allowed[0]

    def some_of(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Some of these words."""
        found = self.texts(name)
        for one in found:
            if one not in allowed:
                self.note(name, Unfit.NOT_KNOWN, value=one)
        return found

    def switch(self, name: str) -> bool:
        """True or false; false where nothing is given."""
        value = self.settings.get(name, False)
        if not isinstance(value, bool):
            self.note(name, Unfit.SWITCH)
            return False
        return value
