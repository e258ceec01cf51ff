# SPDX-License-Identifier: Apache-2.0
"""The console's first page, and the ways to it."""

import pytest
from sqlalchemy import insert

from idp.administration.oversight.counting import figures
from idp.messages.alarms import Cause, Seen
from idp.web.admin.post_words import cause_words
from tests.administration.console_kit import texts
from tests.administration.kit import Opened

HOUR = 3600
ENGLISH = {"Accept-Language": "en"}


def shown(office: Opened, who: str) -> dict[str, str]:
    """The figures that somebody sees, by their label."""
    browser = office.enter(who)
    assert browser.get("/admin").status_code == 200
    return dict(zip(texts(browser, ".figure-label"), texts(browser, ".figure-value"), strict=True))


def test_everybody_sees_what_is_theirs(sqlite_office: Opened) -> None:
    assert len(shown(sqlite_office, "regionale")) == 5
    assert len(shown(sqlite_office, "chu")) == 1
    assert len(shown(sqlite_office, "assistance")) == 1
    browser = sqlite_office.enter("chu")
    browser.get("/admin")
    assert browser.page.select("main table") == []
    assert browser.page.select("main figure") == []


def test_the_day_beside_such_a_day(office: Opened) -> None:
    core = office.world.core
    hour = core.clock.now() // HOUR * HOUR
    row = {"kind": "login.proved", "outcome": "ok"}
    with core.database.write() as tx:
        for at, number in ((hour, 7), (hour - 7 * 24 * HOUR, 8), (hour - 14 * 24 * HOUR, 4)):
            tx.execute(insert(figures), row | {"hour": at, "number": number})
    browser = office.enter("regionale")
    browser.get("/admin")
    assert "7" in texts(browser, ".figure-value")
    # Of four such days, two without a login.
    assert any("3" in one for one in texts(browser, ".figure-about"))
    cells = texts(browser, ".chart-table tbody tr")
    assert any(one.endswith("7 3") for one in cells)


def test_alarms_and_refusals_are_told_to_who_may_see_them(sqlite_office: Opened) -> None:
    core = sqlite_office.world.core
    with core.database.write() as tx:
        core.alarms.sound(tx, Seen(Cause.LOGINS, 90, 100), core.clock.now() + HOUR)
    visitor = sqlite_office.world.browser("192.0.2.97")
    visitor.get("/login")
    visitor.log_in(password="wrong")
    browser = sqlite_office.enter("auditrice")
    browser.get("/admin")
    assert len(texts(browser, ".notice-error")) == 1
    assert len(texts(browser, "tbody tr")) == 1
    browser = sqlite_office.enter("chu")
    browser.get("/admin")
    assert texts(browser, ".notice-error") == []


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_of_an_alarm_is_told_in_words(sqlite_office: Opened, cause: Cause) -> None:
    core = sqlite_office.world.core
    with core.database.write() as tx:
        core.alarms.sound(tx, Seen(cause, 1, 1, "LV"), core.clock.now() + HOUR)
    browser = sqlite_office.enter("regionale")
    for page, notices in (("/admin", ".notice-error"), ("/admin/messages", ".notice-warning")):
        assert browser.get(page, headers=ENGLISH).status_code == 200
        (told,) = texts(browser, notices)
        assert cause_words(cause) in told


@pytest.mark.parametrize("page", ["/", "/account"])
def test_the_way_to_the_console_is_shown_to_people_with_a_role(
    sqlite_office: Opened, page: str
) -> None:
    browser = sqlite_office.enter("chu")
    browser.get(page)
    assert browser.page.select("main a[href='/admin']")
    browser = sqlite_office.enter("medecin")
    browser.get(page)
    assert not browser.page.select("main a[href='/admin']")
