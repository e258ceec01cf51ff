# SPDX-License-Identifier: Apache-2.0
"""npm's oidc-provider in the place of Pro Santé Connect: phones that it asks, and its pages."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import RSAKey

from idp.background import phone_calls
from idp.demo.sandbox.people import Professional
from idp.login.phone_calls import PhoneCalls
from tests import cast, phones, prosante
from tests.functional.test_again import claims_of
from tests.interop.upstream import CLIENT, SECRET, Upstream, running_upstream
from tests.phones import INFIRMIERE, MEDECIN, MEDECIN_ID, number_on, standing
from tests.prosante import BACK, NEWCOMER, leave_for
from tests.security.prosante_scene import nobody_is_in, told
from tests.world import Browser, StandingClock, World, open_world

pytestmark = pytest.mark.interop
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
PEOPLE = {"medecin": MEDECIN, "infirmiere": INFIRMIERE, "newcomer": NEWCOMER}


def running() -> AbstractContextManager[Upstream]:
    return running_upstream(
        BACK,
        key=KEY.as_dict(private=True),
        algorithm="RS256",
        professionals={name: _told(one) for name, one in PEOPLE.items()},
        acr="eidas1",
    )


def _told(person: Professional) -> dict[str, Any]:
    """What it tells of them; by which way they came is its own to say."""
    return {name: value for name, value in person.told("").items() if name != "sub"}


@dataclass
class Scene:
    """It, a provider that leans on it, and whoever asks about phones."""

    there: Upstream
    here: World
    calls: PhoneCalls

    def arrive(self, key: str = "phone") -> Browser:
        """Before the login page."""
        browser = self.here.browser()
        self.here.client(key).ask(browser)
        return browser

    def ask(self, browser: Browser, typed: str = MEDECIN_ID) -> dict[str, Any]:
        """Type the identifier; what lies on the phone then."""
        browser.submit("/ecps", identifier=typed)
        self.go_on()
        [asked] = self.there.phones()
        return dict(asked)

    def go_on(self, seconds: int = 0) -> None:
        """So much later here, one look at all that is due."""
        self.here.clock.pass_by(seconds)
        self.calls.go_on()

    def state(self) -> str:
        """How the request stands that was made last."""
        with self.here.core.database.read() as tx:
            rows = tx.exec_driver_sql("SELECT state FROM phone_requests ORDER BY created_at, id")
            return str(rows.all()[-1].state)


def said(browser: Browser) -> bool:
    """Whether the page tells what became of it, and lets one begin again."""
    page = browser.page
    return bool(page.select_one("#form-error") and page.select_one("#phone-ask #identifier"))


@pytest.fixture
def there() -> Iterator[Upstream]:
    with running() as upstream:
        yield upstream


@pytest.fixture
def scene(there: Upstream, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """By the machine's own time, as it is there, which stands still here."""
    documents = phones.APPLICATIONS | prosante.APPLICATIONS
    for key, document in documents.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    settings = {
        "PSC_ENVIRONMENT": "other",
        "PSC_ISSUER": there.issuer,
        "PSC_CLIENT_ID": CLIENT,
        "PSC_CLIENT_SECRET": SECRET,
        "PSC_CIBA": "true",
        "OUTGOING_ALLOW": urlsplit(there.issuer).netloc,
    }
    here = open_world(sqlite_url, StandingClock(int(time())), **settings)
    core = here.core
    with core.database.write() as tx:
        for document in documents.values():
            core.applications.register(tx, document)
            core.applications.set_secret(tx, document["key"], cast.SECRET)
        for who, person in (("medecin", MEDECIN), ("infirmiere", INFIRMIERE)):
            account = here.cast[who].id
            assert core.accounts.renumber(tx, account, person.national_id, None) is None
    calls = phone_calls(here.provider.services, here.provider.steering)
    assert calls is not None
    yield Scene(there, here, calls)
    calls.close()
    here.close()


def test_a_professional_logs_in_by_the_phone(scene: Scene) -> None:
    browser, client = scene.here.browser(), scene.here.client("phone")
    client.ask(browser)
    asked = scene.ask(browser)
    assert asked["accountId"] == "medecin"
    assert asked["params"]["binding_message"] == number_on(browser)
    scene.go_on(5)
    assert standing(browser)
    scene.there.answer(asked["id"], yes=True)
    scene.go_on(5)
    assert not standing(browser)
    answer = browser.submit("/ecps", go="1")
    claims = claims_of(client.redeem(client.answered(answer)["code"]).json["id_token"])
    assert set(claims["amr"]) == {"swk", "pin", "mfa"}
    assert claims["acr"].endswith("3")
    [proved] = scene.here.events("login.proved")
    assert (proved.means, proved.level) == ("ecps", 3)
    assert proved.account == scene.here.cast["medecin"].id


def test_somebody_new_gets_an_account_where_the_application_wishes_it(scene: Scene) -> None:
    browser = scene.arrive("phoned")
    scene.there.answer(scene.ask(browser, NEWCOMER.national_id)["id"], yes=True)
    scene.go_on(5)
    answer = browser.submit("/ecps", go="1")
    assert "code" in scene.here.client("phoned").answered(answer)


def test_a_refusal_on_the_phone_is_told(scene: Scene) -> None:
    browser = scene.arrive()
    scene.there.answer(scene.ask(browser)["id"], yes=False)
    scene.go_on(5)
    assert scene.state() == "refused"
    browser.submit("/ecps", go="1")
    assert said(browser)
    assert nobody_is_in(scene.here)
    assert told(scene.here)[0] == "cancelled"


# By its memory, as by many a cache, what has run out is gone after some seconds more.
LATE = {"while it remembers": (105, "", 100), "when it forgot": (120, "invalid_grant", 96)}


@pytest.mark.parametrize("name", LATE)
def test_a_phone_that_does_not_answer_in_time(scene: Scene, name: str) -> None:
    there, detail, here = LATE[name]
    browser = scene.arrive()
    scene.ask(browser)
    scene.there.later(there)
    scene.go_on(here)
    assert scene.state() == "expired"
    browser.submit("/ecps", go="1")
    assert said(browser)
    assert nobody_is_in(scene.here)
    assert told(scene.here) == ("expired", detail)


def test_what_it_forgot_before_its_time_is_not_believed(scene: Scene) -> None:
    browser = scene.arrive()
    scene.ask(browser)
    scene.there.later(120)
    scene.go_on(94)
    assert scene.state() == "not-believed"
    assert told(scene.here) == ("not-believed", "invalid_grant")


def test_who_is_unknown_there_looks_like_somebody_who_does_not_answer(scene: Scene) -> None:
    browser = scene.arrive()
    browser.submit("/ecps", identifier="899700000013")
    scene.go_on()
    assert scene.there.phones() == []
    assert standing(browser)
    assert json.loads(scene.here.events("login.failed")[-1].detail)["why"] == "unknown"


def test_a_professional_comes_by_its_pages(scene: Scene) -> None:
    browser = scene.arrive("broker")
    back = scene.there.log_in(leave_for(browser, "psc"), "medecin")
    answer = browser.get(back)
    assert "code" in scene.here.client("broker").answered(answer)
    [proved] = scene.here.events("login.proved")
    assert (proved.means, proved.level) == ("psc", 3)
    assert proved.account == scene.here.cast["medecin"].id
