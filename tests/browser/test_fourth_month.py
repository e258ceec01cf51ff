# SPDX-License-Identifier: Apache-2.0
"""The fourth month: the clock of the provider moves on, and the password has to be another one."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.browser.pages import Visit
from tests.browser.renewal import FRESH, PATIENT, TURNING, arrange, choose, expect_rule
from tests.browser.standin import documents, standing_in
from tests.browser.test_every_page import UNDRESS, examine
from tests.cast import PASSWORD
from tests.servers import Site, running_site

DAY = 86_400
WHY = {"fr": "durée limitée", "en": "limited time"}


@pytest.fixture(scope="module")
def aging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider whose clock a file moves, as in the demo."""
    folder = tmp_path_factory.mktemp("aging")
    with (
        running_site(
            folder,
            f"sqlite:///{folder / 'sceau.sqlite3'}",
            neighbours=["nobody", "standin"],
            documents=documents(),
            DEMO_ENABLED="true",
            DEMO_CLOCK_FILE=str(folder / "clock"),
        ) as site,
        standing_in(site.ports["standin"]),
    ):
        yield site


@pytest.fixture
def visit(chromium: Browser, aging: Site) -> Iterator[Callable[..., Visit]]:
    """Browsers on it."""
    with visiting(chromium, aging) as open_browser:
        yield open_browser
    aging.show_news()


def pass_by(site: Site, days: int) -> None:
    """Time goes by, and never back: each test begins later than the one before."""
    file = site.folder / "clock"
    ahead = int(file.read_text("ascii")) if file.exists() else 0
    # Replaced whole: the server may be reading.
    moved = file.with_name("clock.new")
    moved.write_text(str(ahead + days * DAY), "ascii")
    moved.rename(file)


def enter(somebody: Visit, who: str, password: str = PASSWORD) -> None:
    somebody.ask("untold")
    somebody.log_in(who, password)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_after_four_months_a_new_one_is_asked_for(visit, aging, locale, javascript, shots) -> None:
    somebody = visit(locale=locale, javascript=javascript, width=390)
    arrange(somebody, TURNING)
    pass_by(aging, 118)
    enter(somebody, TURNING)
    somebody.expect_arrival("untold")
    pass_by(aging, 6)
    enter(somebody, TURNING)
    expect(somebody.page.get_by_role("heading", level=1)).to_be_visible()
    expect(somebody.main.locator(".lead")).to_contain_text(WHY[locale])
    if javascript:
        shots(somebody.page, f"fourth-month-{locale}")
        somebody.page.evaluate(UNDRESS)
        assert examine(somebody.page, locale) == []
    # The same once more is no new one.
    choose(somebody, PASSWORD)
    expect_rule(somebody, "history", "unmet")
    choose(somebody, FRESH)
    somebody.expect_arrival("untold")
    # And it goes on for the next months, elsewhere too.
    pass_by(aging, 100)
    other = visit(locale=locale, javascript=javascript)
    enter(other, TURNING, PASSWORD)
    expect(other.page.get_by_role("alert")).to_be_visible()
    other.log_in(TURNING, FRESH)
    other.expect_arrival("untold")


def test_whose_password_does_not_turn_is_asked_for_none(visit, aging) -> None:
    somebody = visit()
    arrange(somebody, PATIENT)
    pass_by(aging, 400)
    enter(somebody, PATIENT)
    somebody.expect_arrival("untold")


def test_whoever_may_return_to_the_application_without_a_new_one_is_not_in(visit, aging) -> None:
    """« Retourner à … » gives the login up; nothing was opened on the way."""
    somebody = visit()
    arrange(somebody, TURNING)
    pass_by(aging, 124)
    enter(somebody, TURNING)
    somebody.follow(somebody.page.locator("form[action$='/cancel'] button"))
    somebody.expect_arrival("untold")
    assert "error=access_denied" in somebody.page.url
    somebody.open("/account")
    somebody.expect_login()
