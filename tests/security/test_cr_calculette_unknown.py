# SPDX-License-Identifier: Apache-2.0
"""The nomad reader asked who exists (CR-030, CR-031), and what is kept of it (CR-010)."""

from copy import copy
from dataclasses import replace

import pytest
from sqlalchemy import text

from connectors.calculette import verifier as judging
from idp.credentials.throttle import Limits
from idp.prepared import PreparedConnection
from tests import calculettes
from tests.calculettes import CARD, COUNTED, PIN, PLAIN, SECRET, TIMED, answer, challenge_on
from tests.security.test_cr_calculette import WRONG, Journey, at_the_number, one
from tests.world import Browser, World

__all__ = ("one",)

UNKNOWN = "2609999999"


def seen(browser: Browser) -> str:
    """The page, without what is drawn anew each time."""
    # What is taken away here is looked for afterwards on the page itself.
    page = copy(browser.page)
    for part in page.select("input[type=hidden], #calc-challenge, .calc-who, nav"):
        part.decompose()
    for part in page.find_all(True):
        for name in ("action", "href", "value"):
            part.attrs.pop(name, None)
    return str(page.main)


@pytest.mark.parametrize("typed", [UNKNOWN, "nobody.at.all", "mdelarochefoucauldvilleneuve"])
def test_cr_030_whoever_is_named_sees_the_same(one: World, typed: str):
    calculettes.bind(one)
    real, unknown = (at_the_number(one, typed=who) for who in (CARD, typed))
    assert challenge_on(unknown)
    assert seen(real) == seen(unknown)
    tries = 0
    for _try in range(4):
        for browser in (real, unknown):
            if challenge_on(browser):
                answer(browser, "00000000")
                tries += 1
        assert seen(real) == seen(unknown)
    # The third answer ends a number.
    assert tries == 6
    assert real.last.status_code == unknown.last.status_code == 200


def limit(world: World, per_day: int) -> None:
    """As if so many answers were judged a day."""
    attempts = world.provider.services.attempts
    known = attempts._counters
    own = {"calculette": Limits(2, 900, 14_400, per_day, disable_after=1000)}
    attempts._counters = replace(known, own=own)


@pytest.mark.parametrize("per_day", [0, 1, 4], ids=["any number", "one a day", "four a day"])
def test_cr_030_a_card_looks_like_no_card_at_every_wrong_answer(
    world: World, per_day: int, monkeypatch
):
    """Locked or exhausted, by whatever names, the number ends at the same answer."""
    calculettes.bind(world)
    limit(world, per_day)
    # By another of its names: an unknown one has no other.
    answer(at_the_number(world, "203.0.113.8", "cdurand"), "00000000")
    browsers = [at_the_number(world, typed=who) for who in (CARD, UNKNOWN)]
    run, work = judging.respond, []
    monkeypatch.setattr(judging, "respond", lambda *given: work.append(1) or run(*given))
    ended = 0
    for _try in range(8):
        pages, costs = [], []
        for browser in browsers:
            work.clear()
            if challenge_on(browser):
                answer(browser, "00000000")
            else:
                browser.submit("/calculette")
            pages.append((browser.last.status_code, bool(challenge_on(browser)), seen(browser)))
            costs.append(len(work))
        assert pages[0] == pages[1]
        assert costs[0] == costs[1]
        ended += not pages[0][1]
    # Each third answer ended a number.
    assert ended == 2


@pytest.mark.parametrize("per_day", [0, 1], ids=["locked", "exhausted"])
def test_cr_030_an_answer_to_an_older_number_is_told_alike(one: World, per_day: int):
    calculettes.bind(one)
    pages = []
    for typed, judged in ((CARD, per_day), (UNKNOWN, 0)):
        limit(one, judged)
        browser = at_the_number(one, typed=typed)
        answer(browser, "00000000")
        url, fields = browser.form("/calculette")
        fields.pop("response", None)
        browser.post(url, fields | {"instead": fields["challenge"]})
        browser.post(url, fields | {"response": "00000000"})
        assert browser.page.find(id="form-error")
        pages.append((browser.last.status_code, seen(browser)))
    assert pages[0] == pages[1]


def test_cr_030_every_way_to_write_an_unknown_card_has_one_counter(one: World):
    ways = (UNKNOWN, f" {UNKNOWN} ", f"CPS3v1-{UNKNOWN}", f"8025000001/{UNKNOWN}")
    for number, typed in enumerate(ways):
        answer(at_the_number(one, f"203.0.113.{number}", typed), "00000000")
    for typed in ("nobody.at.all", "Nobody.AT.all"):
        answer(at_the_number(one, "203.0.113.9", typed), "00000000")
    with one.core.database.read() as tx:
        query = "SELECT streak FROM throttles WHERE key LIKE 'name|calculette|%' ORDER BY streak"
        assert list(tx.execute(text(query)).scalars()) == [2, len(ways)]


def test_cr_012_a_right_answer_of_an_exhausted_card_opens_nothing(one: World):
    reader = calculettes.bind(one)
    limit(one, per_day=1)
    browser = at_the_number(one)
    answer(browser, "00000000")
    answer(browser, reader.show(challenge_on(browser), one.clock.now()))
    assert browser.last.status_code == 200
    assert not one.events("login.proved")


def work_of(world: World, typed: str, monkeypatch) -> list[str]:
    """What is done to show a number to somebody and to judge their answer."""
    done: list[str] = []

    with monkeypatch.context() as patch:
        run, respond = PreparedConnection.execute, judging.respond
        patch.setattr(
            PreparedConnection,
            "execute",
            lambda self, statement, *more, **options: (
                done.append(str(statement)[:60]) or run(self, statement, *more, **options)
            ),
        )
        patch.setattr(judging, "respond", lambda *given: done.append("respond") or respond(*given))
        journey = Journey(world, f"journey of {typed}", typed)
        shown = journey.show()
        assert journey.say(shown["id"], "00000000") == WRONG
    return done


@pytest.mark.parametrize("typed", [UNKNOWN, "nobody.at.all", "mdelarochefoucauldvilleneuve"])
@pytest.mark.parametrize("suite", [COUNTED, PLAIN, TIMED])
def test_cr_031_nobody_takes_as_much_work_as_somebody(
    one: World, suite: str, typed: str, monkeypatch
):
    calculettes.bind(one, suite=suite)
    assert work_of(one, CARD, monkeypatch) == work_of(one, typed, monkeypatch)


def test_cr_010_a_copy_of_the_database_shows_neither_secret_nor_code(one: World):
    calculettes.bind(one)
    with one.core.database.read() as tx:
        (row,) = tx.exec_driver_sql("SELECT * FROM calculettes").mappings().all()
    told = " ".join(str(value) for value in row.values())
    for secret in (SECRET.hex(), PIN, "7110eda4d09e062aa5e4a390b0a572ac0d2c0220"):
        assert secret not in told
    assert row["secret"].startswith("v1.")
    assert row["pin"].startswith("v1.")
