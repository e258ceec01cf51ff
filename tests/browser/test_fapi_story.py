# SPDX-License-Identifier: Apache-2.0
"""An application of FAPI 2.0: made in the console in a few clicks, and entered by a person."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clerks import enter
from tests.browser.pages import follow
from tests.ports import free_port
from tests.servers import Site, start

KEY = "carnet"
MOST = 9


@dataclass
class Hand:
    """Presses and chooses, and counts."""

    page: Page
    count: int = 0

    def press(self, selector: str) -> None:
        self.count += 1
        self.page.locator(selector).click()

    def choose(self, name: str, value: str) -> None:
        # One to open the list, and one in it.
        self.count += 2
        self.page.locator(f"select[name='{name}']").select_option(value)

    def go(self, selector: str) -> None:
        self.count += 1
        follow(self.page, self.page.locator(selector))

    def type(self, name: str, value: str) -> None:
        """By the keyboard: from field to field one goes by Tab."""
        self.page.locator(f"[name='{name}']").fill(value)


@dataclass
class Sample:
    """The example application, by its own keys, wherever it listens."""

    url: str
    keys: str


def sample(site: Site, profile: str) -> Sample:
    """Start it, registered or not."""
    port = free_port()
    url, name = f"http://localhost:{port}", f"{KEY}-{profile}"
    words = [sys.executable, "-m", "relying_parties.dcc", "--port", str(port), "--level", "1"]
    words += ["--issuer", site.issuer, "--client-id", name, "--fapi", profile]
    process = start(name, [*words, "--data", str(site.folder / name)], url, site.folder)
    site.processes.append(process)
    (line,) = (one for one in process.news().splitlines() if one.startswith("public keys"))
    return Sample(url, line[line.index("{") :])


@pytest.mark.parametrize("profile", ["fapi2", "fapi2-signed"])
def test_made_in_under_ten_clicks_and_entered(
    visit, site: Site, profile: str, shots: Callable[[Page, str], None]
) -> None:
    made = sample(site, profile)
    key = f"{KEY}-{profile}"
    clerk = visit()
    enter(clerk, "/admin/applications")
    hand = Hand(clerk.page)
    hand.go("a[href='/admin/applications/new?profile=fapi2']")
    hand.type("key", key)
    hand.type("name", "Carnet")
    hand.press("input[name='policy.means'][value='password']")
    hand.choose("policy.level", "1")
    hand.type("oidc.redirect_uris", f"{made.url}/callback")
    if profile != "fapi2":
        hand.choose("oidc.profile", profile)
    hand.type("oidc.jwks", made.keys)
    shots(clerk.page, f"application-{profile}")
    hand.go("main form .form-actions button[type=submit]")
    assert clerk.path == f"/admin/applications/{key}"
    assert hand.count <= MOST
    somebody = visit()
    somebody.page.goto(made.url)
    somebody.follow(somebody.page.locator("main a.button").first)
    somebody.expect_login()
    somebody.log_in()
    somebody.follow(somebody.main.locator("button[value=accept]"))
    somebody.page.wait_for_url(f"{made.url}/**")
    expect(somebody.page.locator("header form[action='/logout']")).to_be_visible()
