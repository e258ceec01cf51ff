# SPDX-License-Identifier: Apache-2.0
"""What the pages of a card and of its calculette do alike: find it, ask first, switch it."""

from collections.abc import Callable
from urllib.parse import quote

from idp.administration.authority import Authority, Denied
from idp.administration.people.card_register import CardSheet
from idp.administration.rights import Right
from idp.db import Tx
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused

HERE = "/admin/cards"
Door = Callable[[Services, str, Right], Clerk | Answer]


def address_of(serial: str) -> str:
    """Where a card's page is."""
    return f"{HERE}/{quote(serial, safe='')}"


def card_of(
    services: Services, serial: str, page: str, right: Right, door: Door = clerk_of
) -> tuple[Clerk, CardSheet] | Answer:
    """A card, for whoever comes by this door."""
    clerk = door(services, page, right)
    if not isinstance(clerk, Clerk):
        return clerk
    with services.core.database.read() as tx:
        found = services.office.cards.find(tx, clerk.authority, serial)
    return refused(found) if isinstance(found, Denied) else (clerk, found)


def ask_switch(
    services: Services, clerk: Clerk, question: Question, right: Right, *, opens: bool
) -> Answer:
    """Ask before a way in is closed; before one is opened, ask for a fresh proof as well."""
    if opens:
        # SE-006: it opens a way in.
        proved = proved_clerk(services, question.action, right)
        if not isinstance(proved, Clerk):
            return proved
    return ask(clerk, question)


def switch(
    services: Services,
    serial: str,
    page: str,
    right: Right,
    verb: Callable[[Tx, Authority, str], Denied | bool],
    done: str,
    *,
    opens: bool,
) -> Answer:
    """Do it, behind the same proof, and go back to the card."""
    clerk = (proved_clerk if opens else clerk_of)(services, page, right)
    if not isinstance(clerk, Clerk):
        return clerk
    with services.core.database.write() as tx:
        became = verb(tx, clerk.authority, serial)
    if isinstance(became, Denied):
        return refused(became)
    return see_other(f"{address_of(serial)}?done={done if became else 'nothing'}")
