# SPDX-License-Identifier: Apache-2.0
"""Whose people a provider says that they are: of a domain or establishment, one provider."""

from collections.abc import Collection

from idp.accounts import establishments
from idp.administration.outcomes import Unfit
from idp.db import Tx
from idp.providers.hints import MOST, are_domains
from idp.providers.values import Provider


def hint_faults(provider: Provider) -> tuple[str, ...]:
    """The fields that can't be kept as they are."""
    houses = provider.establishments
    named = len(houses) <= MOST and all(establishments.FINESS.fullmatch(one) for one in houses)
    found = {"domains": are_domains(provider.domains), "establishments": named}
    return tuple(name for name, holds in found.items() if not holds)


def disagreement(tx: Tx, provider: Provider, known: Collection[Provider]) -> Unfit | None:
    """What another one has, or nobody knows."""
    if any(establishments.load(tx, one) is None for one in provider.establishments):
        return Unfit("unknown-establishment", ("establishments",))
    for name in ("domains", "establishments"):
        theirs = {
            one for other in known if other.alias != provider.alias for one in getattr(other, name)
        }
        if theirs & set(getattr(provider, name)):
            return Unfit("taken", (name,))
    return None
