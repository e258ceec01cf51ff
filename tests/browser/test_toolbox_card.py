# SPDX-License-Identifier: Apache-2.0
"""The toolbox looks at the card reader through its program, and says what to do next."""

import json
import time
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import expect

from connectors.cps_card.agent.window import Unanswered
from tests.agent.kit import Script, new_reader, remove, workstations
from tests.browser.pages import Visit
from tests.browser.test_toolbox import said
from tests.demo.processes import wait_until

AGENT = "http://localhost:*/v1/*"
DAY = 86400
NEVER = 4_000_000_000


def reader(**changes) -> dict:
    usual = {
        "name": "Gemalto PC Twin Reader 00 00",
        "pinpad": False,
        "card": "present",
        "serial": "2600301752",
        "label": "CLAIRE DURAND",
        "kind": "cps",
        "tries": 3,
        "valid_until": NEVER,
    }
    return usual | changes


def answer(readers, version=1) -> str:
    return json.dumps({"version": version, "agent": "0.1.0", "readers": readers})


def play(somebody: Visit, body: str | None) -> None:
    """A program that answers this, or none."""
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}

    def fulfil(route) -> None:
        if body is None:
            route.abort("connectionrefused")
        else:
            route.fulfill(status=200, body=body, headers=headers)

    somebody.page.route(AGENT, fulfil)


def examine(somebody: Visit, body: str | None) -> None:
    play(somebody, body)
    somebody.open("/toolbox")
    somebody.page.locator("[data-toolbox][data-done][data-card-done]").wait_for()


def look_again(somebody: Visit, body: str) -> None:
    play(somebody, body)
    somebody.page.locator("[data-again]").click()
    somebody.page.locator("[data-toolbox][data-card-done]").wait_for()


def told(somebody: Visit) -> list[str]:
    return [said(somebody, key) for key in ("agent", "reader", "card", "validity")]


STATES = {
    "ready": ([reader()], "found found present valid"),
    "no reader": ([], "found absent skipped skipped"),
    "no card": ([reader(card="absent")], "found found absent skipped"),
    "reading": ([reader(card="reading")], "found found reading skipped"),
    "mute": ([reader(card="mute")], "found found mute skipped"),
    "a word of later": ([reader(card="asleep")], "found found mute skipped"),
    "last try": ([reader(tries=1)], "found found last-try valid"),
    "blocked": ([reader(tries=0)], "found found blocked valid"),
    "tells little": ([reader(tries=None, valid_until=None)], "found found present untold"),
    "ran out": ([reader(valid_until=DAY)], "found found present over"),
    "two readers": ([reader(card="absent"), reader()], "found found present valid"),
    "two cards": ([reader(tries=1), reader()], "found found present valid"),
}


def test_each_state_of_reader_and_card_has_its_sentence(visit) -> None:
    somebody = visit()
    shown = {}
    examine(somebody, answer([]))
    for name, (readers, _) in STATES.items():
        somebody.page.unroute(AGENT)
        look_again(somebody, answer(readers))
        shown[name] = " ".join(told(somebody))
    assert shown == {name: expected for name, (_, expected) in STATES.items()}


def test_who_has_no_program_lacks_nothing_that_a_login_needs(visit) -> None:
    somebody = visit()
    examine(somebody, None)
    assert told(somebody) == ["absent", "skipped", "skipped", "skipped"]
    expect(somebody.page.locator("[data-said=good]")).to_be_visible()
    # It looks as it is.
    expect(somebody.page.locator("[data-trial] button")).to_have_css("opacity", "0.55")


@pytest.mark.parametrize("body", [answer([], version=2), '{"version": 1}'])
def test_another_version_is_told(visit, body) -> None:
    somebody = visit()
    examine(somebody, body)
    assert said(somebody, "agent") == "other"
    expect(somebody.page.locator("[data-said=bad]")).to_be_visible()


def test_a_card_that_runs_out_soon(visit) -> None:
    somebody = visit()
    examine(somebody, answer([reader(valid_until=int(time.time()) + 10 * DAY)]))
    assert said(somebody, "validity") == "soon"


def test_what_a_program_says_is_shown_as_text(visit) -> None:
    somebody = visit()
    examine(somebody, answer([reader(name="<img src=x onerror=alert(1)>")]))
    assert somebody.page.locator("[data-check=reader] img").count() == 0
    expect(somebody.page.locator("[data-check=reader] [data-answer=found]")).to_contain_text("<img")


def test_the_result_has_the_card_s_number_and_nobody_s_name(visit) -> None:
    somebody = visit()
    examine(somebody, answer([reader()]))
    result = somebody.page.locator("#result").input_value()
    assert "2600301752" in result
    assert "DURAND" not in result


def test_on_paper_stand_all_answers_and_no_button(visit) -> None:
    somebody = visit()
    examine(somebody, answer([reader()]))
    somebody.page.evaluate("window.print = () => { document.body.dataset.printed = '' }")
    somebody.page.locator("[data-print]").click()
    expect(somebody.page.locator("body[data-printed]")).to_be_visible()
    somebody.page.emulate_media(media="print")
    expect(somebody.page.locator("[data-check=validity] [data-answer=valid]")).to_be_visible()
    expect(somebody.page.locator("[data-paper]")).to_contain_text("Chrome")
    expect(somebody.page.locator("[data-print]")).to_be_hidden()


def pass_on_to(agent, origin: str):
    """Requests to the usual address reach a program that listens elsewhere."""

    def pass_on(route) -> None:
        got = requests.post(
            f"http://localhost:{agent.port}{urlsplit(route.request.url).path}",
            route.request.post_data,
            headers={"Origin": origin, "Content-Type": "application/json"},
            timeout=60,
        )
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
        route.fulfill(status=got.status_code, body=got.text, headers=headers)

    return pass_on


@pytest.fixture
def workstation(tmp_path, site):
    """The real program, with Claire's card in its reader and a window that plays a script."""
    with workstations(new_reader(tmp_path / "reader")) as make:
        yield make(window=Script(), more_origins=[site.issuer])


def open_toolbox(visit, workstation) -> Visit:
    somebody = visit()
    origin = somebody.site.issuer
    somebody.page.route(AGENT, pass_on_to(workstation, origin))
    somebody.open("/toolbox")
    somebody.page.locator("[data-toolbox][data-card-done]").wait_for()
    return somebody


def test_the_real_program_is_understood_and_asked_again(visit, workstation) -> None:
    somebody = open_toolbox(visit, workstation)
    assert told(somebody)[:3] == ["found", "found", "present"]
    assert said(somebody, "trial") == "untried"
    card = somebody.page.locator("[data-check=card] [data-answer=present]")
    expect(card).to_contain_text("2600301752")
    remove(workstation.folder)
    again = somebody.page.locator("[data-again]")
    absent = somebody.page.locator("[data-check=card] [data-answer=absent]")

    def is_gone() -> bool:
        again.click()
        somebody.page.locator("[data-toolbox][data-card-done]").wait_for()
        return absent.is_visible()

    # The program may still be looking at the reader.
    assert wait_until(is_gone)
    assert told(somebody)[:3] == ["found", "found", "absent"]
    assert said(somebody, "trial") == "skipped"
    expect(somebody.page.locator("[data-trial] button")).to_be_disabled()


def test_a_card_is_tried_and_nobody_is_logged_in(visit, workstation) -> None:
    somebody = open_toolbox(visit, workstation)
    button = somebody.page.locator("[data-trial] button")
    # The window is closed, then the PIN is typed.
    workstation.window.answers = [Unanswered.CANCELLED, "1234"]
    button.click()
    somebody.page.locator("[data-check=trial] [data-answer=cancelled]").wait_for()
    button.click()
    # These tests' own authority, which no server believes.
    somebody.page.locator("[data-check=trial] [data-answer=unknown-authority]").wait_for()
    expect(somebody.page.locator("[data-said=bad]")).to_be_visible()
    assert [each.purpose for each in workstation.window.asked] == ["toolbox", "toolbox"]
    names = {cookie["name"] for cookie in somebody.context.cookies()}
    assert not any("session" in name for name in names)
    assert "1234" not in somebody.page.content()
