# SPDX-License-Identifier: Apache-2.0
"""The nomad reader asked who exists (CR-030, CR-031), and what is kept of it (CR-010)."""

import pytest

from connectors.calculette import verifier as judging
from idp.prepared import PreparedConnection
from tests import calculettes
from tests.calculettes import CARD, COUNTED, PIN, PLAIN, SECRET, TIMED, answer, challenge_on
from tests.security.test_cr_calculette import WRONG, Journey, at_the_number, one
from tests.world import Browser, World

__all__ = ("one",)

UNKNOWN = "2609999999"


def seen(browser: Browser) -> str:
    """The page, without what is drawn anew each time."""
    page = browser.page
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
    for _try in range(4):
        for browser in (real, unknown):
            if challenge_on(browser):
                answer(browser, "00000000")
        assert seen(real) == seen(unknown)
    assert real.last.status_code == unknown.last.status_code == 200


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
