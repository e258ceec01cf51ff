# SPDX-License-Identifier: Apache-2.0
"""Pro Santé Connect in the account, where it is set up; nobody is asked anything there."""

from tests.protocol.kit import settled
from tests.world import World

SET_UP = {
    "PSC_ENVIRONMENT": "sandbox",
    "PSC_CLIENT_ID": "sceau",
    "PSC_CLIENT_SECRET": "of the test",
}


def visit_prosante(world: World) -> None:
    """The page, the way to prove a number, and what is said where it is not taken."""
    browser = settled(world)
    browser.get("/account/prosante")
    browser.get("/account/prosante/link")
    for why in ("taken", "other-name", "nothing"):
        browser.get(f"/account/prosante/refused?why={why}")
