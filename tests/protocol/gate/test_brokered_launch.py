# SPDX-License-Identifier: Apache-2.0
"""OA-047 and BR-013 for launches: word of an establishment's software, by what it is trusted for.

By what the application asks, by whether it allows launches, by who is logged in before.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from werkzeug.test import TestResponse

from connectors.base import Level
from tests.brokered import offered
from tests.cast import SECRET
from tests.launching import Software, handed, opened_by_launch
from tests.launching import register as register_software
from tests.protocol.gate.brokered_rows import (
    CARD,
    PASSWORD,
    REACH,
    SECOND,
    Held,
    Out,
    Row,
    amiss,
    hold,
    of_id_token,
    told_by,
)
from tests.protocol.kit import Guest, store
from tests.world import Browser, World, open_world

TRUSTED = 2
WORD: Held = ("launch", TRUSTED, ("user",))


def expected(row: Row) -> Out:
    """Its word counts for so much, anew; what is missing is asked of the person."""
    if "launch" not in row.means:
        return Out(refused="means")
    others = frozenset(one for one in row.means if REACH.get(one, 0) >= row.level)
    if row.level > TRUSTED and not others:
        return Out(refused="level")
    if row.level > TRUSTED:
        return Out(asked=others)
    held = [one for one in row.before if one[0] in row.means]
    return Out("", frozenset(), *told_by([*held, WORD]))


def come_out(world: World, software: Software, row: Row) -> Out:
    key = f"ward-{world.core.entropy.bytes(4).hex()}"
    document = opened_by_launch(key, {"means": list(row.means), "level": row.level})
    store(world, document)
    with world.core.database.write() as tx:
        world.core.applications.set_secret(tx, key, SECRET)
    software.register(applications=(key,), level=Level(TRUSTED))
    world.clock.pass_by(700)
    answer = software.push(software.token(application=key, patient=None))
    if answer.status_code != 201:
        return Out(refused=answer.get_json()["error_description"])
    browser = world.browser()
    if row.before:
        hold(world, browser, *row.before)
    shown = browser.get(answer.get_json()["launch_uri"])
    if not shown.headers.get("Location"):
        assert browser.problem == ""
        return Out(asked=frozenset(offered(browser)))
    return Out("", frozenset(), *entered(world, browser, shown, key, document))


def entered(
    world: World, browser: Browser, shown: TestResponse, key: str, document: dict[str, Any]
) -> tuple[int, frozenset[str]]:
    """The application asks for a login with its handle, and is told."""
    client = Guest(world, key, document=document)
    back = client.ask(browser, launch=handed(shown, key)["launch"])
    return of_id_token(client.redeem(client.answered(back)["code"]))


@pytest.fixture
def region(sqlite_url: str) -> Iterator[World]:
    opened = open_world(sqlite_url)
    register_software(opened.core)
    yield opened
    opened.close()


def rows() -> Iterator[Row]:
    befores: tuple[tuple[Held, ...], ...] = ((), (PASSWORD,), (PASSWORD, SECOND), (CARD,))
    for level, before in product((1, 2, 3), befores):
        yield Row(("password", "cps", "launch"), level, before)
        yield Row(("password", "launch"), level, before)
    for level in (1, 2, 3):
        yield Row(("password", "cps"), level)


def test_br_013_what_comes_out_of_a_launch(region: World) -> None:
    software = Software(region)
    found = {row: come_out(region, software, row) for row in rows()}
    assert amiss(found, {row: expected(row) for row in rows()}) == {}


def test_whoever_is_refused_after_a_launch_is_told_why(region: World) -> None:
    software = Software(region)
    key = "closed-ward"
    store(region, opened_by_launch(key, {"communities": ["perinat-centre"]}))
    software.register(applications=(key,))
    browser = region.browser()
    browser.get(software.pushed(application=key, patient=None))
    assert browser.problem == "community"
