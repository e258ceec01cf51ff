# SPDX-License-Identifier: Apache-2.0
"""The way to one account in the console: who looks, and what they see of it."""

from dataclasses import dataclass

from idp.administration.authority import Denied
from idp.administration.people.view import Sheet
from idp.administration.rights import Right
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused

PATH = "/admin/accounts"
PROPOSED = "/admin/proposals?done=proposed"


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody at the sheet of an account."""

    clerk: Clerk
    sheet: Sheet

    @property
    def path(self) -> str:
        """The sheet's address."""
        return f"{PATH}/{self.sheet.account.id}"

    @property
    def name(self) -> str:
        """Whose it is."""
        return self.sheet.account.person.display_name


def looking_at(
    services: Services,
    account: str,
    page: str = "",
    right: Right = Right.ACCOUNTS_SEE,
    *,
    proved: bool = False,
) -> Looking | Answer:
    """The account, for whoever holds the right over it; `page` comes after its address.

    A right that is held elsewhere, but not here, closes the page; what a verb does is asked of the
    service again.
    """
    here = f"{PATH}/{account}{page}"
    door = proved_clerk if proved else clerk_of
    clerk = door(services, here, right)
    if not isinstance(clerk, Clerk):
        return clerk
    with services.core.database.read() as tx:
        sheet = services.office.people.sheet(tx, clerk.authority, account)
    if isinstance(sheet, Denied):
        return refused(sheet)
    if right is not Right.ACCOUNTS_SEE and right not in sheet.may:
        return refused(Denied.NOT_ALLOWED)
    return Looking(clerk, sheet)


def denied(answer: Denied) -> Answer:
    """What a verb refused; what waits for a second administrator is told where it waits."""
    return see_other(PROPOSED) if answer is Denied.PROPOSED else refused(answer)
