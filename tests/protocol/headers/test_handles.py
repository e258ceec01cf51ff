# SPDX-License-Identifier: Apache-2.0
"""The way back: one handle, one use, one browser, one address."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.cast import SECRET
from tests.protocol.headers.kit import SITE, Visitor, arrived, document, register
from tests.protocol.kit import register as register_client
from tests.protocol.kit import settled, store
from tests.races import at_once
from tests.world import World

OTHER = "https://other.example"


def logged_in(world: World) -> Visitor:
    register(world)
    return Visitor(world, settled(world))


def is_stopped(answer: TestResponse) -> bool:
    leads_to = answer.headers.get("Location", "")
    return "/headers/stopped" in leads_to and "Set-Cookie" not in answer.headers


def test_oa_030_a_handle_is_used_once(world: World) -> None:
    """And whoever brings it a second time ends what the first got."""
    visitor = logged_in(world)
    back = visitor.handle()
    visitor.ask(back)
    assert visitor.check().status_code == 200
    assert is_stopped(visitor.ask(back))
    assert visitor.check().status_code == 401
    assert world.events("code.replayed")


def test_oa_031_a_handle_is_used_once_among_many_at_once(world: World) -> None:
    visitor = logged_in(world)
    back = visitor.handle()
    several = [Visitor(world, visitor.browser, cookies=dict(visitor.cookies)) for _ in range(8)]
    answers = at_once(lambda one: one.ask(back), several)
    got = [one for one in answers if one.headers["Location"] == f"{SITE}/"]
    assert len(got) == 1
    assert sum(is_stopped(one) for one in answers) == 7


def test_oa_170_a_login_of_somebody_else_is_not_slipped_in(world: World) -> None:
    """Login CSRF: the handle of one browser leads nowhere in another, and is then dead."""
    attacker = logged_in(world)
    back = attacker.handle()
    victim = Visitor(world, settled(world, "infirmiere"))
    victim.ask("/")
    assert is_stopped(victim.ask(back))
    assert victim.check().status_code == 401
    assert is_stopped(attacker.ask(back))


def test_oa_170_a_handle_shown_without_the_cookie_is_dead(sqlite_world: World) -> None:
    visitor = logged_in(sqlite_world)
    back = visitor.handle()
    assert is_stopped(Visitor(sqlite_world, sqlite_world.browser()).ask(back))
    assert is_stopped(visitor.ask(back))


def test_oa_170_what_a_log_tells_is_of_no_use_once_the_way_was_gone(world: World) -> None:
    """The address of the login says for whom it is; it makes no handle for that browser later."""
    register(world)
    victim = Visitor(world, settled(world, "infirmiere"))
    read_in_a_log = victim.ask("/")
    assert victim.follow(read_in_a_log).status_code == 200
    attacker = settled(world)
    back = attacker.get(read_in_a_log.headers["Location"]).headers["Location"].removeprefix(SITE)
    assert is_stopped(victim.ask(back))
    assert victim.check().headers["X-Remote-User"] == "mdelarochefoucauldvilleneuve"


def test_many_tabs_at_once_take_only_so_many_cookies(sqlite_world: World) -> None:
    visitor = logged_in(sqlite_world)
    for _ in range(40):
        back = visitor.handle()
    assert len(visitor.cookies) == 16
    assert visitor.follow(visitor.ask(back)).status_code == 200


def test_a_link_to_the_login_made_elsewhere_opens_nothing(sqlite_world: World) -> None:
    """The victim's own login, begun by an attacker's browser, helps neither of them."""
    attacker = logged_in(sqlite_world)
    link = attacker.ask("/").headers["Location"]
    victim = Visitor(sqlite_world, settled(sqlite_world, "infirmiere"))
    back = victim.browser.get(link).headers["Location"].removeprefix(SITE)
    assert is_stopped(victim.ask(back))
    # Even if the attacker learnt the handle from there: it was shown, and is dead.
    assert is_stopped(attacker.ask(back))


def test_oa_034_a_handle_is_good_for_a_short_while(sqlite_world: World) -> None:
    visitor = logged_in(sqlite_world)
    back = visitor.handle()
    sqlite_world.clock.pass_by(sqlite_world.core.settings.tokens.code)
    assert is_stopped(visitor.ask(back))


def test_a_handle_is_good_for_its_application_alone(sqlite_world: World) -> None:
    visitor = logged_in(sqlite_world)
    store(sqlite_world, document("second"))
    with sqlite_world.core.database.write() as tx:
        sqlite_world.core.applications.set_secret(tx, "second", SECRET)
    back = visitor.handle()
    second = Visitor(sqlite_world, visitor.browser, "second")
    second.ask("/")
    assert is_stopped(second.ask(back))


def test_a_code_of_another_protocol_is_no_handle(sqlite_world: World) -> None:
    """RFC 9700 §4.4: what one edge gave is of no use at the other, also to the same application."""
    visitor = Visitor(sqlite_world, settled(sqlite_world))
    guest = register_client(sqlite_world, "old")
    code = guest.code_for(visitor.browser)
    register(sqlite_world)
    visitor.ask("/")
    assert is_stopped(visitor.ask(f"/.sceau/back?handle={code}"))


def test_a_handle_is_good_for_its_address_alone(sqlite_world: World) -> None:
    register(sqlite_world, headers={"origins": [SITE, OTHER], "sector": "old"})
    visitor = Visitor(sqlite_world, settled(sqlite_world))
    back = visitor.handle()
    there = Visitor(sqlite_world, visitor.browser, site=OTHER, cookies=visitor.cookies)
    assert is_stopped(there.ask(back))


def test_a_cookie_is_good_for_its_application_alone(sqlite_world: World) -> None:
    visitor = logged_in(sqlite_world)
    visitor.go()
    register(sqlite_world, "second")
    name = next(name for name in visitor.cookies if "stay" in name)
    second = Visitor(sqlite_world, visitor.browser, "second")
    second.follow(second.ask("/"))
    own = next(one for one in second.cookies if "stay" in one)
    assert second.check().status_code == 200
    second.cookies[own] = visitor.cookies[name]
    assert second.check().status_code == 401


def test_se_001_what_was_there_before_is_replaced(sqlite_world: World) -> None:
    visitor = arrived_once(sqlite_world)
    former = dict(visitor.cookies)
    visitor.follow(visitor.ask(visitor.handle_anew()))
    assert visitor.cookies != former
    assert visitor.check().status_code == 200
    visitor.cookies = former
    assert visitor.check().status_code == 401


class Renewing(Visitor):
    """A visitor who goes through the login again though nothing asks for it."""

    def handle_anew(self) -> str:
        kept = self.cookies
        self.cookies = {name: value for name, value in kept.items() if "stay" not in name}
        back = self.handle()
        self.cookies = kept | self.cookies
        return back


def arrived_once(world: World) -> Renewing:
    register(world)
    visitor = Renewing(world, settled(world))
    assert visitor.go().status_code == 200
    return visitor


@pytest.mark.parametrize(
    "leads_to",
    [
        "https://evil.example/",
        "https://old.example.evil.example/",
        "https://old.example@evil.example/",
        "https://old.example:444/",
        "http://old.example/",
        "//old.example/",
        "javascript:alert(1)",
        "https://old.example",
        "https://old.example/\\evil",
        "https://old.example/\r\nSet-Cookie: a=b",
        "",
    ],
)
def test_oa_001_the_way_back_is_the_applications_own(sqlite_world: World, leads_to: str) -> None:
    visitor = logged_in(sqlite_world)
    asked = parse_qs(urlsplit(visitor.ask("/").headers["Location"]).query)
    wished = {name: values[0] for name, values in asked.items()} | {"to": leads_to}
    answer = visitor.browser.get(f"/headers/enter?{urlencode(wished)}")
    assert answer.status_code == 400
    assert visitor.browser.problem == "request-unreadable"


def test_oa_001_a_parameter_given_twice_is_none(sqlite_world: World) -> None:
    visitor = logged_in(sqlite_world)
    leads_to = visitor.ask("/").headers["Location"]
    assert visitor.browser.get(leads_to + "&to=https%3A%2F%2Fold.example%2F").status_code == 400


def test_wb_003_the_cookies_belong_to_the_host_alone(sqlite_world: World) -> None:
    visitor = logged_in(sqlite_world)
    answers = [visitor.ask("/"), visitor.ask(visitor.handle())]
    headers = [one for answer in answers for one in answer.headers.getlist("Set-Cookie")]
    # The way back; another one; the stay, and the end of that way.
    assert len(headers) == 3
    for header in headers:
        assert header.startswith("__Host-sceau_")
        assert header.partition("; ")[2].startswith("Path=/; HttpOnly; SameSite=Lax; Secure")


def test_wb_050_the_cookie_is_stored_hashed(sqlite_world: World) -> None:
    visitor = arrived(sqlite_world) if register(sqlite_world) else None
    assert visitor is not None
    secret = next(value for name, value in visitor.cookies.items() if "stay" in name)
    with sqlite_world.core.database.read() as tx:
        rows = tx.exec_driver_sql("SELECT * FROM tokens WHERE kind = 'stay'").all()
    assert len(rows) == 1
    assert secret not in repr(rows)
