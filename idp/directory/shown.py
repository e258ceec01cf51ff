# SPDX-License-Identifier: Apache-2.0
"""The Annuaire's values: who looks, what for, and what they are shown."""

from dataclasses import dataclass, field
from typing import Final

from idp.accounts.listing import EVERYBODY, PROFESSIONALS
from idp.accounts.values import Account, Population, State

LEAST_LETTERS: Final = 2
SIZE: Final = 20
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose list is searched, and on whom a search counts."""

    audience: int
    counted_on: str


def viewer_of(account: Account | None, address: str) -> Viewer:
    """Professionals with an open account see more; patients and staff as much as everybody.

    An address is a block of addresses, as the limits on tries count them.
    """
    if account is None:
        return Viewer(EVERYBODY, f"address:{address}")
    is_one = account.person.population is Population.PROFESSIONAL and account.state is State.ACTIVE
    return Viewer(PROFESSIONALS if is_one else EVERYBODY, f"account:{account.id}")


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for; `after` is where the page before ended."""

    name: str = ""
    profession: str = ""
    speciality: str = ""
    town: str = ""
    after: str = ""
    size: int = SIZE


@dataclass(frozen=True, slots=True)
class Place:
    """An establishment by name."""

    finess: str
    name: str
    town: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody, as far as this viewer may see: what they may not is empty."""

    reference: str
    civility: str
    last_name: str
    first_name: str
    profession: str
    speciality: str
    town: str
    # « Dr », where they have a title of practice: it stands before the name.
    title: str = ""
    phone: str = ""
    places: tuple[Place, ...] = ()
    # For professionals alone.
    street: str = ""
    po_box: str = ""
    post_code: str = ""
    emergency_phone: str = ""
    fax: str = ""
    for_professionals: bool = False


@dataclass(frozen=True, slots=True)
class House:
    """An establishment of this platform, with what FINESS has of it."""

    finess: str
    name: str
    post_code: str
    town: str
    address: str = ""
    phone: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page; `after` leads to the next one, where there is one."""

    entries: tuple[Entry, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class FoundHouses:
    """One page of establishments."""

    houses: tuple[House, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class TooShort:
    """Nothing that was asked for has two letters: nobody walks through the whole list."""

    least: int = field(default=LEAST_LETTERS)
