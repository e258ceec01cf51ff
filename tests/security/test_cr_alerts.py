# SPDX-License-Identifier: Apache-2.0
"""What a person is told by mail of what happens to their account (CR-050)."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from idp.accounts.profile import Profiles
from idp.http.letters import Letters
from idp.login.renewal import Why
from idp.origin import Origin
from tests.cast import APPLICATIONS, PASSWORD
from tests.functional import account_kit
from tests.functional.conftest import make_quick
from tests.world import START, Browser, World

EDGE = "Mozilla/5.0 (Windows NT 10.0) Edg/140.0"
HERE = Origin("192.0.2.1", "", "")
DAY = 86_400
WRONG = "Une tout autre phrase 1"


@pytest.fixture
def quick_world(world: World) -> World:
    return make_quick(world)


def letters(world: World, purpose: str) -> list[dict[str, Any]]:
    """The messages of one purpose: to whom, in which language, with what."""
    found = []
    with world.core.database.read() as tx:
        rows = tx.execute(
            text("SELECT * FROM messages WHERE purpose = :purpose ORDER BY created_at, id"),
            {"purpose": purpose},
        ).all()
    for row in rows:
        opened = {
            name: world.core.ring.open(
                getattr(row, name), table="messages", column=name, row=row.id
            ).decode()
            for name in ("recipient", "content")
        }
        found.append(json.loads(opened["content"]) | {"to": opened["recipient"]})
    return found


def enter(world: World, browser: Browser, password: str = PASSWORD) -> None:
    browser.get("/logout")
    if browser.cookie("session"):
        browser.submit("/logout")
    browser.get("/login")
    browser.log_in(password=password)


def test_cr_050_the_first_browser_ever_is_nothing_new(quick_world: World):
    enter(quick_world, quick_world.browser())
    assert letters(quick_world, "new-device") == []


def test_cr_050_another_browser_is_told_once(quick_world: World):
    known = quick_world.browser()
    enter(quick_world, known)
    stranger = quick_world.browser("203.0.113.9", **{"User-Agent": EDGE})
    for _visit in range(3):
        enter(quick_world, known)
        enter(quick_world, stranger)
    [letter] = letters(quick_world, "new-device")
    assert letter == {
        "to": "claire.durand@chu.example",
        "locale": "fr",
        "values": {
            "name": "Claire Durand",
            "at": "21 septembre 2026, 16:13",
            "device": "Edge (Windows)",
            "place": "203.0.113.9",
            "link": f"{quick_world.issuer}/account/sessions",
        },
    }


def test_cr_050_after_a_reset_whoever_comes_first_is_told(quick_world: World):
    """A reset forgets all browsers; a thief's is not the first one ever for that."""
    core, claire = quick_world.core, quick_world.cast["medecin"]
    enter(quick_world, quick_world.browser())
    hashed = core.passwords.hashed(WRONG)
    with core.database.write() as tx:
        core.renewal.change(tx, claire, hashed, Why.RESET, HERE)
    enter(quick_world, quick_world.browser("203.0.113.9"), WRONG)
    assert len(letters(quick_world, "new-device")) == 1


def test_cr_050_a_wrong_password_in_another_browser_tells_nothing(quick_world: World):
    enter(quick_world, quick_world.browser())
    enter(quick_world, quick_world.browser("203.0.113.9"), WRONG)
    assert letters(quick_world, "new-device") == []


def test_cr_050_it_is_in_the_person_s_own_language(quick_world: World):
    core, account = quick_world.core, quick_world.cast["medecin"].id
    with core.database.write() as tx:
        Profiles(core.clock, core.audit).speak(tx, account, "en", HERE)
    enter(quick_world, quick_world.browser())
    # What a browser says of itself never gets into a letter.
    evil = {"User-Agent": "<script>Free money at evil.example</script>"}
    enter(quick_world, quick_world.browser("203.0.113.9", **evil))
    [letter] = letters(quick_world, "new-device")
    assert letter["locale"] == "en"
    assert letter["values"]["at"] == "21 September 2026, 16:13"
    assert letter["values"]["device"] == ""
    assert "evil" not in json.dumps(letter)


def test_cr_050_a_login_that_is_undone_tells_nothing(quick_world: World, monkeypatch):
    """The letter stands and falls with the login."""
    enter(quick_world, quick_world.browser())
    sessions = quick_world.core.sessions

    def fail(*_anything: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(type(sessions), "make_room", fail)
    browser = quick_world.browser("203.0.113.9")
    enter(quick_world, browser)
    assert browser.last.status_code == 500
    assert letters(quick_world, "new-device") == []


def guess(world: World, times: int) -> None:
    """Wrong tries from elsewhere, as fast as they are judged: a day's worth a day."""
    for number in range(times):
        if number % 25 == 0:
            world.clock.pass_by(DAY + 1)
        browser = world.browser(f"203.0.113.{number}")
        browser.get("/login")
        browser.log_in(password=WRONG)


def test_cr_050_a_means_that_guessing_has_switched_off_is_told_once(quick_world: World):
    guess(quick_world, 99)
    assert letters(quick_world, "means-disabled") == []
    guess(quick_world, 1)
    [letter] = letters(quick_world, "means-disabled")
    assert letter["to"] == "claire.durand@chu.example"
    assert letter["values"]["means"] == "password"
    guess(quick_world, 30)
    assert len(letters(quick_world, "means-disabled")) == 1
    [event] = quick_world.events("means.disabled")
    assert (event.account, event.means) == (quick_world.cast["medecin"].id, "password")


def test_cr_050_the_letters_can_be_written_in_both_languages(quick_world: World):
    core, account = quick_world.core, quick_world.cast["medecin"].id
    enter(quick_world, quick_world.browser())
    enter(quick_world, quick_world.browser("203.0.113.9", **{"User-Agent": "nothing known"}))
    with core.database.write() as tx:
        core.alerts.means_disabled(tx, account, "password")
    assert quick_world.clock.now() == START
    writing = Letters(core.settings)
    for purpose in ("new-device", "means-disabled"):
        [letter] = letters(quick_world, purpose)
        for locale in ("fr", "en"):
            written = writing.render("email", purpose, locale, letter["values"])
            assert "None" not in repr(written)


def changes(world: World) -> list[tuple[str, str, str]]:
    """What the owner was told of changes on their pages: to whom, what, and about what."""
    told = letters(world, "account-changed")
    return [(one["to"], one["values"]["what"], one["values"]["about"]) for one in told]


def test_cr_050_a_copy_of_the_data_is_told(quick_world: World):
    claire = quick_world.browser()
    enter(quick_world, claire)
    claire.get("/account/data")
    assert changes(quick_world) == []
    claire.submit("/account/data")
    assert changes(quick_world) == [("claire.durand@chu.example", "data", "")]
    [letter] = letters(quick_world, "account-changed")
    assert letter["values"]["link"] == f"{quick_world.issuer}/account/history"


def test_cr_050_a_withdrawn_consent_is_told_once(quick_world: World):
    claire = account_kit.enter(quick_world)
    account_kit.agree(quick_world, claire)
    claire.get("/account/consents/outside/withdraw")
    url, fields = claire.form("/withdraw")
    claire.post(url, fields)
    told = [("claire.durand@chu.example", "consent", APPLICATIONS["outside"]["name"])]
    assert changes(quick_world) == told
    claire.post(url, fields)
    assert changes(quick_world) == told


def test_cr_050_that_all_others_ended_is_told_once_and_one_alone_is_not(quick_world: World):
    others = [account_kit.enter(quick_world, address=f"198.51.100.{one}") for one in (7, 8, 9)]
    claire = account_kit.enter(quick_world)
    claire.get("/account/sessions")
    claire.submit("/end")
    assert changes(quick_world) == []
    claire.get("/account/sessions/others")
    claire.submit("/others")
    assert changes(quick_world) == [("claire.durand@chu.example", "sessions", "")]
    assert [account_kit.is_in(one) for one in others] == [False, False, False]
    claire.get("/account/sessions/others")
    assert changes(quick_world) == [("claire.durand@chu.example", "sessions", "")]
