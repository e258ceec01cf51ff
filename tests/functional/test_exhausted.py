# SPDX-License-Identifier: Apache-2.0
"""A second factor guessed at too often: said to who has proved the first, and to nobody else."""

from collections.abc import Iterator

import pytest

from connectors.base import Level
from idp.credentials import throttle
from idp.credentials.throttle import Limits, Ruling, Verdict
from idp.origin import Origin
from tests.codes import coded, last_code, messages, open_post_office
from tests.functional.conftest import make_quick
from tests.functional.test_otp import shown, ways
from tests.functional.totp_kit import Telephone
from tests.protocol.kit import seed_session
from tests.world import Browser, World

DAY = 86_400
HERE = Origin("192.0.2.10", "", "")
LIMITS = Limits(free_tries=5, first_delay=60, max_delay=3600, per_day=25, disable_after=100)


@pytest.fixture
def office(database_url: str) -> Iterator[World]:
    """A provider that can send, on each database."""
    world = make_quick(open_post_office(database_url, REGION_SUPPORT_EMAIL="aide@region.example"))
    yield world
    world.provider.close()


def exhaust(
    world: World,
    kind: str = "otp",
    who: str = "medecin",
    *,
    days: int = 1,
    since: int = 0,
    secret: str = "",
) -> None:
    """All the tries of some days were wrong ones from elsewhere, the last so many seconds ago."""
    key = throttle.account_key(kind, world.cast[who].id, None, secret)
    now = world.clock.now() - since
    with world.core.database.write() as tx:
        for before in reversed(range(days)):
            for _try in range(LIMITS.per_day):
                throttle.reserve(tx, key, LIMITS, now - before * DAY)


def give_app(world: World) -> Telephone:
    """The doctor has an authenticator app."""
    core, seed = world.core, world.core.authenticators.new_seed()
    with core.database.write() as tx:
        core.authenticators.put(tx, world.cast["medecin"].id, seed, "App", 0, HERE)
    return Telephone(world, seed)


def after_the_password(world: World, *means: str) -> Browser:
    client, browser = coded(world, means=list(means or ("otp",))), world.browser()
    client.ask(browser)
    browser.log_in()
    return browser


@pytest.mark.parametrize("form", [{"channel": "sms"}, {"code": "000000"}])
def test_it_is_said_until_when_and_nothing_is_sent(office: World, form: dict[str, str]):
    exhaust(office, since=3600)
    browser = after_the_password(office)
    url, fields = browser.form("/otp")
    browser.post(url, fields | form)
    assert browser.last.status_code == 429
    assert browser.last.headers["Retry-After"] == str(DAY - 3600)
    notice = browser.page.select_one("#form-error").get_text()
    # Tomorrow's date, not a time alone that could be today's.
    assert "septembre 2026" in notice
    assert messages(office) == []
    # Nothing to be typed in vain, and no dead end.
    assert ways(browser) == []
    assert browser.page.select_one("input[name=code]") is None
    assert browser.page.select(".door-main .support a")
    assert [one.detail for one in office.events("login.failed")] == ['{"why":"exhausted"}']
    office.clock.pass_by(DAY - 3600)
    after_the_password(office).submit("/otp", channel="sms")
    assert last_code(office)


def test_the_other_ways_stay_open(office: World):
    telephone = give_app(office)
    browser = after_the_password(office, "otp", "totp")
    exhaust(office)
    browser.submit("/otp", channel="email")
    assert browser.last.status_code == 429
    there = [str(one["href"]) for one in browser.page.select(".means a:not([aria-current])")]
    assert [one.rpartition("=")[2] for one in there] == ["totp"]
    browser.get(there[0])
    # It is enough, though the password was given on the way to a code.
    assert browser.submit("/totp", code=telephone.shows()).status_code == 303
    # CR-015: the right answer there opens nothing here.
    key = throttle.account_key("otp", office.cast["medecin"].id, None)
    with office.core.database.write() as tx:
        again = throttle.reserve(tx, key, LIMITS, office.clock.now())
    assert again.ruling == Ruling(Verdict.EXHAUSTED, office.clock.now() + DAY)


def test_an_app_that_is_closed_leaves_the_codes_on_paper(office: World):
    give_app(office)
    with office.core.database.write() as tx:
        paper = office.core.recovery.renew(tx, office.cast["medecin"].id, HERE)
    browser = after_the_password(office, "totp")
    exhaust(office, "totp")
    browser.submit("/totp", code="000000")
    assert browser.last.status_code == 429
    assert not browser.page.select("input[name=code]")
    # There is a way: it is said, and leads there.
    assert browser.page.select_one("button[name=way]")["value"] == "paper"
    browser.submit("/totp", way="paper")
    assert browser.last.status_code == 200
    assert browser.submit("/totp", paper=paper[0]).status_code == 303


def test_codes_on_paper_that_are_closed_leave_the_app(office: World):
    telephone = give_app(office)
    browser = after_the_password(office, "totp")
    browser.submit("/totp", way="paper")
    exhaust(office, "totp", secret="paper")
    browser.submit("/totp", paper="AAAA-AAAA-AAAA-AAAA")
    assert browser.last.status_code == 429
    assert browser.page.select_one("button[name=way]")["value"] == "app"
    browser.submit("/totp", way="app")
    assert browser.submit("/totp", code=telephone.shows()).status_code == 303


def test_a_means_that_is_switched_off_is_said_to_be_so(office: World):
    browser = after_the_password(office)
    exhaust(office, days=4)
    browser.submit("/otp", channel="sms")
    assert browser.last.status_code == 429
    # Nobody knows when: somebody has to open it.
    assert "Retry-After" not in browser.last.headers
    assert "assistance" in shown(browser).lower()
    assert messages(office) == []


def test_cr_030_whoever_has_not_proved_the_first_factor_learns_nothing(office: World):
    pages = []
    for _round in range(2):
        browser = office.browser("203.0.113.9")
        coded(office).ask(browser)
        browser.submit("/password", identifier="cdurand", password="wrong")
        assert browser.last.status_code == 200
        seen = [shown(browser)]
        address, fields = browser.form("/password")
        browser.post(f"{address.partition('/password')[0]}/otp", fields | {"channel": "sms"})
        assert browser.form("/password")
        pages.append((*seen, shown(browser)))
        exhaust(office)
    assert pages[0] == pages[1]


def test_cr_012_a_session_by_another_means_learns_nothing_of_the_password(office: World):
    exhaust(office, "password")
    client, browser = office.client("plain"), office.browser()
    seed_session(office, browser, means="launch", level=Level.PASSWORD)
    client.ask(browser)
    browser.submit("/password", password="wrong")
    assert browser.last.status_code == 200
    assert "Retry-After" not in browser.last.headers
