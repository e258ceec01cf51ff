# SPDX-License-Identifier: Apache-2.0
"""A provider that speaks SAML, from the console to a login: its answer is posted by another site.

What no other test sees: which of our cookies a real browser sends with such a post, and after it.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.clerks import enter
from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.saml_site import running_saml
from tests.servers import Site, running_site


@pytest.fixture(scope="module")
def there() -> Iterator[str]:
    """The provider."""
    with running_saml() as address:
        yield address


@pytest.fixture(scope="module")
def opened(there: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that may reach it."""
    folder = tmp_path_factory.mktemp("saml")
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, url, called_too=[urlsplit(there).netloc]) as site:
        yield site
        site.show_news()


@pytest.fixture
def visit(chromium: Browser, opened: Site) -> Iterator[Callable[..., Visit]]:
    """Browsers on it."""
    with visiting(chromium, opened) as open_browser:
        yield open_browser


def is_fine(page: Page) -> None:
    """No fault that a program finds, and nothing beside the screen."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def log_in_there(somebody: Visit, there: str) -> None:
    """On the page of the provider."""
    somebody.page.wait_for_url(f"{there}/**")
    somebody.page.get_by_role("button").click()


def test_added_linked_and_logged_in_by(visit, there, shots) -> None:
    clerk = visit()
    enter(clerk, "/admin/providers/look")
    page = clerk.page
    is_fine(page)
    shots(page, "saml-look")
    page.locator("#metadata_address").fill(f"{there}/metadata")
    form = page.locator("form", has=page.locator("#metadata_address"))
    clerk.follow(form.locator("button[type=submit]"))
    expect(page.locator("#follow")).to_be_checked()
    is_fine(page)
    shots(page, "saml-found")
    page.locator("#alias").fill("chu")
    page.locator("#name_fr").fill("le CHU")
    page.locator("#name_en").fill("the hospital")
    page.locator("#email").fill("mail")
    clerk.follow(page.locator("form", has=page.locator("#alias")).locator("button[type=submit]"))
    assert clerk.path == "/admin/providers/chu"
    is_fine(page)
    shots(page, "saml-provider")
    claire = visit()
    claire.open("/account/providers/new")
    claire.log_in()
    claire.confirm()
    claire.page.locator("main form[action='/account/providers/new'] button").first.click()
    log_in_there(claire, there)
    claire.page.wait_for_url("**/account/providers?done=linked")
    expect(claire.main).to_contain_text("claire@chu.example")
    is_fine(claire.page)
    shots(claire.page, "saml-linked")
    # Another day, in another browser: no cookie of ours is sent with the post, and it counts.
    again = visit(width=390, height=780, dark=True)
    again.open("/login")
    again.follow(again.main.locator("a[href*='means=idp']"))
    is_fine(again.page)
    shots(again.page, "saml-login")
    again.page.locator("form[action$='/idp:chu'] button").click()
    log_in_there(again, there)
    expect(again.page.locator(".top-person")).to_be_visible()
