# SPDX-License-Identifier: Apache-2.0
"""Somebody's authenticator app beside the browser, and the ways to its pages."""

import time

import pyotp
from playwright.sync_api import expect
from sqlalchemy import text

from tests.browser.pages import Visit, identifier_of

HOME = "/account/authenticator"
CODES = "/account/recovery-codes"
WHOSE = "(SELECT account_id FROM account_names WHERE folded = :name)"


def shows(seed: str) -> str:
    """The six digits of this moment."""
    return pyotp.HOTP(seed).at(int(time.time()) // 30)


def let_the_code_change(somebody: Visit, who: str) -> None:
    """As if half a minute had passed since the last code."""
    _do(somebody, who, f"UPDATE totp SET last_step = 0 WHERE account_id = {WHOSE}")


def forget(somebody: Visit, who: str) -> None:
    """As if nothing had ever been set up."""
    for table in ("totp", "recovery_codes", "pending_secrets"):
        _do(somebody, who, f"DELETE FROM {table} WHERE account_id = {WHOSE}")


def _do(somebody: Visit, who: str, statement: str) -> None:
    with somebody.site.database() as database, database.write() as tx:
        tx.execute(text(statement), {"name": identifier_of(who)})


def begin(somebody: Visit, who: str) -> str:
    """From the page of the app to the picture; the seed that it shows."""
    somebody.open(HOME)
    somebody.log_in(who)
    somebody.follow(somebody.main.locator("a.button").first)
    somebody.page.locator(".pairing-picture").wait_for()
    return str(somebody.page.locator("#seed").text_content()).replace(" ", "")


def confirm(somebody: Visit, seed: str, name: str = "") -> list[str]:
    """Type what the app shows; the recovery codes that are shown for it."""
    somebody.page.locator("#code").fill(shows(seed))
    somebody.page.locator("#name").fill(name)
    somebody.page.locator(f"form[action='{HOME}/new'] button").click()
    expect(somebody.page.locator(".codes li")).to_have_count(10)
    return somebody.page.locator(".codes code").all_text_contents()


def note(somebody: Visit) -> None:
    """« J'ai noté mes codes »."""
    somebody.follow(somebody.page.locator(f"form[action='{CODES}/noted'] button"))
    expect(somebody.page.locator(".notice-success")).to_be_visible()


def set_up(somebody: Visit, who: str, name: str = "Téléphone d’Agnès") -> tuple[str, list[str]]:
    """All of it, from nothing; the seed and the codes."""
    forget(somebody, who)
    seed = begin(somebody, who)
    codes = confirm(somebody, seed, name)
    note(somebody)
    let_the_code_change(somebody, who)
    return seed, codes


def at_the_code(somebody: Visit, who: str) -> None:
    """In another browser: from the application to the field of the code."""
    somebody.ask("timed")
    somebody.log_in(who)
    somebody.page.locator("#code").wait_for()


def give(somebody: Visit, code: str, field: str = "code") -> None:
    """Type a code, send it, and wait for the page that answers it."""
    somebody.page.locator(f"#{field}").fill(code)
    somebody.follow(somebody.page.locator(f"form:has(#{field}) button[type=submit]"))


# The ways to its pages, for `tests.browser.tour`. Each sets up anew: they may come in any order.
def page_before(somebody: Visit) -> None:
    forget(somebody, "paired")
    somebody.open(HOME)
    somebody.log_in("paired")
    expect(somebody.main.locator("a.button").first).to_be_visible()


def page_after(somebody: Visit) -> None:
    set_up(somebody, "paired")
    expect(somebody.main.locator(".facts")).to_be_visible()


def page_new(somebody: Visit) -> None:
    forget(somebody, "paired")
    begin(somebody, "paired")
    somebody.page.locator(".pairing summary").click()


def page_new_wrong(somebody: Visit) -> None:
    page_new(somebody)
    somebody.page.locator("#code").fill("12")
    somebody.page.locator(f"form[action='{HOME}/new'] button").click()
    expect(somebody.page.get_by_role("alert")).to_be_visible()


def page_codes(somebody: Visit) -> None:
    forget(somebody, "paired")
    confirm(somebody, begin(somebody, "paired"))


def proved(somebody: Visit) -> tuple[str, list[str]]:
    seed, codes = set_up(somebody, "paired")
    somebody.ask("timed")
    somebody.page.locator("#code").wait_for()
    give(somebody, shows(seed))
    somebody.expect_arrival("timed")
    return seed, codes


def page_renew(somebody: Visit) -> None:
    proved(somebody)
    somebody.open(CODES)
    expect(somebody.page.locator(f"form[action='{CODES}/renew']")).to_be_visible()


def page_remove(somebody: Visit) -> None:
    proved(somebody)
    somebody.open(f"{HOME}/remove")
    expect(somebody.page.locator("input[name=sure]")).to_be_visible()


def page_login(somebody: Visit) -> None:
    set_up(somebody, "paired")
    somebody.ask("timed")
    somebody.page.locator("#code").wait_for()


def page_login_wrong(somebody: Visit) -> None:
    page_login(somebody)
    give(somebody, "12")
    expect(somebody.page.get_by_role("alert")).to_be_visible()


def page_login_paper(somebody: Visit) -> None:
    page_login(somebody)
    somebody.page.locator("button[name=way]").click()
    somebody.page.locator("#paper").wait_for()


VIEWS = {
    "authenticator": page_before,
    "authenticator-set-up": page_after,
    "authenticator-new": page_new,
    "authenticator-new-wrong": page_new_wrong,
    "authenticator-remove": page_remove,
    "recovery-codes": page_codes,
    "recovery-codes-renew": page_renew,
    "login-code": page_login,
    "login-code-wrong": page_login_wrong,
    "login-recovery": page_login_paper,
}
