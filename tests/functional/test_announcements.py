# SPDX-License-Identifier: Apache-2.0
"""Announcements: on the home page, the portal and the login page, from one moment to another."""

from bs4 import BeautifulSoup

from idp.administration.region.announcements import Announcement, Announcements, Notice, Tone
from idp.origin import Origin
from tests.functional.test_portal import enter
from tests.world import START, World

HERE = Origin("command line", "somebody", "request")
FRENCH, ENGLISH = "Arrêt dimanche à 6 h : « maintenance »", "Stopped on Sunday at 6 am <b>"


def announce(world: World, french: str = FRENCH, **changes) -> Announcement:
    core = world.core
    with core.database.write() as tx:
        service = Announcements(core.clock, core.entropy, core.audit)
        return service.add(tx, Notice(french, ENGLISH, **changes), HERE)


def shown(page: BeautifulSoup) -> list[str]:
    return [one.text.strip() for one in page.select(".news .notice")]


def test_everybody_reads_it_in_their_language(world: World):
    announce(world)
    for browser in (world.browser(), enter(world)):
        browser.get("/")
        assert shown(browser.page) == [FRENCH]
    visitor = world.browser(**{"Accept-Language": "en"})
    for path in ("/", "/login"):
        visitor.get(path)
        # What somebody typed is text, whatever it looks like.
        assert shown(visitor.page) == [ENGLISH]
        assert "<b>" not in visitor.last.get_data(as_text=True)


def test_warnings_come_first_and_the_login_page_shows_one(world: World):
    announce(world, "calme")
    announce(world, "attention", tone=Tone.WARNING)
    world.clock.pass_by(10)
    announce(world, "nouvelle")
    browser = world.browser()
    browser.get("/")
    assert shown(browser.page) == ["attention", "nouvelle", "calme"]
    assert browser.page.select_one(".news .notice-warning").text.strip() == "attention"
    browser.get("/login")
    assert shown(browser.page) == ["attention"]


def test_it_is_there_from_its_beginning_until_its_end(world: World):
    announce(world, starts_at=START + 100, ends_at=START + 200)
    browser = world.browser()
    for after, there in ((0, False), (99, False), (100, True), (199, True), (200, False)):
        world.clock.at = START + after
        browser.get("/")
        assert bool(shown(browser.page)) is there, after


def test_one_that_is_ended_is_gone_once(world: World):
    made = announce(world)
    core = world.core
    service = Announcements(core.clock, core.entropy, core.audit)
    for expected in (True, False):
        with core.database.write() as tx:
            assert service.end(tx, made.id, HERE) is expected
    with core.database.write() as tx:
        assert not service.end(tx, "nothing", HERE)
    browser = world.browser()
    browser.get("/")
    assert shown(browser.page) == []
    assert len(world.events("announcement.added")) == 1
    assert len(world.events("announcement.ended")) == 1
    with core.database.read() as tx:
        assert [one.state(core.clock.now()) for one in service.every(tx)] == ["ended"]


def test_one_that_was_planned_can_be_called_off(world: World):
    made = announce(world, starts_at=START + 100)
    core = world.core
    with core.database.write() as tx:
        assert Announcements(core.clock, core.entropy, core.audit).end(tx, made.id, HERE)
    world.clock.pass_by(150)
    browser = world.browser()
    browser.get("/")
    assert shown(browser.page) == []
