# SPDX-License-Identifier: Apache-2.0
"""Step 3: what may be asked for, and what does not go together.

Which application needs its people to be found in the directory is said by its own registration
(`policy.directory`), never here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.accounts import service as accounts
from idp.accounts.particulars import Visibility
from idp.accounts.values import sort_key
from idp.applications.service import Applications
from idp.applications.values import Application
from idp.db import Tx
from idp.registration.values import Details, Wishes


@dataclass(frozen=True, slots=True)
class Offered:
    """What may be asked for: keys and names of communities, names of services, applications."""

    communities: tuple[tuple[str, str], ...]
    services: tuple[str, ...]
    applications: tuple[Application, ...]


def offered(tx: Tx, applications: Applications, services: Sequence[str]) -> Offered:
    """What this installation offers at this moment."""
    named = accounts.community_names(tx)
    return Offered(
        tuple(sorted(named.items(), key=lambda one: sort_key(one[1]))),
        tuple(services),
        tuple(one for one in applications.every(tx) if one.offered and one.enabled),
    )


def chosen(
    offer: Offered, communities: Iterable[str], services: Iterable[str], asked: Iterable[str]
) -> Wishes:
    """What was ticked, of what is offered: anything else was never on the page."""
    ticked = set(communities), set(services), set(asked)
    return Wishes(
        tuple(key for key, _name in offer.communities if key in ticked[0]),
        tuple(name for name in offer.services if name in ticked[1]),
        tuple(one.key for one in offer.applications if one.key in ticked[2]),
    )


def incompatible(offer: Offered, wishes: Wishes, details: Details) -> tuple[Application, ...]:
    """The applications asked for that somebody hidden can't have."""
    if details.visibility is not Visibility.HIDDEN:
        return ()
    return tuple(
        one
        for one in offer.applications
        if one.key in wishes.applications and one.policy.directory == "visible"
    )
