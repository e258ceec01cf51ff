# SPDX-License-Identifier: Apache-2.0
"""A login by calculette, as people do it: who, the number, the answer."""

import pytest

from tests import calculettes
from tests.calculettes import CARD, COUNTED, EIGHT, PLAIN, TIMED, answer, challenge_on, name_oneself
from tests.cast import APPLICATIONS, application
from tests.world import Browser, World


def at_the_door(world: World) -> Browser:
    """A browser on the form of the calculette."""
    browser = world.browser()
    browser.get("/login")
    browser.get(f"{browser.last.request.path}?means=calculette")
    return browser


def step_of(browser: Browser) -> str:
    """What the page asks for."""
    if browser.page.find(id="response"):
        return "answer"
    return "who" if browser.page.find("input", id="identifier") else "over"


@pytest.mark.parametrize("suite", [COUNTED, PLAIN, TIMED])
@pytest.mark.parametrize(
    "typed",
    ["cdurand", "claire.durand@chu.example", CARD, f"8025000001/{CARD}", f" CPS3v1-{CARD} "],
    ids=["identifier", "e-mail", "card", "with-issuer", "with-type"],
)
def test_a_login_leads_to_the_portal(sqlite_world, suite, typed):
    reader = calculettes.bind(sqlite_world, suite=suite)
    browser = sqlite_world.browser()
    calculettes.log_in(sqlite_world, browser, reader, typed)
    assert browser.last.request.path == "/"
    proved = sqlite_world.events("login.proved")[-1]
    assert (proved.means, proved.level) == ("calculette", 3)


def test_once_more_by_the_next_count(world):
    reader = calculettes.bind(world)
    for _login in range(2):
        browser = world.browser()
        calculettes.log_in(world, browser, reader)
        assert browser.last.request.path == "/"


def test_the_steps_are_numbered_and_the_number_stays(sqlite_world):
    calculettes.bind(sqlite_world)
    browser = at_the_door(sqlite_world)
    assert step_of(browser) == "who"
    steps = [one.get_text(" ", strip=True) for one in browser.page.select(".calc-step")]
    assert [text[0] for text in steps] == ["1", "2", "3"]
    shown = name_oneself(browser)
    assert EIGHT.fullmatch(shown)
    where = browser.last.request.path.removesuffix("/calculette")
    # Reloaded, gone back to, and said once more who one is: it is the same number.
    browser.get(where + "?means=calculette")
    assert challenge_on(browser) == shown
    browser.submit("/calculette", again="who", response="")  # a wrong answer changes nothing
    browser.post(f"{where}/calculette", browser.form("/calculette")[1] | {"identifier": CARD})
    assert challenge_on(browser) == shown


def test_another_number_and_somebody_else(sqlite_world):
    calculettes.bind(sqlite_world)
    browser = at_the_door(sqlite_world)
    shown = name_oneself(browser)
    address, fields = browser.form("/calculette")
    asked = {"csrf": fields["csrf"], "identifier": CARD, "instead": fields["challenge"]}
    browser.post(address, asked)
    second = challenge_on(browser)
    assert second != shown
    # The button pressed once more, from a page that was loaded anew: no third one.
    browser.post(address, asked)
    assert challenge_on(browser) == second
    browser.post(address, {"csrf": fields["csrf"], "identifier": CARD, "again": "who"})
    assert step_of(browser) == "who"
    assert browser.page.find(id="identifier")["value"] == CARD


def test_a_wrong_answer_says_so_and_a_third_ends_the_number(world):
    reader = calculettes.bind(world)
    browser = at_the_door(world)
    shown = name_oneself(browser)
    for _wrong in range(2):
        answer(browser, "0000 0000")
        assert browser.page.find(id="response-error")
        assert challenge_on(browser) == shown
    answer(browser, "00000000")
    assert step_of(browser) == "over"
    assert browser.page.find(id="form-error")
    # A new one is asked for, and answered right.
    browser.submit("/calculette")
    second = challenge_on(browser)
    assert second not in {"", shown}
    answer(browser, reader.show(second, world.clock.now()))
    assert browser.last.request.path == "/"


@pytest.fixture
def rcp3(monkeypatch):
    """An application that only a calculette opens."""

    def register(world: World) -> None:
        document = application("rcp3", policy={"means": ["password", "calculette"], "level": 3})
        monkeypatch.setitem(APPLICATIONS, "rcp3", document)
        with world.core.database.write() as tx:
            world.core.applications.register(tx, document)

    return register


def test_a_step_up_names_nobody_and_asks_for_the_answer(world, rcp3):
    """Somebody with a password's session is asked for the card, by name."""
    reader = calculettes.bind(world)
    rcp3(world)
    browser = world.browser()
    browser.get("/login")
    browser.log_in()
    client = world.client("rcp3")
    client.ask(browser)
    assert "Claire Durand" in browser.page.get_text()
    assert step_of(browser) == "answer"
    response = answer(browser, reader.show(challenge_on(browser), world.clock.now()))
    assert "code" in client.answered(response)


def test_without_a_reader_or_a_valid_card_the_page_says_what_is_missing(sqlite_world, rcp3):
    world = sqlite_world
    rcp3(world)
    for lack, prepare in (
        ("not-set-up", lambda: None),
        ("card-expired", lambda: calculettes.bind(world, valid=-1)),
        ("card-revoked", lambda: calculettes.revoke(world)),
    ):
        prepare()
        assert lacks(world) == lack
        browser = world.browser()
        browser.get("/login")
        browser.log_in()
        world.client("rcp3").ask(browser)
        assert browser.page.select_one(".notice-warning")
        assert not browser.page.find(id="response")


def lacks(world: World) -> str | None:
    """What the physician lacks."""
    return world.provider.services.attempts.lacks("calculette", world.cast["medecin"].id)
