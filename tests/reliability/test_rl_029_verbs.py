# SPDX-License-Identifier: Apache-2.0
"""Every statement of every verb failing in turn: as before, or done with its event, and once."""

from collections.abc import Iterator

import pytest

from tests.administration.test_proposals import open_watched
from tests.reliability.faults import Blow, put_in
from tests.reliability.verbs import MOST, Place, Snapshot, Verb, fails, tables_of, told
from tests.reliability.verbs_of_people import VERBS as OF_PEOPLE
from tests.reliability.verbs_of_signals import VERBS as OF_SIGNALS
from tests.reliability.verbs_of_the_region import VERBS as OF_THE_REGION

VERBS = OF_PEOPLE | OF_THE_REGION | OF_SIGNALS


@pytest.fixture(scope="module")
def place(module_url: str) -> Iterator[Place]:
    """One office for all: each verb is done to what it has made for itself."""
    for office in open_watched(module_url):
        yield Place(office, put_in(office.world.core.database))


def do_again(place: Place, verb: Verb, given: object, there: Snapshot) -> None:
    """Done, it is done: the same once more changes nothing, unless it makes what was void."""
    if verb.again is None:
        with told(place, verb.events):
            assert verb.done(done := verb.do(place, given)), done
        return
    with told(place, ()):
        assert verb.again(done := verb.do(place, given)), done
    assert there.changed() == []


@pytest.mark.parametrize("name", VERBS)
def test_rl_029_every_statement_of_a_verb_failing_in_turn(place: Place, name: str) -> None:
    verb = VERBS[name]
    given = verb.prepare(place)
    there = Snapshot(place, tables_of(place, verb, given))
    # On PostgreSQL the connection is lost, and made anew, each time: a third of them is enough.
    how, stride = (Blow.BUG, 1) if place.core.database.is_sqlite else (Blow.LOST, 3)
    with told(place, verb.events):
        for point in range(1, MOST, stride):
            if not fails(place, verb, given, point, how):
                break
            assert there.changed() == [], f"statement {point}: {place.fuse.passed[-1]}"
    assert point > 3
    do_again(place, verb, given, there.anew())


@pytest.mark.parametrize("name", VERBS)
def test_rl_002_a_verb_that_is_done_though_nobody_is_told(place: Place, name: str) -> None:
    """The connection goes after the commit: whoever tries again finds it done."""
    verb = VERBS[name]
    given = verb.prepare(place)
    there = Snapshot(place, tables_of(place, verb, given))
    with told(place, verb.events):
        assert fails(place, verb, given, 1, Blow.UNTOLD, "COMMIT")
    assert there.changed()
    do_again(place, verb, given, there.anew())
