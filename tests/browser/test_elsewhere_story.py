# SPDX-License-Identifier: Apache-2.0
"""An application asks for somebody at another screen: told by a letter, looked at, agreed to."""

from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Browser, expect

from idp.oidc.absent import CIBA
from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.test_prosante_story import is_fine
from tests.cast import PEOPLE, SECRET, application
from tests.servers import Site, running_site

Opener = Callable[..., Visit]
PAGE = "/account/requests"
KEY = "borne-du-bloc"
ROOM = {
    **application(KEY, oidc={"redirect_uris": [], "grant_types": [CIBA]}),
    "name": "Borne du bloc opératoire",
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("elsewhere")
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, url, documents=[ROOM]) as site:
        yield site


@pytest.fixture
def visit(chromium: Browser, there: Site) -> Iterator[Opener]:
    """Browsers on it."""
    with visiting(chromium, there) as open_browser:
        yield open_browser
    there.show_news()


MESSAGE = "SALLE-4 · 7316"


def ask(site: Site, who: str, message: str = MESSAGE) -> str:
    """The application's own server."""
    wish = {
        "scope": "openid profile email",
        "login_hint": PEOPLE[who].identifier,
        "binding_message": message,
    }
    url = f"{site.issuer}/oidc/bc-authorize"
    answer = requests.post(url, wish, auth=(KEY, SECRET), timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["auth_req_id"])


def told(site: Site, handle: str) -> str:
    """How it stands, in the word of the token endpoint."""
    form = {"grant_type": CIBA, "auth_req_id": handle}
    answer = requests.post(f"{site.issuer}/oidc/token", form, auth=(KEY, SECRET), timeout=30)
    return str(answer.json().get("error", answer.status_code))


LOOKS = {"desk": {}, "phone": {"width": 360, "height": 740, "dark": True, "javascript": False}}


@pytest.mark.parametrize(("look", "who"), [("desk", "medecin"), ("phone", "infirmiere")])
def test_somebody_agrees_at_their_own_screen(visit, there, shots, look: str, who: str) -> None:
    handle = ask(there, who)
    somebody = visit(**LOOKS[look])
    somebody.open(PAGE)
    somebody.log_in(who)
    if look == "desk":
        is_fine(somebody.page)
        shots(somebody.page, "account-requests")
    at = somebody.main.locator(f"#requests a[href^='{PAGE}/']")
    somebody.follow(at)
    expect(somebody.page.locator("#request-told")).to_have_text(MESSAGE)
    shots(somebody.page, f"account-request-{look}")
    if look == "desk":
        is_fine(somebody.page)
    assert told(there, handle) == "authorization_pending"
    somebody.follow(somebody.main.locator("form[action$='/agree'] button"))
    expect(somebody.main.locator(".notice-success")).to_be_visible()
    shots(somebody.page, f"account-requests-agreed-{look}")
    # The application asks by itself, and not too soon.
    assert told(there, handle) in {"200", "slow_down"}


def test_somebody_refuses_on_a_phone(visit, there, shots) -> None:
    # As long, and as hard to break, as can be.
    longest = "W" * 128
    handle = ask(there, "patient", longest)
    somebody = visit(width=360, height=740, dark=True)
    somebody.open(PAGE)
    somebody.log_in("patient")
    is_fine(somebody.page)
    somebody.follow(somebody.main.locator(f"#requests a[href^='{PAGE}/']"))
    expect(somebody.page.locator("#request-told")).to_have_text(longest)
    is_fine(somebody.page)
    assert somebody.sideways() == 0
    shots(somebody.page, "account-request-dark")
    somebody.follow(somebody.main.locator("form[action$='/refuse'] button"))
    expect(somebody.main.locator("#requests")).to_have_count(0)
    assert told(there, handle) == "access_denied"
    # A link that is too old leads to the list, which says so.
    somebody.open(f"{PAGE}/AAAAAAAAAAAAAAAAAAAAAA")
    expect(somebody.page.locator("#request-over")).to_be_visible()
    is_fine(somebody.page)
