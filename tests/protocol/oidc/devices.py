# SPDX-License-Identifier: Apache-2.0
"""A device without a browser, and the person who connects it."""

from typing import Any

from werkzeug.test import TestResponse

from tests.protocol.kit import Guest, register
from tests.world import Answer, Browser, RelyingParty, World

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PATH = "/oidc/device_authorization"


def television(world: World, **changes: Any) -> Guest:
    """An application of devices alone: it has no address to come back to."""
    oidc = {"grant_types": [GRANT, "refresh_token"], "redirect_uris": []}
    return register(world, **{**changes, "oidc": oidc | changes.get("oidc", {})})


def asked(client: RelyingParty, scope: str = "openid profile", **more: str) -> dict[str, Any]:
    """What the device was given."""
    answer = client.post(PATH, {"scope": scope} | more)
    assert answer.status == 200, answer
    return answer.json


def poll(client: RelyingParty, given: dict[str, Any], **more: str) -> Answer:
    """The device comes for its tokens."""
    form = {"grant_type": GRANT, "device_code": given["device_code"]}
    return client.post("/oidc/token", form | more)


def type_code(browser: Browser, code: str) -> TestResponse:
    """The person types it on our page."""
    browser.get("/device")
    return browser.submit("/device", user_code=code)


def decide(browser: Browser, answer: str = "accept") -> TestResponse:
    """The person decides on the page that asks."""
    return browser.submit("/consent", answer=answer)


def approve(browser: Browser, given: dict[str, Any]) -> None:
    """From the code to the last page."""
    response = type_code(browser, given["user_code"])
    assert browser.page.find(id="device-code") is not None, response.get_data(as_text=True)[:2000]
    response = decide(browser)
    assert response.request.path == "/device/done"


def error(answer: Answer) -> str:
    """Why it was refused."""
    assert answer.status == 400, answer
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.json["error"])
