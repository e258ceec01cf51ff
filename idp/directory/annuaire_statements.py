# SPDX-License-Identifier: Apache-2.0
"""What the Annuaire asks the database. Who may be seen is part of each statement: nobody else is
ever read, so that neither a page nor the number of its lines can tell of them.
"""

from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, or_, select

from idp.accounts.listing import PROFESSIONALS, accounts, particulars
from idp.accounts.listing import table as listings
from idp.accounts.models import AffiliationRow, EstablishmentRow
from idp.accounts.values import Population, State
from idp.db import table_of

affiliations = table_of(AffiliationRow)
establishments = table_of(EstablishmentRow)
# How many towns, professions or specialities that begin alike are looked through at once.
MOST_ALIKE: Final = 24
PERSON: Final = ("civility", "last_name", "first_name", "profession", "speciality", "town")
CONTACT: Final = ("landline", "street", "po_box", "post_code", "emergency_phone", "fax")
# The list is kept in the writers' transactions; that it is right is asked once more all the same.
SEEN = and_(
    accounts.c.population == Population.PROFESSIONAL.value,
    accounts.c.state == State.ACTIVE.value,
    or_(
        particulars.c.visibility == "public",
        and_(
            particulars.c.visibility == "professionals",
            listings.c.audience == PROFESSIONALS,
        ),
    ),
)
PLACE = (listings.c.name, listings.c.second, listings.c.account_id)


def _listed() -> Select[Any]:
    return (
        select(
            *PLACE,
            particulars.c.visibility,
            particulars.c.title,
            *(accounts.c[name] for name in PERSON),
            *(particulars.c[name] for name in CONTACT),
        )
        .join_from(listings, accounts, accounts.c.id == listings.c.account_id)
        .join(particulars, particulars.c.account_id == listings.c.account_id)
        .where(SEEN, listings.c.audience == bindparam("audience_"))
    )


def _between(name: str) -> Any:
    column = listings.c[name]
    return and_(column >= bindparam(f"{name}_from"), column < bindparam(f"{name}_to"))


def _page(statement: Select[Any]) -> Select[Any]:
    """After the last one of the page before, in an order that no two share."""
    name, second, account = PLACE
    return (
        statement.where(
            or_(
                name > bindparam("last_name_"),
                and_(name == bindparam("last_name_"), second > bindparam("last_second")),
                and_(
                    name == bindparam("last_name_"),
                    second == bindparam("last_second"),
                    account > bindparam("last_account"),
                ),
            )
        )
        .order_by(*PLACE)
        .limit(bindparam("most"))
    )


FILTERS: Final = ("town", "profession", "speciality")
BY_NAME = _page(
    _listed().where(_between("name"), _between("second"), *(_between(one) for one in FILTERS))
)


def _along(filter_: str) -> Select[Any]:
    """One town, profession or speciality at a time: its index then gives people in order."""
    others = (_between(one) for one in FILTERS if one != filter_)
    exactly = listings.c[filter_] == bindparam(f"{filter_}_")
    return _page(_listed().where(exactly, listings.c.part == 0, *others))


def _next(filter_: str) -> Select[Any]:
    """The next one that begins so."""
    column = listings.c[filter_]
    return (
        select(column)
        .where(
            listings.c.audience == bindparam("audience_"),
            column > bindparam("after_"),
            column < bindparam("to_"),
        )
        .order_by(column)
        .limit(1)
    )


ALONG = {one: _along(one) for one in FILTERS}
NEXT = {one: _next(one) for one in FILTERS}
IN_HOUSE = _page(
    _listed()
    .join(affiliations, affiliations.c.account_id == listings.c.account_id)
    .where(affiliations.c.establishment == bindparam("establishment_"), listings.c.part == 0)
)
ONE = _listed().where(listings.c.account_id == bindparam("account"), listings.c.part == 0)
PLACES = (
    select(
        affiliations.c.account_id,
        establishments.c.key,
        establishments.c.name,
        establishments.c.town,
    )
    .join_from(affiliations, establishments, establishments.c.key == affiliations.c.establishment)
    .where(affiliations.c.account_id == bindparam("account"), establishments.c.state == "active")
    .order_by(establishments.c.key)
)
HOUSES = select(establishments).where(establishments.c.state == "active")
HOUSE = HOUSES.where(establishments.c.key == bindparam("establishment_"))
