# SPDX-License-Identifier: Apache-2.0
"""Every verb by two at the same moment: it is done once, with one set of events.

On PostgreSQL the second goes as far as it can while the first has done all and not committed yet:
whatever it has read by then is about to be wrong. On SQLite there is one writer at a time.
"""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from tests.databases import at_once
from tests.reliability.test_rl_029_verbs import VERBS, place
from tests.reliability.verbs import Place, Verb
from tests.reliability.verbs_of_people import patient

__all__ = ["place"]
PATIENCE = 30
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def is_held_up(place: Place, second: Future[Any]) -> bool:
    """Whether the second one has ended, or waits for the first."""
    if second.done() or place.core.database.is_sqlite:
        return True
    with place.core.database.read() as tx:
        return bool(tx.execute(text(WAITING)).scalar_one())


def two(place: Place, verb: Verb, given: Any) -> list[Any]:
    """What each of two is answered."""
    ready = threading.Event()
    seconds: list[Future[Any]] = []

    def first() -> Any:
        try:
            with place.core.database.write() as tx:
                done = verb.act(place, tx, given)
                ready.set()
                end = time.monotonic() + PATIENCE
                # The other's connection looks: this one stands in its transaction.
                while not held.wait(0.01) and time.monotonic() < end:
                    pass
            return done
        finally:
            ready.set()
            place.core.database.forget()

    def second() -> Any:
        try:
            return verb.do(place, given)
        finally:
            place.core.database.forget()

    held = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        assert ready.wait(PATIENCE)
        seconds.append(pool.submit(second))
        end = time.monotonic() + PATIENCE
        while not is_held_up(place, seconds[0]) and time.monotonic() < end:
            time.sleep(0.005)
        held.set()
        return [one.result(PATIENCE), seconds[0].result(PATIENCE)]


@pytest.mark.parametrize("name", VERBS)
def test_rl_005_of_two_at_once_one_does_it(place: Place, name: str) -> None:
    verb = VERBS[name]
    given = verb.prepare(place)
    before = len(place.kinds())
    first, second = two(place, verb, given)
    assert verb.done(first)
    told = tuple(place.kinds()[before:])
    if verb.again is None and verb.done(second):
        assert told == verb.events * 2
        return
    told_off = verb.overtaken or verb.again
    assert told_off is not None, second
    assert told_off(second), second
    assert told == verb.events


def test_rl_005_of_two_batches_of_letters_one_is_in_force(place: Place) -> None:
    """Both papers are out: every password is of the same one, whatever the order they were in."""
    people = [patient(place).id for _ in range(4)]
    batches = {"one": people, "other": people[::-1]}

    def print_all(which: str) -> Any:
        hashed = [(account, f"{which} {account}") for account in batches[which]]
        with place.core.database.write() as tx:
            return place.desk.letters.print_all(tx, place.by("chu"), hashed)

    done = at_once(place.core.database, print_all, [*batches])
    assert [[printed.account.id for printed in each] for each in done] == [*batches.values()]
    kept = text("SELECT account_id, hash FROM passwords")
    with place.core.database.read() as tx:
        found = {one: hashed for one, hashed in tx.execute(kept).all() if one in people}
    assert len({hashed.split()[0] for hashed in found.values()}) == 1
    assert place.kinds().count("letter.printed") >= 2 * len(people)
