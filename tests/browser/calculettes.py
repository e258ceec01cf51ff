# SPDX-License-Identifier: Apache-2.0
"""Somebody with a nomad reader beside the browser, and the ways to its pages."""

import time
from types import SimpleNamespace

from playwright.sync_api import Locator, expect

from idp.clock import SystemClock
from idp.opening import open_core
from tests import calculettes
from tests.browser.pages import Visit
from tests.calculettes import PLAIN, Reader
from tests.cast import find_cast

# Whoever is named is shown a number: what is done wrong here counts against nobody.
NOBODY = "2609999999"


def hold(somebody: Visit, who: str, card: str) -> Reader:
    """A reader for somebody's card."""
    with somebody.site.database() as database:
        core, _secrets = open_core(somebody.site.settings, database, SystemClock())
        try:
            place = SimpleNamespace(core=core, cast=find_cast(core))
            return calculettes.bind(place, who, PLAIN, card)
        finally:
            core.passwords.close()


def name_oneself(somebody: Visit, typed: str) -> None:
    """From the login page to the number."""
    somebody.open("/login")
    somebody.follow(somebody.page.locator("a[href*='means=calculette']"))
    somebody.page.locator("#identifier").fill(typed)
    press(somebody)


def press(somebody: Visit) -> None:
    """The page's main button."""
    somebody.follow(somebody.page.locator("form.calc button[type=submit]"))


def number(somebody: Visit) -> Locator:
    """The number shown."""
    return somebody.page.locator("#calc-challenge")


def copy(somebody: Visit, response: str) -> None:
    """Copy an answer back."""
    somebody.page.locator("#response").fill(response)
    press(somebody)


def show(reader: Reader, somebody: Visit) -> str:
    """What the reader shows for the number on the page."""
    expect(number(somebody)).to_be_visible()
    return reader.show(str(number(somebody).text_content()), int(time.time()))


def at_the_name(somebody: Visit) -> None:
    somebody.open("/login")
    somebody.follow(somebody.page.locator("a[href*='means=calculette']"))


def at_the_number(somebody: Visit) -> None:
    name_oneself(somebody, NOBODY)
    expect(number(somebody)).to_be_visible()


def refused(somebody: Visit) -> None:
    at_the_number(somebody)
    copy(somebody, "0000 0000")
    expect(somebody.page.locator("#response-error")).to_be_visible()


def over(somebody: Visit) -> None:
    refused(somebody)
    copy(somebody, "0000 0000")
    expect(somebody.page.locator("#response-error")).to_be_visible()
    copy(somebody, "0000 0000")
    expect(somebody.page.locator("#form-error")).to_be_visible()
    expect(number(somebody)).to_have_count(0)


VIEWS = {
    "calculette": at_the_name,
    "calculette number": at_the_number,
    "calculette refused": refused,
    "calculette over": over,
}
