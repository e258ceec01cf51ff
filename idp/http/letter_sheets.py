# SPDX-License-Identifier: Apache-2.0
"""A patient's letter as a sheet to print: what console and API put on paper alike."""

from datetime import date

from idp.accounts.particulars import Particulars
from idp.accounts.values import Account
from idp.administration.patients.letters import Printed
from idp.http.paper import Letterhead, Sheet
from idp.http.services import Core
from idp.messages.shown import local_time


def letterhead_of(core: Core) -> Letterhead:
    """What all letters of the installation have in common."""
    settings = core.settings
    portal = settings.patients.portal or settings.server.issuer + "/"
    region = settings.region
    return Letterhead(region.server_name, region.name, region.manager, portal)


def sheet_of(core: Core, printed: Printed, password: str, known: Particulars) -> Sheet:
    """One letter, with the password that is in force now."""
    account, house, region = printed.account, printed.establishment, core.settings.region
    person = account.person
    phone = (house.support_phone if house else "") or region.support_phone
    email = (house.support_email if house else "") or region.support_email
    return Sheet(
        civility=person.civility,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_name=person.birth_name,
        birth_date=person.birth_date,
        identifier=person.identifier,
        password=password,
        until=_day(printed.until),
        printed_on=_day(core.clock.now()),
        locale=person.locale,
        establishment=house.name if house else region.name,
        town=house.town if house else "",
        address=address_of(account, known),
        support=tuple(filter(None, (phone, email))),
    )


def address_of(account: Account, known: Particulars) -> tuple[str, ...]:
    """The lines under the name, so far as they are known: a letter is mostly handed over."""
    town = " ".join(filter(None, (known.post_code, account.person.town, known.cedex)))
    return tuple(filter(None, (known.street, known.po_box, town))) if known.street else ()


def _day(moment: int) -> date:
    return local_time(moment).date()
