# SPDX-License-Identifier: Apache-2.0
"""Logout, from the application and from elsewhere."""

import pytest

from tests.protocol.headers.kit import SITE, arrived, register
from tests.protocol.kit import session_of
from tests.world import World


def test_a_logout_there_ends_the_session_everywhere(world: World) -> None:
    register(world)
    visitor = arrived(world)
    plain = world.client("plain")
    tokens = plain.tokens(visitor.browser)
    former = dict(visitor.cookies)
    visitor.follow(visitor.ask("/.sceau/logout"))
    assert session_of(world, visitor.browser) is None
    assert not any("stay" in name for name in visitor.cookies)
    visitor.cookies = former
    assert visitor.check().status_code == 401
    assert plain.userinfo(tokens["access_token"]).status == 401
    assert world.events("session.ended")


def test_a_logout_leads_where_the_registration_says(sqlite_world: World) -> None:
    register(sqlite_world, headers={"logged_out": f"{SITE}/bye", "logout_path": "/quit"})
    visitor = arrived(sqlite_world)
    answer = visitor.browser.get(visitor.ask("/quit").headers["Location"])
    assert answer.headers["Location"] == f"{SITE}/bye"


@pytest.mark.parametrize(
    "kind",
    [
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_oa_177_nobody_is_logged_out_by_a_picture_or_a_foreign_link(
    sqlite_world: World, kind: dict[str, str]
) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    visitor.follow(visitor.ask("/.sceau/logout", kind=kind))
    assert visitor.check().status_code == 200
    assert session_of(sqlite_world, visitor.browser) is not None
    # They are asked, on our own page.
    visitor.browser.submit("/logout")
    assert visitor.check().status_code == 401


def test_oa_177_a_head_logs_nobody_out(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor = arrived(sqlite_world)
    visitor.ask("/.sceau/logout", method="HEAD")
    assert visitor.check().status_code == 200


def test_another_sessions_name_logs_nobody_out(sqlite_world: World) -> None:
    register(sqlite_world)
    visitor, other = arrived(sqlite_world), arrived(sqlite_world, "infirmiere")
    leads_to = other.ask("/.sceau/logout").headers["Location"]
    visitor.browser.get(leads_to)
    assert session_of(sqlite_world, visitor.browser) is not None
    assert visitor.check().status_code == 200


def test_a_logout_elsewhere_ends_the_stay_at_the_next_request(world: World) -> None:
    register(world)
    visitor = arrived(world)
    visitor.browser.get("/logout")
    visitor.browser.submit("/logout")
    assert visitor.check().status_code == 401
    # It counts as told: it asks by itself.
    told = visitor.browser.page.select_one(".reached-reached")
    assert told is not None
    assert "OLD" in told.get_text()
