# SPDX-License-Identifier: Apache-2.0
"""Webhooks in the console."""

import pytest

from tests.administration.kit import Opened
from tests.administration.test_api_webhooks import Outside, delivery, verified
from tests.messages.kit import work

TYPED = {"name": "Annuaire", "address": "https://hooks.example/x", "events": "account.state"}


def test_a_webhook_from_its_making_to_its_end(office: Opened) -> None:
    browser, outside = office.enter("regionale"), Outside()
    browser.get("/admin/webhooks/new")
    shown = browser.submit("/admin/webhooks/new", active="yes", **TYPED)
    assert shown.status_code == 200, shown.text
    secret = browser.page.select_one(".secret-once").text
    page = browser.page.select_one(".actions a")["href"]
    browser.get(page)
    assert secret not in browser.page.text
    browser.submit(f"{page}/ping")
    work(delivery(office.world, outside))
    (sent,) = outside.sent
    assert verified(secret, *sent[1:], office.world.clock.now())
    browser.get(page)
    browser.submit(f"{page}/resend")
    work(delivery(office.world, outside))
    assert outside.sent[1][1]["Webhook-Id"] == sent[1]["Webhook-Id"]
    browser.get(f"{page}/edit")
    form = browser.form(f"{page}/edit")[1]
    browser.submit(f"{page}/edit", **TYPED | {"name": "Autre", "active": "yes"})
    assert "Autre" in browser.get(page).text
    late = browser.post(f"{page}/edit", TYPED | {"csrf": form["csrf"], "seen": form["seen"]})
    assert late.status_code == 409
    browser.get(f"{page}/secret")
    browser.submit(f"{page}/secret")
    assert browser.page.select_one(".secret-once").text != secret
    browser.get(f"{page}/remove")
    browser.submit(f"{page}/remove")
    assert browser.get(page).status_code == 404


def test_what_can_not_be_is_told_at_its_field(sqlite_office: Opened) -> None:
    browser = sqlite_office.enter("regionale")
    browser.get("/admin/webhooks/new")
    answer = browser.submit("/admin/webhooks/new", **TYPED | {"address": "https://10.0.0.1/"})
    assert answer.status_code == 422
    assert browser.page.select_one("#address-error")
    assert browser.page.select_one("#name")["value"] == "Annuaire"


@pytest.mark.parametrize("who", ["chu", "assistance", "auditrice"])
def test_wb_014_webhooks_are_for_the_region(sqlite_office: Opened, who: str) -> None:
    browser = sqlite_office.enter(who)
    assert browser.get("/admin/webhooks").status_code == 403
    assert browser.get("/admin/webhooks/new").status_code == 403
