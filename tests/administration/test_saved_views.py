# SPDX-License-Identifier: Apache-2.0
"""Searches that one keeps by a name: on every list of the console that has filters."""

from urllib.parse import parse_qs, urlsplit

from idp.web.admin.saved_views import LISTS
from tests.administration.console_kit import csrf, send, texts
from tests.administration.kit import Opened

# A filter of each list, as its page gives it.
ASKED = {
    "accounts": {"population": "patient"},
    "requests": {"waiting": "7", "stage": "refused"},
    "patients": {"state": "withdrawn"},
    "messages": {"state": "failed"},
    "audit": {"outcome": "failed", "since": "2026-09-01"},
}


def test_every_list_keeps_searches_of_its_own(sqlite_office: Opened) -> None:
    browser, other = sqlite_office.enter("regionale"), sqlite_office.enter("administrateur")
    assert {one.name for one in LISTS} == set(ASKED)
    for one in LISTS:
        asked = ASKED[one.name]
        browser.get(f"{one.path}?{'&'.join(f'{name}={value}' for name, value in asked.items())}")
        offered = {str(field["name"]) for field in browser.page.select("main .filters [name]")}
        assert offered
        assert offered <= set(one.filters), one.name
        # WB-016: nothing but what the list is searched by is kept.
        assert send(browser, "/views", name="Mes <b>cas", after="x", evil="y") == 200
        assert texts(browser, ".view") == ["Mes <b>cas"], one.name
        assert texts(browser, ".news .notice-body"), one.name
        [link] = [str(view["href"]) for view in browser.page.select(".view")]
        address = urlsplit(link)
        assert address.path == one.path
        assert {name: value[0] for name, value in parse_qs(address.query).items()} == asked
        assert browser.get(link).status_code == 200
        # Theirs alone, and on this list alone.
        other.get(one.path)
        assert texts(other, ".view") == []
    for one in LISTS:
        browser.get(one.path)
        assert len(texts(browser, ".view")) == 1
        assert send(browser, "/drop") == 200
        assert texts(browser, ".view") == []


def test_wb_014_no_search_is_kept_of_what_one_may_not_see(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("chu")
    browser.get("/admin/accounts?population=patient")
    token = csrf(browser)
    for name in ("audit", "messages"):
        for ending in ("views", "views/x/drop"):
            answer = browser.post(f"/admin/{name}/{ending}", {"csrf": token, "name": "x"})
            assert answer.status_code == 403
    assert browser.get("/admin/requests/views").status_code in {404, 405}
