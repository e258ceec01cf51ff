# SPDX-License-Identifier: Apache-2.0
"""Passwords to be replaced, and forgotten ones: who has them, and the ways to their pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator, expect
from sqlalchemy import text

from idp.accounts import service as accounts
from idp.credentials.passwords import Reason
from idp.http.services import Core
from idp.opening import open_core
from tests.browser.pages import Visit, identifier_of
from tests.cast import PASSWORD
from tests.outbox import Waiting, table, waiting
from tests.servers import Site

# Whose password must be replaced, who forgets theirs, and a patient who does.
RENEWING, RESETTING, TURNING, PATIENT = "renewing", "resetting", "turning", "forgetful"
TEMPORARY = "tempo-rivage-4821"
# With the capital letter that the portal asks of patients.
FRESH, OTHER = "Corbeau-lanterne-7294", "Brouette-nuage-5518"
FORGOTTEN = "/password/forgotten"
PHONE = "+33639980042"
# A link that nobody was ever given ends where one ends that was used.
NO_LINK = "/password/reset/of-a-link-that-is-over"
# What earlier tests left is gone, the password that `put` has just replaced too.
BEGIN_ANEW = (
    "DELETE FROM messages",
    "DELETE FROM quotas",
    "DELETE FROM password_history WHERE account_id = :account",
    "DELETE FROM reset_links WHERE account_id = :account",
    "UPDATE accounts SET email_verified = 1 WHERE id = :account",
    "UPDATE accounts SET phone = :phone, phone_verified = :verified WHERE id = :account",
    # A link goes to what was verified, and to nothing else.
    "UPDATE accounts SET email_verified = 1 WHERE id = :account",
)


@dataclass(frozen=True)
class Behind:
    """The provider's nouns, opened beside the one that runs."""

    core: Core


@contextmanager
def behind(site: Site) -> Iterator[Behind]:
    """Look and arrange behind the pages."""
    with site.database() as database:
        core, _secrets = open_core(site.settings, database)
        yield Behind(core)
        core.passwords.close()


def account_of(core: Core, who: str) -> str:
    """Somebody's account."""
    with core.database.read() as tx:
        found = accounts.find(tx, identifier_of(who))
    assert found
    return found


def arrange(
    somebody: Visit,
    who: str,
    password: str = PASSWORD,
    temporary: Reason | None = None,
    *,
    phone: str = "",
) -> None:
    """Somebody as at the beginning, with the cast's password, or with this one."""
    with behind(somebody.site) as opened:
        core = opened.core
        account = account_of(core, who)
        known = {"account": account, "phone": phone, "verified": int(bool(phone))}
        hashed = [core.passwords.hashed(PASSWORD), core.passwords.hashed(password)]
        with core.database.write() as tx:
            core.passwords.put(tx, account, hashed[0])
            for statement in BEGIN_ANEW:
                tx.execute(text(statement), known)
            if temporary is not None:
                core.passwords.set_temporary(tx, account, hashed[1], temporary)


def work(somebody: Visit) -> None:
    """What a worker does with the requests of those who forgot their password."""
    with behind(somebody.site) as opened:
        core = opened.core
        for one in waiting(opened, "forgotten"):
            core.forgotten.answer(one.recipient, "the-request", one.values)
        with core.database.write() as tx:
            tx.execute(table.delete().where(table.c.channel == "task"))


def letters(somebody: Visit, purpose: str = "") -> list[Waiting]:
    """What waits to be sent."""
    with behind(somebody.site) as opened:
        return waiting(opened, purpose)


def forget(somebody: Visit, name: str) -> None:
    """Say on the page who one is."""
    somebody.page.locator("#identifier").fill(name)
    somebody.follow(somebody.page.locator(f"form[action='{FORGOTTEN}'] button[type=submit]"))


def choose(somebody: Visit, password: str, again: str | None = None) -> None:
    """Type a new password twice, send it, and wait for the page that answers it."""
    somebody.page.locator("#password").fill(password)
    somebody.page.locator("#again").fill(password if again is None else again)
    somebody.follow(somebody.page.locator("form:has(#again) button[type=submit]"))


def rule(somebody: Visit, key: str) -> Locator:
    """One of the rules shown."""
    return somebody.page.locator(f"[data-rule={key}]")


def expect_rule(somebody: Visit, key: str, state: str) -> None:
    """It is shown as met, not met, or open."""
    expect(rule(somebody, key)).to_have_attribute("data-state", state)


def link_for(somebody: Visit, who: str = RESETTING) -> str:
    """The link that a professional is sent."""
    somebody.open(FORGOTTEN)
    forget(somebody, identifier_of(who))
    work(somebody)
    (letter,) = letters(somebody, "reset-link")
    return str(letter.values["link"])


# Ways to the pages, for the tour.


def at_renewal(somebody: Visit) -> None:
    arrange(somebody, RENEWING, TEMPORARY, Reason.FIRST)
    somebody.open_example("dcc", "/dossiers")
    somebody.log_in(RENEWING, TEMPORARY)
    expect(somebody.page.locator("form[action$='/renew']")).to_be_visible()


def at_refusal(somebody: Visit) -> None:
    at_renewal(somebody)
    choose(somebody, PASSWORD)
    expect_rule(somebody, "history", "unmet")


def at_difference(somebody: Visit) -> None:
    at_renewal(somebody)
    choose(somebody, FRESH, OTHER)
    expect(somebody.page.locator("#form-error")).to_be_visible()


def at_forgotten(somebody: Visit) -> None:
    somebody.open("/login")
    somebody.follow(somebody.main.locator(f"a[href^='{FORGOTTEN}']"))
    expect(somebody.page.locator(f"form[action='{FORGOTTEN}']")).to_be_visible()


def at_nobody(somebody: Visit) -> None:
    at_forgotten(somebody)
    # Nothing at all, the browser itself would not send.
    forget(somebody, " ")
    expect(somebody.page.locator("#identifier-error")).to_be_visible()


def at_sent(somebody: Visit) -> None:
    at_forgotten(somebody)
    forget(somebody, "somebody.of.this.name")
    assert somebody.path == "/password/sent"
    somebody.main.locator("details.fold summary").click()


def at_link(somebody: Visit) -> None:
    arrange(somebody, RESETTING)
    somebody.page.goto(link_for(somebody))
    expect(somebody.page.locator("form[action='/password/new']")).to_be_visible()


def at_link_refusal(somebody: Visit) -> None:
    at_link(somebody)
    choose(somebody, "court")
    expect_rule(somebody, "length", "unmet")


def at_done(somebody: Visit) -> None:
    at_link(somebody)
    choose(somebody, FRESH)
    expect(somebody.main.locator("a.button[href='/login']")).to_be_visible()


def at_change(somebody: Visit) -> None:
    arrange(somebody, RESETTING)
    with somebody.site.database() as database, database.write() as tx:
        # A change that the person starts waits for a day after the last one.
        tx.execute(
            text(
                "UPDATE passwords SET changed_at = changed_at - 100000 WHERE account_id = "
                "(SELECT account_id FROM account_names WHERE folded = :name)"
            ),
            {"name": identifier_of(RESETTING)},
        )
    somebody.open("/account/password")
    somebody.log_in(RESETTING)
    expect(somebody.page.locator("form[action='/account/password']")).to_be_visible()


def at_wait(somebody: Visit) -> None:
    arrange(somebody, RESETTING)
    somebody.open("/account/password")
    somebody.log_in(RESETTING)
    expect(somebody.main.locator(".notice-info")).to_be_visible()


def at_used_link(somebody: Visit) -> None:
    somebody.open(NO_LINK)


VIEWS = {
    "renewal": at_renewal,
    "renewal-refused": at_refusal,
    "renewal-different": at_difference,
    "forgotten": at_forgotten,
    "forgotten-nobody": at_nobody,
    "forgotten-sent": at_sent,
    "reset": at_link,
    "reset-refused": at_link_refusal,
    "reset-done": at_done,
    "account-password": at_change,
    "account-password-wait": at_wait,
}
PROBLEMS = {"reset-over": at_used_link}
