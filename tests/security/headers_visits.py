# SPDX-License-Identifier: Apache-2.0
"""What visitors of an application behind a proxy see here."""

from tests.protocol.headers.kit import register
from tests.world import World


def visit_headers(world: World) -> None:
    """The login from there, the pages that say no, and the way out."""
    register(world)
    browser = world.browser("192.0.2.70")
    enter = "/headers/enter?application=old&to=https%3A%2F%2Fold.example%2F&browser="
    browser.get(enter + "0" * 33)
    browser.log_in()
    browser.get(enter)
    for why in ("not-sent", "no-way-back", "unknown"):
        browser.get(f"/headers/stopped?application=old&why={why}")
    browser.get("/headers/stopped?application=plain")
    browser.get("/headers/leave?application=old")
    browser.submit("/logout")
    browser.get("/headers/leave?application=old")
