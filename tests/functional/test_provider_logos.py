# SPDX-License-Identifier: Apache-2.0
"""The picture on a provider's button: sent by an administrator, served by us, taken away."""

import io

import pytest

from tests.administration.kit import Opened, open_office
from tests.administration.test_application_pictures import bomb, picture
from tests.functional.test_providers import clock, here, there  # noqa: F401
from tests.providers import ALIAS, arrive

PAGE = f"/admin/providers/{ALIAS}"


@pytest.fixture
def office(here) -> Opened:  # noqa: F811
    return open_office(here)


def send(office: Opened, content: bytes, name: str = "a.png"):
    browser = office.enter("administrateur")
    browser.get(PAGE)
    action, fields = browser.form("/logo")
    browser.post(action, fields | {"logo": (io.BytesIO(content), name)})
    return browser


def button_of(office: Opened):
    """What stands beside its name on the login page."""
    return arrive(office.world).page.select_one("a.way[href*='means=idp'] .roundel")


def test_a_picture_is_sent_shown_and_taken_away(office, clock):  # noqa: F811
    assert button_of(office).name == "span"
    assert button_of(office).text == "C"
    browser = send(office, picture("JPEG") + b"<script>alert(1)</script>", "../../a.exe")
    shown = button_of(office)
    assert (shown.name, shown["alt"]) == ("img", "")
    anybody = office.world.browser()
    served = anybody.get(shown["src"])
    assert served.headers["Content-Type"] == "image/png"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert "immutable" in served.headers["Cache-Control"]
    assert served.data.startswith(b"\x89PNG")
    assert b"script" not in served.data
    browser.get(PAGE)
    action, fields = browser.form("/logo")
    browser.post(action, fields | {"act": "remove"})
    assert button_of(office).name == "span"
    assert anybody.get(shown["src"]).status_code == 404
    assert len(office.world.events("provider.logo")) == 2


def test_an_address_names_one_picture(office):
    send(office, picture("PNG"))
    first = button_of(office)["src"]
    send(office, picture("PNG", (20, 20)))
    second = button_of(office)["src"]
    anybody = office.world.browser()
    assert first != second
    assert anybody.get(first).status_code == 404
    assert anybody.get(second).status_code == 200
    plain = second.partition("?")[0]
    others = (plain, f"{second}x", "/providers/other/logo?v=x", "/providers/%00/logo?v=%00")
    for other in others:
        assert anybody.get(other).status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bomb(50_000, 50_000)],
    ids=["none", "svg", "bomb"],
)
def test_wb_020_what_is_no_picture_of_ours_is_refused(office, content):
    browser = send(office, content)
    assert browser.page.select_one("#logo-error") is not None
    assert button_of(office).name == "span"
    assert office.world.events("provider.logo") == []
