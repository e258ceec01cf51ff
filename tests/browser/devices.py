# SPDX-License-Identifier: Apache-2.0
"""A device without a browser: the pages by which its person connects it."""

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from playwright.sync_api import expect

from tests.browser.pages import Visit
from tests.protocol.oidc.devices import PATH
from tests.servers import Site

KEY = "screen"
FORM = "form[action='/device'] button"


def post(site: Site, path: str, **form: str) -> dict[str, Any]:
    """What the device is answered, error or not."""
    body = urlencode({"client_id": KEY, **form}).encode()
    request = Request(site.issuer + path, body)
    with urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def asked_of(site: Site) -> dict[str, Any]:
    """A device asks."""
    return post(site, PATH, scope="openid profile email phone")


def entry(somebody: Visit) -> None:
    somebody.open("/device?user_code=" + asked_of(somebody.site)["user_code"])
    expect(somebody.page.locator("#user_code")).to_be_visible()


def slip(somebody: Visit) -> None:
    somebody.open("/device")
    somebody.page.locator("#user_code").fill("ABCD")
    somebody.follow(somebody.page.locator(FORM))
    expect(somebody.page.locator("#user_code-error")).to_be_visible()


def question(somebody: Visit) -> None:
    entry(somebody)
    somebody.follow(somebody.page.locator(FORM))
    somebody.log_in("infirmiere")
    expect(somebody.page.locator("#device-code")).to_be_visible()


def connected(somebody: Visit) -> None:
    question(somebody)
    somebody.follow(somebody.page.locator("button[value=accept]"))
    expect(somebody.page.locator("[data-end=done]")).to_be_visible()


def refused(somebody: Visit) -> None:
    question(somebody)
    somebody.follow(somebody.page.locator("button[value=refuse]"))
    expect(somebody.page.locator("[data-end=refused]")).to_be_visible()


def over(somebody: Visit) -> None:
    somebody.open("/device/over")
    expect(somebody.page.locator("[data-end=over]")).to_be_visible()


VIEWS = {
    "device-code": entry,
    "device-slip": slip,
    "device": question,
    "device-done": connected,
    "device-refused": refused,
    "device-over": over,
}
