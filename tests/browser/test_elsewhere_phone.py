# SPDX-License-Identifier: Apache-2.0
"""An application made in the demo's console asks for a doctor, whose e-CPS agrees at once."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from playwright.sync_api import Browser, expect

from idp.oidc.absent import CIBA
from tests.browser.applicants import Clerk
from tests.browser.cards_desk import Opener
from tests.browser.conftest import visiting
from tests.browser.test_demo_story import Desk, log_in
from tests.browser.test_ecps_story import Telephone, is_fine
from tests.demo.opened import Demo, entry

KEY = "borne-du-staff"
PAGE = "/account/requests"


@pytest.fixture
def visit(chromium: Browser, opened: Demo) -> Iterator[Opener]:
    """Browsers on the demo."""
    with visiting(chromium, opened.site) as open_browser:
        yield open_browser


@dataclass
class Kiosk:
    """The application's own server."""

    issuer: str
    secret: str

    def ask(self, who: str, number: str) -> str:
        wish = {"scope": "openid profile", "login_hint": who, "binding_message": number}
        answer = self._post("bc-authorize", wish)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["auth_req_id"])

    def come(self, handle: str) -> requests.Response:
        return self._post("token", {"grant_type": CIBA, "auth_req_id": handle})

    def _post(self, path: str, form: dict[str, str]) -> requests.Response:
        url = f"{self.issuer}/oidc/{path}"
        return requests.post(url, form, auth=(KEY, self.secret), timeout=30)


def registered(clerk: Clerk, issuer: str) -> Kiosk:
    """In the console, field by field."""
    page = clerk.visit.page
    clerk.visit.open("/admin/applications/new")
    page.locator("[name=key]").fill(KEY)
    page.locator("[name=name]").fill("Borne du staff")
    for means in ("password", "ecps"):
        page.locator(f"input[name='policy.means'][value={means}]").check()
    page.locator("select[name='policy.level']").select_option("3")
    page.locator("input[name='policy.consent']").uncheck()
    kinds = page.locator("input[name='oidc.response_types'][value=code]")
    page.locator("details", has=kinds).locator("summary").first.click()
    kinds.uncheck()
    for grant, wanted in (("authorization_code", False), (CIBA, True)):
        box = page.locator(f"input[name='oidc.grant_types'][value='{grant}']")
        box.set_checked(wanted)
    clerk.visit.follow(page.locator("main form .form-actions button[type=submit]"))
    clerk.visit.open(f"/admin/applications/{KEY}/secret")
    clerk.visit.follow(page.locator("main form[action$='/secret'] button[type=submit]"))
    secret = page.locator(".secret-once")
    expect(secret).to_be_visible()
    return Kiosk(issuer, secret.inner_text())


def test_a_doctor_agrees_on_the_telephone_and_the_page_follows(
    visit: Opener, opened: Demo, shots
) -> None:
    desk = Desk(visit())
    region = Clerk(visit()).enter(desk, "admin.region")
    kiosk = registered(region, opened.address("sceau"))
    doctor = entry(opened.cast["people"], "medecin")
    claire = visit(width=390, height=780)
    claire.open(PAGE)
    log_in(claire, doctor["identifier"], doctor["password"])
    handle = kiosk.ask(doctor["identifier"], "42")
    claire.open(PAGE)
    claire.follow(claire.main.locator(f"#requests a[href^='{PAGE}/']"))
    expect(claire.page.locator("#request-phone")).to_contain_text("42")
    is_fine(claire.page)
    shots(claire.page, "account-request-phone")
    telephone = Telephone(visit())
    telephone.press(str(doctor["national_id"]), "42")
    # By itself, with its script.
    expect(claire.main.locator(".notice-success")).to_be_visible()
    claire.page.wait_for_url(f"**{PAGE}?done=agreed")
    is_fine(claire.page)
    answer = kiosk.come(handle)
    assert answer.status_code == 200, answer.text
    told = answer.json()["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(told + "=="))
    assert (claims["acr"][-1], claims["amr"]) == ("3", ["swk", "pin", "mfa"])
    again = kiosk.ask(doctor["identifier"], "07")
    claire.open(PAGE)
    claire.follow(claire.main.locator(f"#requests a[href^='{PAGE}/']"))
    telephone.press(str(doctor["national_id"]), "")
    claire.page.wait_for_url(f"**{PAGE}?done=refused")
    assert kiosk.come(again).json()["error"] == "access_denied"
