# SPDX-License-Identifier: Apache-2.0
"""« Annuaire » in a browser: searched, opened, read by everybody, on a phone too."""

import pytest
from playwright.sync_api import expect

from idp.accounts import particulars, service
from idp.accounts.establishments import JOIN, PUT
from idp.accounts.particulars import Particulars, Visibility
from tests.browser.pages import Visit
from tests.browser.test_every_page import UNDRESS, examine

CHU = "370000481"
HOUSE = {
    "key": CHU,
    "name": "Centre hospitalier régional universitaire de Tours",
    "town": "Tours",
    "post_code": "37000",
    "support_email": "",
    "support_phone": "",
    "state": "active",
    "created_at": 1,
    "updated_at": 1,
}


@pytest.fixture
def somebody(visit) -> Visit:
    """A visitor of a site where the nurse with the long name wishes to be found."""
    visitor = visit()
    with visitor.site.database() as database, database.write() as tx:
        account = service.find(tx, "mdelarochefoucauldvilleneuve")
        assert account is not None
        wished = Particulars(Visibility.PUBLIC, landline="0247474747", post_code="36000")
        particulars.put(tx, account, wished)
        tx.execute(PUT, HOUSE)
        tx.execute(JOIN, {"account_id": account, "establishment": CHU, "since": 1})
    return visitor


def faults(somebody: Visit) -> list[str]:
    page = somebody.page
    page.evaluate(UNDRESS)
    found = examine(page, page.url)
    page.emulate_media(color_scheme="dark")
    found += examine(page, f"{page.url}, dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 640})
    if beyond := somebody.sideways():
        found.append(f"{page.url}: scrolls sideways by {beyond} px")
    page.set_viewport_size({"width": 1280, "height": 860})
    return found


def test_somebody_is_searched_found_and_opened(somebody: Visit) -> None:
    page = somebody.page
    somebody.open("/directory")
    found = faults(somebody)
    page.locator("#name").fill("rochefoucauld")
    page.locator("form.finder button[type=submit]").click()
    expect(page.locator(".finder-name")).to_have_count(1)
    found += faults(somebody)
    page.locator(".finder-name a").click()
    expect(page.locator("h1")).to_contain_text("Rochefoucauld")
    expect(page.locator("a[href^='tel:']")).to_be_visible()
    found += faults(somebody)
    page.locator(".facts a[href^='/directory/structures/']").click()
    expect(page.locator("h1")).to_contain_text("Tours")
    found += faults(somebody)
    somebody.open("/directory?name=nobody")
    expect(page.locator(".empty")).to_be_visible()
    found += faults(somebody)
    assert found == [], "\n".join(found)
