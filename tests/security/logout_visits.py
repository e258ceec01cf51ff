# SPDX-License-Identifier: Apache-2.0
"""A logout that the browser carries to applications that nothing else can tell."""

from tests.saml_logout import ask, enter, logout_request, party_with_slo
from tests.world import World

# The sites of these applications.
CARRIED_TO = {"https://asked.example", "https://posted.example"}


def visit_logout(world: World) -> None:
    """The page that tells them, what it holds in frames, and what whoever asked is answered."""
    asking = party_with_slo(world, key="asking")
    others = party_with_slo(world, key="asked"), party_with_slo(world, "post", key="posted")
    browser = world.browser("192.0.2.71")
    browser.get("/account")
    browser.log_in()
    known = enter(asking, browser)
    for one in others:
        enter(one, browser)
    ask(asking, browser, logout_request(asking, known.name, known.index))
    where = browser.last.headers["Location"]
    browser.get(where)
    frames = [str(one["src"]) for one in browser.page.find_all("iframe")]
    for one in (f"{where}/state", *frames, f"{where}?now=1", f"{where}/on"):
        browser.request("GET", one)
