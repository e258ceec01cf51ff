# SPDX-License-Identifier: Apache-2.0
"""Who may be the person that asks: accounts and other requests that have something in common.

A national identifier, a card or an e-mail address belongs to one person: where it has an account,
no second one is made. Names and birth dates only tell that somebody should look.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import bindparam, select

from idp.accounts import establishments, national_ids
from idp.accounts import service as accounts
from idp.accounts.renumbered import maybe_renumbered
from idp.accounts.values import Account, Population, sort_name
from idp.administration.authority import Authority
from idp.administration.rights import Right
from idp.credentials import cards
from idp.db import Found, Tx
from idp.registration.store import Store, folded_name, sought
from idp.registration.store import table as requests
from idp.registration.values import Details, Request, Stage

# So many of a kind are looked at: a common name must not fill the page, or the time.
MOST: Final = 20
MOST_LOOKED_AT: Final = 500
# Nothing sorts behind it.
LAST: Final = "\U0010ffff"
ALIVE: Final = (Stage.UNCONFIRMED.value, Stage.PENDING.value, Stage.RETURNED.value)
a = accounts.accounts.c
# What tells whether two are alike, and no more: many are looked at.
COMPARED = (a.id, a.population, a.first_name, a.last_name, a.birth_name, a.birth_date)
BORN = select(*COMPARED).where(a.birth_date == bindparam("born")).limit(MOST_LOOKED_AT)
NAMESAKES = (
    select(*COMPARED)
    .where(a.sort_name >= bindparam("begins"), a.sort_name < bindparam("ends"))
    .limit(MOST)
)
c = requests.c
OTHER = (c.id != bindparam("request"), c.state.in_(ALIVE))
BY_NUMBER = select(c.id).where(c.national_id == bindparam("value"), *OTHER).limit(MOST)
BY_EMAIL = select(c.id).where(c.email == bindparam("value"), *OTHER).limit(MOST)
BY_NAME = (
    select(c.id, c.birth_date)
    .where(c.last_name == bindparam("last"), c.first_name == bindparam("first"), *OTHER)
    .limit(MOST)
)


class Why(StrEnum):
    """What two have in common."""

    NUMBER = "national-id"
    CARD = "card"
    EMAIL = "email"
    # By name alone: under the number of another register.
    RENUMBERED = "renumbered"
    NAME = "name"


# One person has these alone.
CERTAIN: Final = frozenset({Why.NUMBER, Why.CARD, Why.EMAIL})


@dataclass(frozen=True, slots=True)
class Match:
    """An account, or another request, and what it has in common with this one."""

    why: tuple[Why, ...]
    account: Account | None = None
    establishments: tuple[str, ...] = ()
    request: Request | None = None

    @property
    def certain(self) -> bool:
        """Whether it is the same person."""
        return not CERTAIN.isdisjoint(self.why)

    @property
    def name(self) -> str:
        """The id of the account or request."""
        found = self.account or self.request
        return found.id if found else ""


@dataclass(frozen=True, slots=True)
class Matches:
    """Those that somebody may see; and whether a certain one lies out of their reach."""

    seen: tuple[Match, ...] = ()
    elsewhere: bool = False

    @property
    def accounts(self) -> tuple[Match, ...]:
        """The accounts among them."""
        return tuple(one for one in self.seen if one.account is not None)

    @property
    def certain(self) -> bool:
        """Whether an account is there that is this person's."""
        return self.elsewhere or any(one.certain for one in self.accounts)


def matches(tx: Tx, store: Store, authority: Authority, request: Request) -> Matches:
    """All of them, as far as this person may see (WB-015)."""
    reach = authority.reach(Right.ACCOUNTS_SEE)
    seen: list[Match] = []
    elsewhere = False
    for account, why in _accounts(tx, request).items():
        if account == request.account_id:
            # It led to this one.
            continue
        belongs = establishments.of_account(tx, account)
        if not reach.touches(belongs):
            elsewhere = elsewhere or not CERTAIN.isdisjoint(why)
            continue
        known = accounts.load(tx, account)
        if known is not None:
            seen.append(Match(_sorted(why), account=known, establishments=tuple(sorted(belongs))))
    queue = authority.reach(Right.REQUESTS_SEE)
    for name, why in _requests(tx, request).items():
        other = store.load(tx, name)
        if other is not None and queue.touches(houses_of(other)):
            seen.append(Match(_sorted(why), request=other))
    return Matches(tuple(sorted(seen, key=_rank)), elsewhere)


def houses_of(request: Request) -> tuple[str, ...]:
    """Whose a request is: an establishment's, or the region's."""
    return (request.establishment,) if request.establishment else ()


def _accounts(tx: Tx, request: Request) -> dict[str, set[Why]]:
    details, card = request.content.details, request.content.card
    found: dict[str, set[Why]] = {}
    vouched = request.content.vouched
    numbers = {request.national_id, vouched.national_id if vouched else ""} - {""}
    for number in sorted(numbers):
        _add(found, national_ids.holders(tx, number), Why.NUMBER)
    bound = cards.find(tx, card.serial) if card else None
    if bound is not None:
        _add(found, (bound.account,), Why.CARD)
    if mailbox := accounts.find(tx, details.email):
        _add(found, (mailbox,), Why.EMAIL)
    renumbered = maybe_renumbered(tx, request.national_id, details.first_name, details.last_name)
    _add(found, renumbered[:MOST], Why.RENUMBERED)
    _add(found, _namesakes(tx, request), Why.NAME)
    return found


def _namesakes(tx: Tx, request: Request) -> Iterator[str]:
    """Of the same names, married or not; and born on the same day, where both say when."""
    details = request.content.details
    lasts = {folded_name(one) for one in (details.last_name, details.birth_name) if one.strip()}
    first = folded_name(details.first_name)
    found: list[Found] = []
    for last in lasts:
        begins = sort_name(last, first, "")
        found += tx.execute(NAMESAKES, {"begins": begins, "ends": begins + LAST}).all()
    if details.birth_date:
        found += tx.execute(BORN, {"born": details.birth_date}).all()
    yield from sorted({row.id for row in found if _alike(row, first, lasts, details)})


def _alike(row: Found, first: str, lasts: set[str], details: Details) -> bool:
    if row.population != Population.PROFESSIONAL.value:
        return False
    born = {row.birth_date, details.birth_date} - {""}
    theirs = {folded_name(one) for one in (row.last_name, row.birth_name) if one}
    return len(born) < 2 and folded_name(row.first_name) == first and bool(theirs & lasts)


def _requests(tx: Tx, request: Request) -> dict[str, set[Why]]:
    known = {"request": request.id}
    kept = sought(request)
    found: dict[str, set[Why]] = {}
    if request.national_id:
        others = tx.execute(BY_NUMBER, known | {"value": request.national_id}).scalars().all()
        _add(found, others, Why.NUMBER)
    if kept["email"]:
        others = tx.execute(BY_EMAIL, known | {"value": kept["email"]}).scalars().all()
        _add(found, others, Why.EMAIL)
    names = {"last": kept["last_name"], "first": kept["first_name"]}
    for row in tx.execute(BY_NAME, known | names).all():
        # Where one of the two gave no birth date, nothing says that they are two people.
        if not row.birth_date or not kept["birth_date"] or row.birth_date == kept["birth_date"]:
            _add(found, (row.id,), Why.NAME)
    return found


def _add(found: dict[str, set[Why]], names: Iterable[str], why: Why) -> None:
    for name in names:
        found.setdefault(name, set()).add(why)


def _sorted(why: Iterable[Why]) -> tuple[Why, ...]:
    return tuple(sorted(why, key=list(Why).index))


def _rank(match: Match) -> tuple[bool, bool, int, str]:
    return (not match.certain, match.account is None, list(Why).index(match.why[0]), match.name)
