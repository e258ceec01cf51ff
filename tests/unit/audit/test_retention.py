# SPDX-License-Identifier: Apache-2.0
"""The retention rule: what is old goes, once, and the chain stays whole."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.audit import retention
from idp.audit.retention import Misremoved, Removed
from idp.migrations.versions.v0017_audit_starts import drop_append_only_ddl
from tests.unit.audit.retention_kit import DAY, KEEP, counts, everything, first_seal, rule


def test_what_is_old_goes_and_the_chain_is_whole(old):
    assert old.verify(anchored=True).sealed == 40
    assert rule(old).run(everything) == Removed(18)
    assert counts(old) == [22 + 1, 22, 11]
    assert first_seal(old) == 19
    verdict = old.verify(anchored=True)
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 22, 1)
    assert (verdict.start.number, verdict.start.last_seq) == (9, 18)
    # It says that it did, in the chain itself.
    kind, detail = old.rows("SELECT kind, detail FROM audit_events ORDER BY id DESC LIMIT 1")[0]
    assert kind == "audit.removed"
    said = json.loads(detail)
    assert (said["number"], said["seal"]) == (18, 18)
    assert old.seal() == 1
    assert old.anchor() == 1
    assert old.found(anchored=True) == []


def test_nothing_more_goes_until_another_day_is_old(old):
    assert rule(old).run(everything).events == 18
    old.clock.seconds += DAY // 4
    assert rule(old).run(everything) == Removed()
    old.live(1)
    assert rule(old).run(everything).events == 2
    assert old.found(anchored=True) == []
    assert len(old.rows("SELECT number FROM audit_starts")) == 2


def test_nothing_younger_than_the_rule_goes(old):
    oldest_kept = old.rows("SELECT min(sealed_at) FROM audit_batches WHERE number > 9")[0][0]
    rule(old).run(everything)
    assert old.rows("SELECT min(sealed_at) FROM audit_batches") == [(oldest_kept,)]
    assert oldest_kept >= (old.clock.seconds - KEEP) // DAY * DAY
    gone = old.rows("SELECT sealed_at FROM audit_starts")[0][0]
    assert gone < (old.clock.seconds - KEEP) // DAY * DAY


def test_what_was_sealed_after_midnight_happened_before_it(trail):
    trail.live(3)
    trail.clock.seconds += DAY - trail.clock.seconds % DAY - 1
    trail.record(2)
    trail.clock.seconds += 2
    trail.seal()
    trail.clock.seconds += KEEP - 6 * DAY
    trail.live(6)
    assert rule(trail).run(everything).events == 6
    trail.seal()
    assert trail.found() == []


def test_no_rule_removes_nothing(old):
    assert rule(old, keep=0).run(everything) == Removed()
    assert counts(old) == [40, 40, 20]


def test_it_goes_in_small_parts_of_whole_batches(old):
    # 5 events: two batches of two; a round does twenty parts at most.
    assert rule(old, chunk=5).run(everything).events == 18
    assert [n for (n,) in old.rows("SELECT last_seq FROM audit_starts ORDER BY number")] == [
        4, 8, 12, 16, 18,
    ]  # fmt: skip
    assert old.found(anchored=True) == []


def test_a_batch_larger_than_a_part_goes_whole(old):
    assert rule(old, chunk=1).run(everything).events == 18
    assert old.found(anchored=True) == []


def test_it_stops_when_it_is_told_to(old):
    assert rule(old, chunk=5).run(everything, lambda: True).events == 4
    assert old.found(anchored=True) == []


def test_what_others_have_not_read_stays(old):
    assert rule(old).run(lambda _tx: 7).events == 6
    assert first_seal(old) == 7
    assert old.found(anchored=True) == []


def test_the_newest_batch_stays_however_old_and_the_chain_goes_on(trail):
    trail.live(3)
    trail.clock.seconds += KEEP
    trail.live(5)
    trail.clock.seconds += DAY
    # The rule is shorter than the days that make a clock believed.
    assert rule(trail, keep=DAY // 2).run(everything).events == 14
    assert counts(trail)[2] == 1
    assert trail.seal() >= 1
    assert trail.found() == []


def test_rl_009_a_clock_that_jumps_removes_nothing(old):
    old.clock.seconds += 365 * DAY
    for _day in range(3):
        assert rule(old).run(everything) == Removed()
        # Nor once something has happened in that year, on a day or two.
        old.live(1)
    assert counts(old)[1] >= 46
    # Whoever has lived by it for most of a week is believed.
    old.live(3)
    assert rule(old).run(everything).events > 0
    assert old.found(anchored=True) == []


@pytest.mark.parametrize("jump", [3650 * DAY, 100 * DAY])
def test_rl_009_what_was_sealed_ahead_of_its_time_holds_nothing_up_for_good(trail, jump):
    trail.live(3)
    trail.clock.seconds += jump
    trail.record(2)
    trail.seal()
    trail.clock.seconds -= jump
    trail.live(3)
    trail.clock.seconds += KEEP + max(0, 100 * DAY - jump)
    trail.live(8)
    trail.clock.seconds += 100 * DAY
    trail.live(8)
    assert rule(trail).run(everything).events >= 14
    assert trail.found() == []


def test_rl_009_what_was_sealed_behind_its_time_takes_nothing_along(trail):
    """A clock that was set back: what it sealed looks old, what came before it is not."""
    trail.clock.seconds += 2 * KEEP
    trail.live(7)
    trail.clock.seconds -= 2 * KEEP
    trail.record(2)
    trail.seal()
    trail.clock.seconds += 2 * KEEP
    trail.live(2)
    assert rule(trail).run(everything) == Removed()
    assert counts(trail)[2] == 10


def test_of_two_at_once_one_removes(old):
    gate = threading.Barrier(2)

    def go(_number: int) -> list[Removed]:
        gate.wait()
        return [rule(old, chunk=3).run(everything) for _again in range(3)]

    with ThreadPoolExecutor(2) as pool:
        done = [one for each in pool.map(go, range(2)) for one in each]
    assert sum(one.events for one in done) == 18
    assert [one.held for one in done if one.held] == []
    assert old.found(anchored=True) == []


def test_where_little_happens_the_server_shows_that_days_are_lived(trail):
    trail.live(3)
    trail.clock.seconds += KEEP
    for _day in range(4):
        trail.clock.seconds += DAY
        ours = rule(trail)
        assert ours.run(everything) == Removed()
        # Noted once, however long nobody seals.
        assert ours.run(everything) == Removed()
        assert trail.seal() == 1
    trail.clock.seconds += DAY
    assert rule(trail).run(everything).events == 6
    trail.seal()
    assert trail.found() == []
    days = trail.rows("SELECT count(*) FROM audit_events WHERE kind = 'audit.day'")
    assert days == [(5,)]


@pytest.mark.parametrize(("days", "goes"), [((1, 2, 3), 0), ((0, 1, 2, 3), 0), ((1, 2, 3, 4), 6),
                                            ((4, 5, 6, 7), 6), ((5, 6, 7, 8), 0)])  # fmt: skip
def test_rl_009_four_of_the_seven_days_before_must_be_lived(trail, days, goes):
    trail.live(3)
    now = trail.clock.seconds + KEEP + 20 * DAY
    for day in sorted(days, reverse=True):
        trail.clock.seconds = now - day * DAY
        trail.record()
        trail.seal()
    trail.clock.seconds = now
    assert rule(trail).run(everything).events == goes


def test_many_batches_ahead_of_their_time_hold_nothing_up(trail):
    trail.live(3)
    trail.clock.seconds += 3650 * DAY
    for _batch in range(12):
        trail.record()
        trail.seal()
    trail.clock.seconds -= 3650 * DAY
    trail.live(3)
    trail.clock.seconds += KEEP
    trail.live(6)
    assert rule(trail, chunk=4).run(everything).events == 24
    trail.seal()
    assert trail.found() == []


def test_nothing_goes_that_was_not_proved(old):
    """What changed between the proof and the removal, whoever changed it."""
    real = old.db.write
    calls = []

    def meanwhile():
        if not calls:
            calls.append(1)
            for statement in drop_append_only_ddl(old.db.engine.dialect.name):
                old.sql(statement)
            old.sql("DELETE FROM audit_events WHERE id = 5")
        return real()

    old.db.write = meanwhile
    with pytest.raises(Misremoved):
        rule(old).run(everything)
    old.db.write = real
    assert counts(old) == [39, 40, 20]


def test_what_is_counted_anew_meanwhile_stays(old):
    """Read up to the end when it was looked at, and from the beginning when it would go."""
    answers = [2**62, 0]
    assert rule(old).run(lambda _tx: answers.pop(0) if answers else 0) == Removed()
    assert counts(old) == [40, 40, 20]


def test_what_another_removes_meanwhile_is_no_tampering(old, monkeypatch):
    """Of several servers one may be proving what another one has just removed."""
    real, others = retention.prove_oldest, []

    def proved(*arguments):
        monkeypatch.setattr(retention, "prove_oldest", real)
        others.append(rule(old).run(everything))
        return real(*arguments)

    monkeypatch.setattr(retention, "prove_oldest", proved)
    assert rule(old, chunk=10).run(everything) == Removed()
    assert others == [Removed(18)]
    assert old.found(anchored=True) == []


def test_a_removal_that_fails_leaves_everything(old, monkeypatch):
    def fail(*_arguments: object) -> None:
        raise Misremoved("stopped")

    monkeypatch.setattr(old.audit, "record", fail)
    with pytest.raises(Misremoved):
        rule(old).run(everything)
    assert counts(old) == [40, 40, 20]
    assert old.found(anchored=True) == []
