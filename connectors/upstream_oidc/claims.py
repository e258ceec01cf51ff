# SPDX-License-Identifier: Apache-2.0
"""Any provider, by the names of claims that an administrator gave (BR-010, BR-013)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Level
from connectors.capabilities import Introduction, Peer
from connectors.national_ids import is_national_id
from connectors.openid.provider import Told
from connectors.openid.reading import Read
from connectors.openid.upstream import Claims

LONGEST: Final = 256
# Whose word it is; no card's, which say so themselves.
FAMILY: Final = "provider"
# RFC 8176 §2: by what they proved it there is not ours to say.
UNTOLD: Final = ("user",)
SEVERAL: Final = (*UNTOLD, "mfa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the provider calls the details of a person; empty: it does not tell, or is not asked."""

    # Only where it is trusted to tell it: an account is found by it.
    national_id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""


class ClaimsReader:
    """One provider."""

    untold: Final = UNTOLD

    def __init__(
        self, provider: str, version: int, names: Names, levels: Mapping[str, Level]
    ) -> None:
        self._provider = provider
        self._version = version
        self._names = names
        self._levels = dict(levels)

    @property
    def highest(self) -> Level:
        """The most that any of its words is worth."""
        return max(self._levels.values(), default=Level.PASSWORD)

    def read(self, told: Told) -> Read | str:
        """Somebody, by the name that the provider signs."""
        subject = told.signed["sub"]
        # BR-010: what looks like nothing, or can't be kept as it came, is nobody's name.
        if not isinstance(subject, str) or not subject.strip() or not subject.isprintable():
            return "sub"
        # What is signed is believed before what is only told.
        claims = {**told.told, **told.signed}
        names = self._names
        national_id = _text(claims, names.national_id)
        level = self._worth(told.signed.get("acr"))
        who = Introduction(
            national_id=national_id if is_national_id(national_id) else "",
            family=FAMILY,
            first_name=_text(claims, names.first_name),
            last_name=_text(claims, names.last_name),
            peer=Peer(
                self._provider,
                self._version,
                str(told.signed["iss"]),
                subject,
                _text(claims, names.email),
            ),
        )
        return Read(who, level, SEVERAL if level > Level.PASSWORD else UNTOLD)

    def _worth(self, reached: Any) -> Level:
        """BR-013: by the table, and the lowest for whatever is not in it."""
        known = self._levels.get(reached) if isinstance(reached, str) else None
        return known or Level.PASSWORD


def _text(claims: Claims, name: str) -> str:
    """A claim that is one line of text; nothing for any other."""
    value = claims.get(name) if name else None
    if not isinstance(value, str):
        return ""
    plain = " ".join(value.split())
    return plain if len(plain) <= LONGEST and plain.isprintable() else ""
