# SPDX-License-Identifier: Apache-2.0
"""The pages of somebody who practises nowhere that is known, then in two places."""

from tests.activities import BOTH, practises
from tests.protocol.kit import register
from tests.world import World


def visit_activities(world: World) -> None:
    """Refused for want of an activity; asked for one, chosen, chosen anew."""
    browser = world.browser("192.0.2.62")
    client = register(world, "practising", policy={"activity": "chosen"})
    client.ask(browser)
    browser.log_in()
    practises(world, *BOTH)
    client.ask(browser)
    browser.submit("/activity", activity="")
    mark = str(browser.page.select("#activities button")[0]["value"])
    browser.submit("/activity", activity=mark)
    browser.get("/account/applications")
    browser.submit("/activity")
