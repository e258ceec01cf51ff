# SPDX-License-Identifier: Apache-2.0
"""BR rows for people who go to a provider for a page of ours: a registration, or their account.

Whatever comes back wrong ends on a clear page and in the audit; nobody is logged in, nothing is
filled in and no number is written down.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from connectors.openid.provider import Provider
from idp.demo.sandbox.trouble import HARMLESS, NOTICES, Trouble
from idp.login.errands import LIFE
from idp.login.freshness import FRESH_FOR
from tests import cast
from tests.errands import (
    APPLYING,
    applicant_leaving,
    leave_again,
    number_of,
    owner_leaving,
    unnumbered,
    whys,
)
from tests.functional.account_kit import enter
from tests.prosante import APPLICATIONS, Sandbox, known, leave_for, register, running_sandbox
from tests.races import at_once
from tests.registration_kit import Applicant
from tests.security.prosante_scene import changed
from tests.world import Browser, StandingClock, World, open_world


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def there(clock) -> Iterator[Sandbox]:
    with running_sandbox(clock, APPLYING, known("medecin"), known("infirmiere")) as sandbox:
        yield sandbox


@pytest.fixture
def here(there, clock, sqlite_url, monkeypatch) -> Iterator[World]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    changes = there.changes(PSC_TIMEOUT="1.0", THROTTLE_ADDRESS_FREE="8")
    opened = open_world(sqlite_url, clock, **changes)
    register(opened.core)
    yield opened
    opened.close()


@dataclass
class Away:
    """Somebody who has left for an errand."""

    here: World
    browser: Browser
    url: str
    person: object
    # Whether what they left for has been done.
    done: Callable[[], bool]

    @property
    def nothing_done(self) -> bool:
        return not self.done() and not [
            one for one in self.here.events("login.proved") if one.means == "psc"
        ]


def registering(here: World) -> Away:
    applicant, url = applicant_leaving(here)

    def done() -> bool:
        return applicant.request.content.introduced is not None

    return Away(here, applicant.browser, url, APPLYING, done)


def linking(here: World) -> Away:
    account, browser = unnumbered(here), enter(here)
    url = owner_leaving(browser)
    return Away(here, browser, url, known("medecin"), lambda: bool(number_of(here, account)))


ERRANDS = pytest.mark.parametrize("begin", [registering, linking])
# Found out at the door already: its description, or nobody to ask.
AT_THE_DOOR = {Trouble.OTHER_DESCRIPTION, Trouble.ENDPOINTS_ELSEWHERE}
# What is said wrongly of a logout is no answer to anybody.
OF_ANSWERS = set(Trouble) - HARMLESS - NOTICES - AT_THE_DOOR


@ERRANDS
def test_what_is_right_does_what_was_left_for(here, there, begin):
    away = begin(here)
    away.browser.get(there.log_in(away.url, away.person))
    assert away.done()


@ERRANDS
@pytest.mark.parametrize("trouble", sorted(OF_ANSWERS, key=str))
def test_br_006_whatever_it_answers_wrong_proves_nothing(here, there, begin, trouble):
    away = begin(here)
    there.choose(trouble)
    answer = away.browser.get(there.log_in(away.url, away.person))
    assert answer.status_code == 200
    assert away.nothing_done
    assert len(whys(here)) == 1


@ERRANDS
def test_br_013_a_login_that_is_worth_little_proves_nothing(here, there, begin):
    away = begin(here)
    there.choose(Trouble.LITTLE_WORTH)
    away.browser.get(there.log_in(away.url, away.person))
    assert away.nothing_done
    assert whys(here) == ["weak"]


@ERRANDS
def test_br_001_br_011_what_another_browser_began_is_nothing_here(here, there, begin):
    """Its own errand as well: each is of one draft, or of one session with its account."""
    away, other = begin(here), begin(here)
    other.browser.get(there.log_in(away.url, away.person))
    assert other.nothing_done
    assert whys(here) == ["malformed"]
    # It was not used up by that: the browser that left comes back rightly.
    away.browser.get(there.log_in(away.url, away.person))
    assert away.done()


def test_br_001_a_browser_that_asks_for_nothing_is_led_nowhere(here, there):
    away = registering(here)
    stranger = here.browser()
    answer = stranger.get(there.log_in(away.url, away.person))
    assert answer.status_code == 410
    assert stranger.problem == "registration-lost"
    assert away.nothing_done


@ERRANDS
def test_br_003_it_counts_once_and_not_for_long(here, there, begin):
    away = begin(here)
    back = there.log_in(away.url, away.person)
    here.clock.pass_by(LIFE + 1)
    away.browser.get(back)
    assert away.nothing_done
    again = begin(here)
    back = there.log_in(again.url, again.person)
    at_once(lambda browser: browser.get(back), [again.browser] * 2)
    assert again.done()
    kind = "registration.introduced" if begin is registering else "account.linked"
    assert len(here.events(kind)) == 1


@ERRANDS
def test_br_006_answers_that_were_made_up_are_counted(here, there, begin, monkeypatch):
    asked, redeem = [], Provider.redeem

    def counting(self: Provider, code: str, verifier: str) -> object:
        asked.append(code)
        return redeem(self, code, verifier)

    monkeypatch.setattr(Provider, "redeem", counting)
    away, free = begin(here), here.core.settings.throttle.address_free
    for number in range(free + 3):
        [state] = parse_qs(urlsplit(away.url).query)["state"]
        made_up = {"state": state, "code": f"made-up{number}", "iss": there.issuer}
        away.browser.get(f"/upstream/psc?{urlencode(made_up)}")
        away.url = (leave_again if begin is registering else owner_leaving)(away.browser)
    assert len(asked) == free
    assert whys(here)[-1] == "locked"
    assert away.nothing_done


@ERRANDS
def test_br_006_whoever_comes_back_rightly_is_not_counted(here, there, begin):
    away = begin(here)
    away.browser.get(there.log_in(away.url, away.person))
    assert away.done()
    with here.core.database.read() as tx:
        counted = tx.exec_driver_sql("SELECT streak FROM throttles WHERE key LIKE '%psc%'")
        assert set(counted.scalars()) == {0}


@ERRANDS
def test_br_003_of_those_who_leave_twice_the_last_way_back_counts(here, there, begin):
    away = begin(here)
    later = (leave_again if begin is registering else owner_leaving)(away.browser)
    away.browser.get(there.log_in(away.url, away.person))
    assert away.nothing_done
    away.browser.get(there.log_in(later, away.person))
    assert away.done()


@ERRANDS
def test_br_002_what_travels_names_nobody(here, there, begin):
    """Others read it: addresses stand in the logs of whoever they pass."""
    first, second = begin(here), begin(here)
    [(mine, token), (theirs, other)] = (
        parse_qs(urlsplit(one.url).query)["state"][0].split(".") for one in (first, second)
    )
    assert mine == theirs
    assert len(token) == len(other) > 20
    assert token != other


def test_what_was_proved_a_while_ago_is_not_thrown_away(here, there):
    """They were fresh when they left; logging in there may take them longer than that."""
    away = linking(here)
    here.clock.pass_by(FRESH_FOR + 1)
    away.browser.get(there.log_in(away.url, away.person))
    assert away.done()


@ERRANDS
def test_br_004_another_provider_s_address_is_not_its_own(here, there, begin):
    away = begin(here)
    back = urlsplit(there.log_in(away.url, away.person))
    away.browser.get(back._replace(path="/upstream/password").geturl())
    away.browser.get(changed(back.geturl(), iss="https://other.example"))
    assert away.nothing_done


@ERRANDS
def test_br_002_what_came_back_is_no_session_and_no_journey(here, there, begin):
    away = begin(here)
    [state] = parse_qs(urlsplit(away.url).query)["state"]
    name = state.partition(".")[0]
    thief = here.browser()
    assert thief.get(f"/login/{name}").status_code in {404, 410}
    for purpose in ("session", "browser", "registration"):
        cookie = here.core.jar.name(purpose)
        thief.client.set_cookie(cookie, state, domain="sceau.example", secure=True)
    assert thief.get("/account").request.path.startswith("/login")
    assert thief.get("/registration/details").status_code == 410


def test_a_login_s_way_back_is_none_for_a_registration(here, there):
    """Nor the other way round: what each of them left with lies apart."""
    applicant, url = applicant_leaving(here)
    browser = applicant.browser
    here.client("broker").ask(browser)
    login = leave_for(browser)
    [mine], [theirs] = (parse_qs(urlsplit(one).query)["state"] for one in (url, login))
    browser.get(changed(there.log_in(login, APPLYING), state=mine))
    assert applicant.request.content.introduced is None
    url = leave_again(browser)
    answer = browser.get(changed(there.log_in(url, known("medecin")), state=theirs))
    assert "Location" not in answer.headers
    assert not browser.cookie("session")
    assert not here.events("login.proved")


def test_br_011_a_proof_is_of_the_session_that_asked_for_it(here, there):
    """The same browser, the same account, another session: it begins anew."""
    away = linking(here)
    back = there.log_in(away.url, away.person)
    with here.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE sessions SET ended_at = 1")
    away.browser.get("/login")
    away.browser.log_in("medecin")
    away.browser.get("/account/prosante/link")
    away.browser.get(back)
    assert away.nothing_done


@pytest.mark.parametrize("trouble", sorted(AT_THE_DOOR, key=str))
def test_br_005_nobody_is_sent_where_the_description_is_not_believed(here, there, trouble):
    there.choose(trouble)
    applicant = Applicant(here.browser())
    applicant.begin()
    assert leave_again(applicant.browser) == ""
    assert applicant.browser.last.request.path == "/registration/card"
    assert whys(here) == ["not-believed"]


def test_whoever_was_closed_out_meanwhile_gets_no_number(here, there):
    away = linking(here)
    back = there.log_in(away.url, away.person)
    with here.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE accounts SET state = 'disabled' WHERE national_id IS NULL")
    away.browser.get(back)
    assert away.nothing_done
