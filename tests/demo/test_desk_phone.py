# SPDX-License-Identifier: Apache-2.0
"""The e-CPS on the desk's telephone: what lies there, what is pressed; a program that is away."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from idp.background import phone_calls
from idp.demo.desk import mount_desk
from idp.demo.folder import Folder
from idp.outgoing.fetcher import Fetcher, Unreachable
from tests import cast
from tests.demo.desk_world import LOCAL, StandingMoved, state
from tests.phones import (
    APPLICATIONS,
    INFIRMIERE,
    MEDECIN,
    MEDECIN_ID,
    NO_PHONE,
    number_on,
)
from tests.prosante import Sandbox, running_sandbox
from tests.world import Browser, World, open_world


@pytest.fixture
def clock(demo_folder: Folder) -> StandingMoved:
    return StandingMoved(demo_folder.clock)


@pytest.fixture
def there(clock: Any) -> Iterator[Sandbox]:
    with running_sandbox(clock, MEDECIN, INFIRMIERE, NO_PHONE) as sandbox:
        yield sandbox


@pytest.fixture
def phoned(
    sqlite_url: str, demo_folder: Folder, clock: Any, there: Sandbox, monkeypatch: Any
) -> Iterator[World]:
    monkeypatch.setitem(cast.APPLICATIONS, "phone", APPLICATIONS["phone"])
    shutil.move(sqlite_url.removeprefix("sqlite:///"), demo_folder.database)
    demo = {"DEMO_ENABLED": "true", "DEMO_CLOCK_FILE": str(demo_folder.clock)}
    changes = demo | LOCAL | there.changes(PSC_CIBA="true")
    url = f"sqlite:///{demo_folder.database}"
    made = open_world(url, clock, DEMO_DESK=str(demo_folder.desk), **changes)
    made.issuer = LOCAL["SERVER_ISSUER"]
    mount_desk(made.provider, lambda: None)
    with made.core.database.write() as tx:
        made.core.applications.register(tx, APPLICATIONS["phone"])
        assert made.core.accounts.renumber(tx, made.cast["medecin"].id, MEDECIN_ID, None) is None
    yield made
    made.provider.close()


def ask(world: World, typed: str = MEDECIN_ID) -> Browser:
    """Somebody waits, and the request lies on the phone."""
    browser = world.browser()
    world.client("phone").ask(browser)
    browser.submit("/ecps", identifier=typed)
    calls = phone_calls(world.provider.services, world.provider.steering)
    assert calls is not None
    calls.go_on()
    calls.close()
    return browser


def requests_on(desk: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = state(desk)["phone"]["requests"]
    return found


def test_a_request_lies_there_with_its_requester_and_three_numbers(phoned: World):
    desk = phoned.browser()
    before = state(desk)["version"]
    number = number_on(ask(phoned))
    [lying] = requests_on(desk)
    assert state(desk)["version"] != before
    assert (lying["name"], lying["client"]) == (MEDECIN.name, "Sceau")
    assert len(set(lying["offered"])) == 3
    assert number in lying["offered"]
    desk.get("/desk")
    form = desk.page.select_one(f"form[data-ecps='{MEDECIN_ID}']")
    shown = [one["value"] for one in form.select("button[name=number]")]
    assert shown == [*lying["offered"], ""]


@pytest.mark.parametrize("refuses", [False, True])
def test_it_is_answered_there(phoned: World, refuses: bool):
    number = number_on(ask(phoned))
    desk = phoned.browser()
    desk.get("/desk")
    desk.submit("/desk/phone", number="" if refuses else number, pin="1234")
    assert requests_on(desk) == []
    assert desk.last.status_code == 200


def test_a_wrong_code_and_a_wrong_number_are_told(phoned: World):
    number = number_on(ask(phoned))
    desk = phoned.browser()
    for pressed, pin in ((number, "0000"), (f"{(int(number) + 1) % 100:02}", "1234")):
        desk.get("/desk")
        desk.submit("/desk/phone", number=pressed, pin=pin)
        assert desk.page.select_one("#ecps .notice") is not None
        assert len(requests_on(desk)) == 1


def test_an_e_cps_is_activated_there(phoned: World):
    desk = phoned.browser()
    desk.get("/desk")
    desk.submit("/desk/phone/enrolment")
    assert all(one["enrolled"] for one in state(desk)["phone"]["people"])
    desk.get("/desk")
    assert desk.page.select_one("form[data-enrol]") is None
    ask(phoned, NO_PHONE.national_id)
    assert [one["national_id"] for one in requests_on(desk)] == [NO_PHONE.national_id]


def test_a_desk_without_phones_is_a_desk(demo_world: World):
    desk = demo_world.browser()
    assert state(desk)["phone"] == {}
    desk.get("/desk")
    assert desk.page.select_one("#ecps form") is None


def test_a_program_that_is_away_takes_the_phones_with_it_and_nothing_else(
    phoned: World, monkeypatch: Any
):
    desk = phoned.browser()
    away = Unreachable("nobody listens there")
    monkeypatch.setattr(Fetcher, "fetch", lambda *_asked, **_more: away)
    assert desk.get("/desk").status_code == 200
    assert desk.page.select_one("#ecps form") is None
    assert state(desk)["phone"] == {}
