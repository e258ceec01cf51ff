# SPDX-License-Identifier: Apache-2.0
"""Somebody opens an application that knows nothing of us, and its proxy asks who they are."""

import pytest

from connectors.base import Level
from tests.protocol.headers.kit import NAMES, SCRIPT, SITE, Visitor, arrived, document, register
from tests.protocol.kit import ELSEWHERE, add_proof, session_of, settled, store
from tests.world import World


def test_a_login_ends_on_the_page_that_was_asked_for(world: World) -> None:
    register(world)
    visitor = Visitor(world, world.browser())
    answer = visitor.go("/patients?page=2&name=%C3%A9")
    assert answer.status_code == 200
    assert "/login/" in answer.request.path
    back = visitor.browser.log_in().headers["Location"]
    answer = visitor.ask(back.removeprefix(SITE))
    assert answer.headers["Location"] == f"{SITE}/patients?page=2&name=%C3%A9"
    answer = visitor.follow(answer)
    assert answer.status_code == 200
    assert answer.headers["X-Remote-User"] == "cdurand"
    assert answer.headers["X-Remote-Level"] == "1"
    kinds = [event.kind for event in world.events()]
    assert kinds[-3:] == ["login.proved", "login.admitted", "stay.opened"]


def test_whoever_is_logged_in_elsewhere_enters_without_a_page(world: World) -> None:
    register(world)
    visitor = arrived(world)
    told = visitor.check("/any/where", method="POST", kind=SCRIPT)
    assert (told.status_code, told.data) == (200, b"")
    assert told.headers["X-Remote-User"] == "cdurand"
    assert told.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in told.headers


def test_names_pass_as_utf_8_or_as_percent(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world, "patient")
    name = visitor.check().headers["X-Remote-Name"]
    assert name.encode("latin-1").decode() == "Gaëtan Ébeaupré"
    # Nobody has verified it.
    assert visitor.check().headers["X-Remote-Email"] == ""
    store(sqlite_world, document(headers={"values": "percent"}))
    assert visitor.check().headers["X-Remote-Name"] == "Ga%C3%ABtan %C3%89beaupr%C3%A9"


def test_wb_008_a_name_stays_one_header(sqlite_world: World) -> None:
    register(sqlite_world)
    with sqlite_world.core.database.write() as tx:
        tx.exec_driver_sql("UPDATE accounts SET last_name = 'A' || char(13, 10) || 'X-Remote: b '")
    told = arrived(sqlite_world).check()
    assert told.headers["X-Remote-Name"] == "Claire A  X-Remote: b"
    assert "X-Remote" not in told.headers


def test_what_is_no_page_is_not_led_to_a_login(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = Visitor(sqlite_world, sqlite_world.browser())
    for kind in (
        SCRIPT,
        {"Accept": "*/*"},
        {"Accept": "text/html", "X-Requested-With": "XMLHttpRequest"},
        {"Accept": "text/html", "Upgrade": "websocket"},
        {"Sec-Fetch-Mode": "websocket"},
    ):
        answer = visitor.ask("/api", kind=kind)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Sceau"
        assert "Location" not in answer.headers


def test_a_form_that_lost_its_session_is_told_so(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = Visitor(sqlite_world, sqlite_world.browser())
    visitor.follow(visitor.ask("/order", method="POST"))
    assert visitor.browser.problem == "headers-not-sent"
    ways = [one["href"] for one in visitor.browser.page.select("main a")]
    assert f"{SITE}/" in ways


def test_a_head_is_led_on_and_uses_nothing_up(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = Visitor(sqlite_world, settled(sqlite_world))
    leads_to = visitor.ask("/", method="HEAD").headers["Location"]
    assert visitor.browser.request("HEAD", leads_to).status_code == 405
    back = visitor.handle()
    assert "/headers/stopped" in visitor.ask(back, method="HEAD").headers["Location"]
    assert visitor.follow(visitor.ask(back)).status_code == 200


def test_several_tabs_find_their_way_back(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = Visitor(sqlite_world, settled(sqlite_world))
    first, second = visitor.handle("/first"), visitor.handle("/second")
    assert visitor.ask(first).headers["Location"] == f"{SITE}/first"
    assert visitor.ask(second).headers["Location"] == f"{SITE}/second"
    assert visitor.check().status_code == 200


def test_a_higher_level_is_asked_for_where_it_is_needed(sqlite_world: World) -> None:
    register(sqlite_world, policy={"means": ["password", "totp"], "level": 2})
    visitor = Visitor(sqlite_world, settled(sqlite_world))
    assert "/login/" in visitor.go("/strong").request.path
    add_proof(sqlite_world, visitor.browser, "totp", Level.TWO_FACTORS)
    answer = visitor.go("/strong")
    assert answer.headers["X-Remote-Level"] == "2"


def test_a_level_raised_later_leads_to_the_login_again(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    store(sqlite_world, document(policy={"means": ["password", "totp"], "level": 2}))
    assert visitor.check().status_code == 401
    assert "/login/" in visitor.go().request.path


def test_a_stay_ends_unused_and_each_use_puts_it_off(world: World) -> None:
    register(world)
    visitor = arrived(world)
    idle = world.core.sessions.lives.idle
    for _ in range(3):
        world.clock.pass_by(idle - 5)
        assert visitor.check().status_code == 200
    # The session was used nowhere else: the application's own use is not its use.
    assert session_of(world, visitor.browser) is None
    world.clock.pass_by(idle)
    assert visitor.check().status_code == 401


def test_a_stay_is_not_longer_than_its_session(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    lives = sqlite_world.core.sessions.lives
    for _ in range(lives.absolute // (lives.idle - 5)):
        sqlite_world.clock.pass_by(lives.idle - 5)
        assert visitor.check().status_code == 200
    sqlite_world.clock.pass_by(lives.idle - 5)
    assert visitor.check().status_code == 401


def test_a_stay_is_not_older_than_a_proof_may_be(sqlite_world: World) -> None:
    register(sqlite_world, policy={"session_max_age": 600})
    visitor = arrived(sqlite_world)
    sqlite_world.clock.pass_by(599)
    assert visitor.check().status_code == 200
    sqlite_world.clock.pass_by(1)
    assert visitor.check().status_code == 401


def test_use_is_noted_once_a_while(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check reads; it writes only where the end moves by what is worth noting."""
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    sqlite_world.clock.pass_by(sqlite_world.core.sessions.lives.touch)
    assert visitor.check().status_code == 200
    writes: list[int] = []
    monkeypatch.setattr(type(sqlite_world.core.database), "write", lambda _self: writes.append(1))
    assert visitor.check().status_code == 200
    assert not writes


def test_how_long_a_login_took_makes_no_stay_longer(sqlite_world: World) -> None:
    register(sqlite_world, policy={"session_max_age": 600})
    visitor = Visitor(sqlite_world, sqlite_world.browser())
    visitor.go()
    sqlite_world.clock.pass_by(300)
    assert visitor.follow(visitor.browser.log_in()).status_code == 200
    sqlite_world.clock.pass_by(599)
    assert visitor.check().status_code == 200
    sqlite_world.clock.pass_by(1)
    assert visitor.check().status_code == 401


def test_consent_is_asked_for_what_the_headers_tell(sqlite_world: World) -> None:
    register(sqlite_world, policy={"consent": True})
    visitor = Visitor(sqlite_world, settled(sqlite_world))
    visitor.go()
    page = visitor.browser.page.get_text()
    assert "claire.durand@chu.example" in page
    assert "cdurand" in page
    # Nothing of her trade is told.
    assert "810101234567" not in page


def test_what_is_registered_later_is_told_to_nobody_unasked(world: World) -> None:
    register(world, policy={"consent": True})
    visitor = Visitor(world, settled(world))
    visitor.go()
    assert visitor.follow(visitor.browser.submit("/consent", answer="accept")).status_code == 200
    later = {"names": {**NAMES, "X-Remote-Number": "national_id"}}
    store(world, document(policy={"consent": True}, headers=later))
    assert visitor.check().status_code == 401
    visitor.go()
    assert "810101234567" in visitor.browser.page.get_text()
    told = visitor.follow(visitor.browser.submit("/consent", answer="accept"))
    assert told.headers["X-Remote-Number"] == "810101234567"


def test_consent_taken_back_ends_the_stay(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    account = sqlite_world.cast["medecin"].id
    with sqlite_world.core.database.write() as tx:
        sqlite_world.core.codes.revoke_all_of(tx, account, "old", "consent", ELSEWHERE)
    assert visitor.check().status_code == 401
