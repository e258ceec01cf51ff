# SPDX-License-Identifier: Apache-2.0
"""The portal without a network: what a device keeps, for how long, and that a logout empties it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.portal.desk import WHOLE, Desk, Opener, inside, is_fine, wait_a_while

HOUR = 3_600_000
NAME = "AUBÉPINE Garance"
READY = "navigator.serviceWorker.ready.then((one) => one.active.state === 'activated')"
KEPT = """async () => {
  const names = await caches.keys();
  const keys = async (name) => (await caches.open(name)).keys();
  const stores = await Promise.all(names.map(keys));
  return stores.flat().map((one) => new URL(one.url).pathname);
}"""
REMEMBER = """async ([search, at]) => {
  const recent = await import("/static/js/recent.js");
  await recent.remember(search, at);
  return (await recent.searches(at)).map((one) => one.text);
}"""
RECALL = """async (at) => {
  const recent = await import("/static/js/recent.js");
  return (await recent.searches(at)).map((one) => one.text);
}"""
RAW = """() => new Promise((resolve) => {
  const request = indexedDB.open("portal-recent");
  request.onsuccess = () => {
    const base = request.result, work = base.transaction(["keys", "searches"]);
    const key = work.objectStore("keys").get("key"), rows = work.objectStore("searches").getAll();
    work.oncomplete = () => {
      base.close();
      const bytes = rows.result.map((row) => String.fromCharCode(...new Uint8Array(row.sealed)));
      crypto.subtle.exportKey("raw", key.result).then(() => true, () => false).then((out) =>
        resolve({ rows: rows.result.map((row) => Object.keys(row).sort()), bytes, out }));
    };
  };
})"""
LEFT = """async () => {
  let left = 1;
  for (let times = 0; left && times < 200; times += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    left = (await indexedDB.databases()).length;
  }
  return left;
}"""
DATABASES = "indexedDB.databases().then((all) => all.map((one) => one.name))"


def remember(page: Page, text: str, at: int = 0) -> Any:
    search = {"text": text, "more": "12/03/1961", "address": f"/files/{text}"}
    return page.evaluate(REMEMBER, [search, at])


def settled(page: Page) -> None:
    page.wait_for_function(READY)


def test_without_a_network_there_is_a_page_and_nothing_of_anybody(
    desk: Desk,
    browser_of: Opener,
) -> None:
    context: BrowserContext = browser_of()
    page = inside(desk, context)
    settled(page)
    page.reload()
    page.goto(desk.url + "/professional")
    kept = page.evaluate(KEPT)
    assert kept
    assert all(one == "/offline" or one.startswith("/static/") for one in kept)
    remember(page, NAME, page.evaluate("Date.now()"))
    context.set_offline(True)
    page.goto(desk.url + "/professional")
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("#recent-list li")).to_have_text([f"{NAME} · 12/03/1961"])
    expect(page.locator(".person-name")).to_have_count(0)
    is_fine(page)
    # It comes back by itself.
    context.set_offline(False)
    expect(page.locator(".person-name")).to_be_visible()


def test_searches_are_few_short_lived_and_unreadable(
    desk: Desk,
    browser_of: Opener,
) -> None:
    page = inside(desk, browser_of())
    for number in range(12):
        remember(page, f"{NAME} {number}", number)
    found = remember(page, f"{NAME} 5", 20)
    assert found == [f"{NAME} {number}" for number in (5, 11, 10, 9, 8, 7, 6, 4, 3, 2)]
    raw = page.evaluate(RAW)
    assert raw["out"] is False
    assert len(raw["rows"]) == 10
    assert {tuple(one) for one in raw["rows"]} == {("at", "iv", "sealed")}
    assert not any("Garance" in one for one in raw["bytes"])
    # Twelve hours after each was looked for, whatever was looked for since.
    assert page.evaluate(RECALL, 12 * HOUR + 3)[-1] == f"{NAME} 4"
    assert page.evaluate(RECALL, 12 * HOUR + 19) == [f"{NAME} 5"]
    assert page.evaluate(RECALL, 12 * HOUR + 20) == []
    assert page.evaluate(RAW)["rows"] == []


def test_a_logout_leaves_nothing_on_the_device(
    desk: Desk,
    browser_of: Opener,
) -> None:
    page = inside(desk, browser_of())
    settled(page)
    remember(page, NAME, page.evaluate("Date.now()"))
    # The provider's part is played by nobody here: straight back.
    page.route("**/end-session*", lambda route: route.fulfill(status=204))
    page.locator("#logout button").click()
    page.goto(desk.url + "/logged-out")
    expect(page.locator("#logged-out")).to_be_visible()
    page.goto(desk.url + "/static/icons/imaging.svg")
    assert page.evaluate(DATABASES) == []
    # The worker of the page after that has its list again, and nothing else.
    assert all(one == "/offline" or one.startswith("/static/") for one in page.evaluate(KEPT))


def test_nor_does_a_session_that_ends_while_no_page_is_open(
    desk: Desk,
    browser_of: Opener,
) -> None:
    context = browser_of()
    page = inside(desk, context)
    remember(page, NAME, page.evaluate("Date.now()"))
    # Nobody is told of the end: a browser that was closed, or a machine that slept.
    page.close()
    page = context.new_page()
    page.clock.install()
    page.goto(desk.url + "/offline")
    expect(page.locator("#recent-list li")).to_have_count(1)
    desk.time.pass_by(WHOLE)
    page.clock.run_for(WHOLE * 1000)
    expect(page.locator("#recent")).to_be_hidden()
    expect(page.locator("#recent-list li")).to_have_count(0)


def test_what_an_earlier_session_left_is_not_taken_into_the_next(
    desk: Desk,
    browser_of: Opener,
) -> None:
    context = browser_of()
    page = inside(desk, context)
    remember(page, NAME, page.evaluate("Date.now()"))
    page.close()
    desk.time.pass_by(WHOLE)
    desk.enter(context, "doctor")
    page = context.new_page()
    page.clock.install(time=datetime.now(UTC) + timedelta(seconds=WHOLE + 1))
    page.goto(desk.url + "/professional")
    expect(page.locator("#session-timer")).to_be_visible()
    assert page.evaluate(RECALL, page.evaluate("Date.now()")) == []


def test_the_first_page_without_a_session_forgets(
    desk: Desk,
    browser_of: Opener,
) -> None:
    context = browser_of()
    page = inside(desk, context)
    remember(page, NAME, page.evaluate("Date.now()"))
    page.close()
    context.clear_cookies()
    page = context.new_page()
    page.goto(desk.url + "/")
    expect(page.locator("#way-professional")).to_be_visible()
    assert page.evaluate(LEFT) == 0


def test_nor_does_the_end_of_the_session(
    desk: Desk,
    browser_of: Opener,
) -> None:
    page = inside(desk, browser_of())
    remember(page, NAME, page.evaluate("Date.now()"))
    wait_a_while(desk, WHOLE, page)
    page.wait_for_url("**/session-expired*")
    assert page.evaluate(DATABASES) == []
