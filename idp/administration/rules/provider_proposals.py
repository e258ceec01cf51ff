# SPDX-License-Identifier: Apache-2.0
"""A provider as a second administrator is asked about it: all that it goes by, but its secret."""

from collections.abc import Mapping
from typing import Any, Final

from idp.administration.proposals import Facts
from idp.providers.values import Provider, dump, read

# For the act alone: shown nowhere (`idp.administration.proposals.Proposal.said`).
WHOLE: Final = "_settings"
SEEN: Final = "_seen"
ADD, CHANGE, OPEN = "provider.add", "provider.change", "provider.open"


def facts_of(wished: Provider, told: Mapping[str, Any]) -> dict[str, Any]:
    """Its alias, and what is told of it in words; the act itself has everything."""
    shown = {name: _text(one) for name, one in told.items() if _text(one)}
    act = {WHOLE: dump(wished), SEEN: wished.version}
    return {"provider": wished.alias, **shown, **act}


def wished_of(facts: Facts) -> Provider:
    """The provider that was proposed."""
    return read(str(facts["provider"]), int(facts[SEEN]), facts[WHOLE])


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(str(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {one}" for name, one in value.items())
    return "" if value is None else str(value)
