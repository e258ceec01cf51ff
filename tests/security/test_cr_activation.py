# SPDX-License-Identifier: Apache-2.0
"""CR-049: the link that opens an account. Once, for some days, and for nothing else."""

import pytest

from idp.accounts import service as accounts
from idp.administration.requests.outcomes import Approval, Approved
from tests.administration.kit import Opened, open_office
from tests.administration.requests_kit import ask, do
from tests.outbox import waiting
from tests.world import Browser, World

CHOSEN = "Sept-Renards-Dansent-42"


@pytest.fixture
def office(sqlite_world: World) -> Opened:
    return open_office(sqlite_world)


def approved(office: Opened) -> tuple[str, str]:
    """The id of a new account, and the link that was sent for it."""
    request = ask(office.world.core)
    done = do(office, "approve", "chu", request.id, 1, Approval())
    assert isinstance(done, Approved)
    [letter] = waiting(office.world, "request-approved")
    return done.account.id, str(letter.values["link"])


def choose(browser: Browser, password: str = CHOSEN) -> int:
    return browser.submit("/activate", password=password, again=password).status_code


def test_cr_049_the_link_opens_the_account_once(office: Opened) -> None:
    world = office.world
    account, link = approved(office)
    browser = world.browser()
    # CR-043: whoever only looks, as scanners of mail do, uses nothing up.
    for _look in range(2):
        assert browser.get(link).status_code == 200
    assert link not in browser.last.get_data(as_text=True)
    assert "elefevre" in browser.page.get_text()
    assert choose(browser, "court") == 200
    assert choose(browser) == 200
    # CR-044: nobody is logged in by it.
    assert not browser.cookie("session")
    assert browser.get(link).status_code == 410
    with world.core.database.read() as tx:
        assert world.core.passwords.hold(tx, account) is not None
    browser.get("/login")
    browser.submit("/password", identifier="elefevre", password=CHOSEN)
    assert browser.cookie("session")


def test_cr_049_it_ends_after_some_days(office: Opened) -> None:
    _account, link = approved(office)
    browser = office.world.browser()
    assert browser.get(link).status_code == 200
    office.world.clock.pass_by(office.world.core.settings.approval.activation_life)
    # The form was open all the time.
    assert choose(browser) == 410
    assert office.world.browser().get(link).status_code == 410


def test_cr_049_a_newer_way_in_ends_it(office: Opened) -> None:
    world = office.world
    account, link = approved(office)
    with world.core.database.write() as tx:
        found = accounts.load(tx, account)
        assert found is not None
        world.core.reset_links.give(tx, account)
    assert world.browser().get(link).status_code == 410


def test_cr_005_neither_link_serves_in_the_other_s_place(office: Opened) -> None:
    world = office.world
    account, link = approved(office)
    secret = link.rpartition("/")[2]
    assert world.browser().get(f"/password/reset/{secret}").status_code == 410
    with world.core.database.write() as tx:
        reset = world.core.reset_links.give(tx, account)
    assert world.browser().get(f"/activate/{reset}").status_code == 410


def test_cr_044_a_disabled_account_is_not_opened(office: Opened) -> None:
    world = office.world
    account, link = approved(office)
    with world.core.database.write() as tx:
        world.core.accounts.set_state(tx, account, accounts.State.DISABLED)
    assert world.browser().get(link).status_code == 410


def test_cr_041_a_guess_opens_nothing(office: Opened) -> None:
    approved(office)
    for guess in ("x", "a" * 43, "%00", "a" * 300):
        assert office.world.browser().get(f"/activate/{guess}").status_code in {404, 410}
