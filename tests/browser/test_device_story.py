# SPDX-License-Identifier: Apache-2.0
"""A screen in an operating theatre is connected from a computer or a phone, seen and decided."""

import os
from pathlib import Path
from urllib.error import HTTPError

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import devices
from tests.browser.devices import FORM, asked_of, post
from tests.protocol.oidc.devices import GRANT

LOOKS = {
    "desk": {},
    "phone": {"width": 360, "height": 740, "has_touch": True},
    "phone-dark-plain": {"width": 360, "height": 740, "dark": True, "javascript": False},
}


def is_fine(page: Page, name: str) -> None:
    """No fault that a program finds, and nothing beside the screen; a picture where wished."""
    if "dark-plain" not in name:
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"device-{name}.png", full_page=True)


@pytest.mark.parametrize("look", LOOKS)
def test_somebody_connects_a_screen(visit, look: str) -> None:
    somebody = visit(**LOOKS[look])
    given = asked_of(somebody.site)
    form = {"grant_type": GRANT, "device_code": given["device_code"]}
    with pytest.raises(HTTPError, match="400"):
        post(somebody.site, "/oidc/token", **form)
    somebody.open("/device")
    is_fine(somebody.page, f"{look}-1")
    somebody.page.locator("#user_code").fill(given["user_code"].lower().replace("-", " "))
    somebody.follow(somebody.page.locator(FORM))
    somebody.log_in("infirmiere")
    expect(somebody.page.locator("#device-code")).to_have_text(given["user_code"])
    expect(somebody.page.locator("[data-near]")).to_have_attribute("data-near", "yes")
    is_fine(somebody.page, f"{look}-2")
    somebody.follow(somebody.page.locator("button[value=accept]"))
    expect(somebody.page.locator("[data-end=done]")).to_be_visible()
    is_fine(somebody.page, f"{look}-3")
    assert "access_token" in post(somebody.site, "/oidc/token", **form)


def test_somebody_refuses(visit) -> None:
    somebody = visit()
    devices.refused(somebody)
    is_fine(somebody.page, "desk-4")
