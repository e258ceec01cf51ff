# SPDX-License-Identifier: Apache-2.0
"""Who may ask, and what a visitor may not say of themselves (WB-031)."""

import pytest

from tests.cast import SECRET
from tests.protocol.headers.kit import NAMES, SITE, Visitor, arrived, basic, register
from tests.protocol.kit import send, settled
from tests.world import World

DOORS = ("check", "forward")


@pytest.mark.parametrize(
    "changes",
    [
        {"Authorization": ""},
        {"Authorization": basic("old")},
        {"Authorization": basic("old:")},
        {"Authorization": basic(f":{SECRET}")},
        {"Authorization": basic(f"old:{SECRET}x")},
        {"Authorization": basic(f"unknown:{SECRET}")},
        {"Authorization": f"Bearer old:{SECRET}"},
        {"Authorization": "Basic =="},
        {"Authorization": "Basic /w=="},
        {"Authorization": "Basic é"},
        {"Authorization": basic(f"old\x00:{SECRET}")},
        {"Authorization": f"{basic(f'old:{SECRET}')},{basic(f'old:{SECRET}')}"},
        # Registered, with the same secret, but it speaks another protocol.
        {"Authorization": basic(f"plain:{SECRET}")},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Host": "old.example, evil.example"},
        {"X-Forwarded-Host": "old.example:444"},
        {"X-Forwarded-Host": "old.example@evil.example"},
        {"X-Forwarded-Host": ""},
        {"X-Forwarded-Proto": "http"},
        {"X-Forwarded-Proto": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("door", DOORS)
def test_wb_031_only_the_applications_own_proxy_may_ask(
    sqlite_world: World, door: str, changes: dict[str, str]
) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    answer = visitor.ask("/", door=door, changes=changes)
    assert (answer.status_code, answer.data) == (403, b"")
    assert not {*NAMES, "Location", "Set-Cookie"} & set(answer.headers.keys())


def test_wb_031_what_a_visitor_calls_themselves_is_not_repeated(sqlite_world: World) -> None:
    """Every registered header is answered, so that a proxy has something to put in its place."""
    register(sqlite_world)
    forged = dict.fromkeys(NAMES, "admin.region")
    stranger = Visitor(sqlite_world, sqlite_world.browser())
    for door in DOORS:
        assert not set(NAMES) & set(stranger.ask("/", door=door, changes=forged).headers.keys())
    visitor = arrived(sqlite_world, "infirmiere")
    told = visitor.check(changes=forged)
    assert told.headers.getlist("X-Remote-User") == ["mdelarochefoucauldvilleneuve"]
    assert told.headers.getlist("X-Remote-Email") == [""]


def test_wb_031_a_host_in_capitals_is_the_same(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    assert visitor.check(changes={"X-Forwarded-Host": "OLD.example"}).status_code == 200


def test_oa_007_two_cookies_of_one_name_are_none(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    name, value = next(one for one in visitor.cookies.items() if "stay" in one[0])
    doubled = {"Cookie": f"{name}={value}; {name}={value}"}
    assert visitor.check(changes=doubled).status_code == 401


@pytest.mark.parametrize("path", ["/.sceau/back", "/.sceau/logout"])
def test_our_own_paths_never_reach_the_application(sqlite_world: World, path: str) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    assert visitor.check(path).status_code == 401
    assert visitor.check(f"{path}?a=b").status_code == 401
    assert visitor.ask(path).status_code == 303


def test_wb_010_an_address_of_any_shape_leads_back_to_the_site(sqlite_world: World) -> None:
    register(sqlite_world)
    for uri in ("//evil.example/", "/@evil.example", "/" + "a" * 5000, "", "evil", "/a\\b"):
        visitor = Visitor(sqlite_world, settled(sqlite_world))
        back = visitor.handle(uri)
        assert visitor.ask(back).headers["Location"].startswith(f"{SITE}/"), uri


def test_what_is_shown_elsewhere_sets_no_rules_there(sqlite_world: World) -> None:
    """RFC 6797: whether the application's host is to be reached by TLS alone is not ours to say."""
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    stranger = Visitor(sqlite_world, sqlite_world.browser())
    for answer in (visitor.ask(), visitor.check(), stranger.ask(), stranger.check()):
        assert "Strict-Transport-Security" not in answer.headers
        assert "Content-Security-Policy" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("door", DOORS)
def test_a_question_has_no_body_and_changes_nothing(sqlite_world: World, door: str) -> None:
    register(sqlite_world)
    for method in ("POST", "PUT", "DELETE"):
        answer = send(sqlite_world, method, f"/headers/{door}", body=b"x")
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, HEAD"
