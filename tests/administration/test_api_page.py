# SPDX-License-Identifier: Apache-2.0
"""The API to read: every operation, in the reader's language, from nowhere else."""

from werkzeug.test import Client

from idp.api.v1.operations import OPERATIONS
from tests.world import World


def test_the_page_lists_every_operation(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    assert browser.get("/api").status_code == 200
    shown = {one["id"] for one in browser.page.select(".answer[id]")}
    assert shown == {one.name for one in OPERATIONS}
    assert "sceau.accounts.read" in browser.page.text
    linked = [one.get("src") or one.get("href") for one in browser.page.select("script, link, a")]
    assert all(one.startswith(("/", "#")) for one in linked), linked


def test_the_page_is_only_read(sqlite_world: World) -> None:
    answer = Client(sqlite_world.provider.web).post("/api", base_url=sqlite_world.issuer)
    assert answer.status_code == 405
