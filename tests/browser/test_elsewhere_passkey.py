# SPDX-License-Identifier: Apache-2.0
"""From the link of a letter to an application that asks elsewhere, by passkey and nothing else."""

import base64
import json
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from idp.oidc.absent import CIBA
from tests.browser.conftest import visiting
from tests.browser.pages import identifier_of
from tests.browser.passkeys import WHO, button, enrol, leave
from tests.browser.test_elsewhere_story import PAGE, Opener
from tests.browser.test_prosante_story import is_fine
from tests.cast import SECRET, application
from tests.servers import Site, running_site

KEY = "salle-de-staff"
MEANS = ["password", "passkey"]
ROOM = application(KEY, policy={"means": MEANS}, oidc={"redirect_uris": [], "grant_types": [CIBA]})


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("elsewhere-passkey")
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, url, documents=[ROOM]) as site:
        yield site


@pytest.fixture
def visit(chromium: Browser, there: Site) -> Iterator[Opener]:
    """Browsers on it."""
    with visiting(chromium, there) as open_browser:
        yield open_browser
    there.show_news()


def ask(site: Site) -> str:
    wish = {
        "scope": "openid profile",
        "login_hint": identifier_of(WHO),
        "acr_values": "urn:sceau:level:2",
    }
    url = f"{site.issuer}/oidc/bc-authorize"
    answer = requests.post(url, wish, auth=(KEY, SECRET), timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["auth_req_id"])


def link_of(site: Site) -> str:
    """The page that the letter leads to."""
    with site.database() as database, database.read() as tx:
        return f"{PAGE}/{tx.execute(text('SELECT name FROM approvals')).scalar_one()}"


def claims_of(site: Site, handle: str) -> dict[str, object]:
    form = {"grant_type": CIBA, "auth_req_id": handle}
    answer = requests.post(f"{site.issuer}/oidc/token", form, auth=(KEY, SECRET), timeout=30)
    assert answer.status_code == 200, answer.text
    told = answer.json()["id_token"].split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(told + "=="))
    return found


def test_a_passkey_leads_from_the_link_to_the_approval(visit, there, shots) -> None:
    somebody = visit(width=360, height=740)
    somebody.context.add_init_script(
        "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
    )
    enrol(somebody)
    leave(somebody)
    handle = ask(there)
    somebody.open(link_of(there))
    by_passkey = somebody.page.locator("a[href*='means=passkey']")
    if not button(somebody).count():
        somebody.follow(by_passkey.first)
    button(somebody).click()
    expect(somebody.page.locator("#request")).to_be_visible()
    is_fine(somebody.page)
    shots(somebody.page, "account-request-by-passkey")
    somebody.follow(somebody.main.locator("form[action$='/agree'] button"))
    expect(somebody.main.locator(".notice-success")).to_be_visible()
    claims = claims_of(there, handle)
    # No password: not here, and not in what the application is told.
    assert claims["acr"] == "urn:sceau:level:2"
    assert "pwd" not in claims["amr"]
    assert somebody.page.url.endswith(f"{PAGE}?done=agreed")
