# SPDX-License-Identifier: Apache-2.0
"""A provider as a second administrator is asked about it: all that it goes by, but its secret."""

from collections.abc import Mapping
from typing import Any, Final

from idp.administration.proposals import Facts
from idp.providers.values import Provider, dump, read

# For the act alone: shown nowhere (`idp.administration.proposals.Proposal.said`).
WHOLE: Final = "_settings"
SEEN: Final = "_seen"
NOTHING: Final[tuple[Any, ...]] = ("", None, [], {})
BEFORE, AFTER = "before", "after"
ADD, CHANGE, OPEN = "provider.add", "provider.change", "provider.open"


def facts_of(wished: Provider, told: Mapping[str, Any]) -> dict[str, Any]:
    """Of a new one: its alias, and what is told of it; the act itself has everything."""
    shown = {name: one for name, one in told.items() if one not in NOTHING}
    return {"provider": wished.alias, **shown, **_act(wished)}


def changes_of(
    wished: Provider, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """Of a change: each field that it changes, as it is and as it would be, also where emptied."""
    changed = {
        # A secret is in neither: that there is a new one is all that is told of it.
        name: {BEFORE: before[name], AFTER: one} if name in before else one
        for name, one in after.items()
        if before.get(name) != one
    }
    return {"provider": wished.alias, **changed, **_act(wished)}


def wished_of(facts: Facts) -> Provider:
    """The provider that was proposed."""
    return read(str(facts["provider"]), int(facts[SEEN]), facts[WHOLE])


def _act(wished: Provider) -> dict[str, Any]:
    return {WHOLE: dump(wished), SEEN: wished.version}
