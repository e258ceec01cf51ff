# SPDX-License-Identifier: Apache-2.0
"""SQLite's writers that are committed together: each is told the truth about its own part."""

import itertools
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from idp.db import Database, engine_options
from idp.errors import Unavailable
from tests.reliability.faults import Blow, put_in

ADD = text("INSERT INTO t (x) VALUES (:x)")
ALL = text("SELECT x FROM t")
JOIN_SECONDS = 60


class Mistake(Exception):
    """A part that gives up."""


@pytest.fixture
def database(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    opened = Database(create_engine(url, **engine_options(url)))
    with opened.write() as tx:
        tx.exec_driver_sql("CREATE TABLE t (x INTEGER PRIMARY KEY)")
    yield opened
    opened.close()


def stored(database: Database) -> set[int]:
    """What another connection sees."""
    with database.read() as tx:
        return set(tx.execute(ALL).scalars().all())


def together(database: Database, works: list[Callable[[], None]]) -> list[BaseException | None]:
    """Run these while the writer's place is held, so that they are committed together."""
    outcomes: list[BaseException | None] = [None] * len(works)

    def run(number: int) -> None:
        try:
            works[number]()
        except BaseException as fault:  # noqa: BLE001
            outcomes[number] = fault

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    with database._writer._turn:
        for number, thread in enumerate(threads):
            thread.start()
            while database._writer._waiting <= number:
                assert thread.is_alive()
                time.sleep(0.001)
    for thread in threads:
        thread.join(JOIN_SECONDS)
        assert not thread.is_alive()
    return outcomes


def add(database: Database, number: int, fault: BaseException | None = None) -> Callable[[], None]:
    """One part: a row, and perhaps a mistake afterwards."""

    def work() -> None:
        with database.write() as tx:
            tx.execute(ADD, {"x": number})
            if fault is not None:
                raise fault

    return work


def test_those_who_wait_are_committed_together(database: Database) -> None:
    fuse = put_in(database)
    with fuse.set_to(0):
        outcomes = together(database, [add(database, number) for number in range(8)])
    assert outcomes == [None] * 8
    assert stored(database) == set(range(8))
    assert fuse.passed.count("COMMIT") == 1


@pytest.mark.parametrize("bad", [{0}, {3}, {7}, {0, 1}, {0, 7}, {2, 3, 4}, set(range(8))])
def test_a_part_that_gives_up_takes_nothing_with_it(database: Database, bad: set[int]) -> None:
    works = [add(database, one, Mistake() if one in bad else None) for one in range(8)]
    outcomes = together(database, works)
    assert {one for one in range(8) if isinstance(outcomes[one], Mistake)} == bad
    assert stored(database) == set(range(8)) - bad


def test_a_part_whose_statement_fails_takes_nothing_with_it(database: Database) -> None:
    works = [add(database, one) for one in (1, 2, 2, 3)]
    outcomes = together(database, works)
    assert [type(one).__name__ for one in outcomes].count("IntegrityError") == 1
    assert stored(database) == {1, 2, 3}


@pytest.mark.parametrize("how", [Blow.OUTAGE, Blow.BUG])
@pytest.mark.parametrize("point", range(1, 14))
def test_rl_029_any_statement_of_a_batch_may_fail(
    database: Database, point: int, how: Blow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was told that it is kept finds it; whoever was told otherwise does not, but where
    the commit itself failed."""
    # Longer than `together` waits: whoever is left waiting for a commit that does not come is seen.
    monkeypatch.setattr("idp.group_commit.PATIENCE", 2.0 * JOIN_SECONDS)
    fuse = put_in(database)
    # The connection is open: from here on, every statement is one of the batch.
    add(database, 50)()
    with fuse.set_to(point, how):
        outcomes = together(database, [add(database, number) for number in range(4)])
    kept = {number for number in range(4) if outcomes[number] is None}
    assert stored(database) == kept | {50}, fuse.passed
    assert all(one is None or isinstance(one, Exception) for one in outcomes)
    # The door is open again at once, for everybody.
    assert together(database, [add(database, 90 + number) for number in range(4)]) == [None] * 4
    assert stored(database) == kept | {50, 90, 91, 92, 93}


def test_nobody_is_told_before_the_commit(database: Database) -> None:
    """A commit that fails after a batch was left open is everybody's failure."""
    fuse = put_in(database)
    with fuse.set_to(1, only="COMMIT"):
        outcomes = together(database, [add(database, number) for number in range(5)])
    assert all(isinstance(one, Unavailable) for one in outcomes)
    assert stored(database) == set()


def test_a_later_part_sees_an_earlier_one(database: Database) -> None:
    """One-time things stay one-time inside a batch."""
    winners: list[int] = []

    def claim(number: int) -> Callable[[], None]:
        def work() -> None:
            statement = "INSERT INTO t (x) VALUES (7) ON CONFLICT DO NOTHING RETURNING x"
            with database.write() as tx:
                won = tx.exec_driver_sql(statement).first() is not None
            if won:
                winners.append(number)

        return work

    assert together(database, [claim(number) for number in range(8)]) == [None] * 8
    assert len(winners) == 1


@pytest.mark.parametrize("seed", range(3))
def test_rl_021_at_random_everybody_is_told_the_truth(database: Database, seed: int) -> None:
    """Threads, mistakes and faults of the driver, as they come."""
    fuse, chance = put_in(database), random.Random(seed)
    numbers = itertools.count()
    kept: set[int] = set()
    lost: set[int] = set()
    unsure: set[int] = set()
    lock = threading.Lock()

    def work(mistake: bool) -> None:
        with lock:
            number = next(numbers)
        told = unsure
        try:
            add(database, number, Mistake() if mistake else None)()
            told = kept
        except Mistake:
            told = lost
        except Exception:  # noqa: BLE001
            told = lost
        with lock:
            told.add(number)

    with ThreadPoolExecutor(6) as pool:
        for _round in range(30):
            how = chance.choice([Blow.OUTAGE, Blow.BUG])
            with fuse.set_to(chance.randrange(1, 30), how):
                list(pool.map(work, [chance.random() < 0.3 for _ in range(6)]))
    assert not unsure
    assert stored(database) == kept
    assert len(kept) > 60
