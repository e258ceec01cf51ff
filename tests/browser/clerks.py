# SPDX-License-Identifier: Apache-2.0
"""Administrators at a browser: their roles, two factors, and the console's pages by name."""

from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import update

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.establishments import Establishment
from idp.administration.authority import Held
from idp.administration.rights import Role
from idp.cli.place import installation
from idp.clock import SystemClock
from idp.db import table_of
from idp.office import open_office
from idp.sessions.models import SessionRow
from idp.sessions.values import Proof, dump_proofs
from tests.browser.pages import Visit, identifier_of

HOUSE = Establishment("370000481", "CHU de Tours", "Tours", "37000")
View = Callable[[Visit], None]
sessions = table_of(SessionRow)


def enter(somebody: Visit, page: str, who: str = "administrateur") -> None:
    """A page of the console, opened by a super-administrator with two factors."""
    somebody.open("/login")
    somebody.expect_login()
    somebody.log_in(who)
    expect(somebody.page.locator(".top-person")).to_be_visible()
    empower(somebody, who)
    somebody.open(page)
    expect(somebody.page.locator("#console-menu")).to_be_attached()


def empower(somebody: Visit, who: str) -> None:
    """The role, and a second factor in all of their sessions."""
    now = SystemClock().now()
    pair = (
        Proof("password", Level.PASSWORD, ("pwd",), now, "journey"),
        Proof("totp", Level.TWO_FACTORS, ("pwd", "otp"), now, "journey"),
    )
    with installation(somebody.site.settings) as place:
        office = open_office(place.core, place.secrets)
        root = office.authorities.of_command(place.origin)
        with place.core.database.write() as tx:
            account = accounts.find(tx, identifier_of(who))
            assert account is not None
            office.roles.give(tx, root, account, Held(Role.SUPER))
            place.core.establishments.put(tx, HOUSE, place.origin)
            theirs = sessions.c.account_id == account
            tx.execute(update(sessions).where(theirs).values(proofs=dump_proofs(pair)))


def account_of(somebody: Visit, who: str) -> str:
    """The address of somebody's sheet."""
    with somebody.site.database() as database, database.read() as tx:
        return f"/admin/accounts/{accounts.find(tx, identifier_of(who))}"


def console(page: str) -> View:
    """A page of the console."""
    return lambda somebody: enter(somebody, page)


def of_account(ending: str = "", who: str = "infirmiere") -> View:
    """A page about one account."""
    return lambda somebody: enter(somebody, account_of(somebody, who) + ending)


VIEWS: dict[str, View] = {
    "admin": console("/admin"),
    "admin-accounts": console("/admin/accounts?population=professional"),
    "admin-account": of_account(),
    "admin-account-edit": of_account("/edit"),
    "admin-account-activities": of_account("/activities", "practising"),
    "admin-account-question": of_account("/state?to=disabled"),
}
