# SPDX-License-Identifier: Apache-2.0
"""An application whose people must be found in the directory: who hides is told, and led on."""

from idp.accounts import particulars
from idp.accounts.particulars import Particulars, Visibility
from tests.protocol.kit import register
from tests.world import World


def test_who_hides_is_told_why_and_how_to_change_it(world: World) -> None:
    client = register(world, policy={"directory": "visible"}, home_url="https://guest.example/")
    browser = world.browser()
    client.ask(browser)
    browser.log_in()
    assert browser.last.status_code == 403
    assert browser.problem == "directory-hidden"
    ways = [one["href"] for one in browser.page.select("#error .actions a")]
    assert ways[0] == "/account/directory"
    browser.get("/")
    assert "visible dans l" in browser.page.get_text() or "visible in" in browser.page.get_text()
    assert any(str(one).startswith(client.redirect_uri) and "access_denied" in one for one in ways)
    with world.core.database.write() as tx:
        shown = Particulars(visibility=Visibility.PROFESSIONALS)
        particulars.put(tx, world.cast["medecin"].id, shown)
    assert "code" in client.answered(client.ask(browser))


def test_patients_are_in_no_directory_and_need_not_be(sqlite_world: World) -> None:
    policy = {"directory": "visible", "populations": ["patient"]}
    client = register(sqlite_world, policy=policy)
    browser = sqlite_world.browser()
    client.ask(browser)
    assert "code" in client.answered(browser.log_in("patient"))
