# SPDX-License-Identifier: Apache-2.0
"""How an application introduces itself beside its name: settings that no rule hangs on.

They are kept so that whoever registers reads again what was registered (RFC 7591 §3.2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from idp.applications.faults import Unfit
from idp.oidc.reading import Reading

SOFTWARE: Final = ("software_id", "software_version")
# Not a member of the metadata, but those with a language in their name.
LOCALISED: Final = "localised"
INTRODUCING: Final = frozenset({"logo_uri", LOCALISED, *SOFTWARE})
LONGEST: Final = 2000
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Introduced:
    """What it says of itself."""

    # Where its picture lay when it registered; shown is the one that was kept then.
    logo_uri: str = ""
    software: Mapping[str, str] = field(default_factory=dict)
    # RFC 7591 §2.2: members with a language, by their whole name.
    localised: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, reading: Reading) -> "Introduced":
        """From the settings."""
        software = {name: reading.settings.get(name, "") for name in SOFTWARE}
        for name, value in software.items():
            if not isinstance(value, str) or len(value) > LONGEST:
                reading.note(name, Unfit.TEXT)
        localised = reading.settings.get(LOCALISED, {})
        if not _are_texts(localised):
            reading.note(LOCALISED, Unfit.TABLE)
            localised = {}
        return cls(reading.address("logo_uri"), software, localised)


def _are_texts(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) <= MOST
        and all(isinstance(one, str) and len(one) <= LONGEST for one in value.values())
    )
