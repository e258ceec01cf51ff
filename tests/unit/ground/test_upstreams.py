# SPDX-License-Identifier: Apache-2.0
"""The way to a provider that logins lean on: few at a time, none while it is down (RL-11)."""

import threading

import pytest

from connectors.openid.remembered import FRESH, STALE, Remembered
from connectors.openid.upstream import Failed, Fault
from idp.outgoing.fetcher import Unreachable
from idp.outgoing.upstreams import AT_ONCE, FAILURES, REST, UpstreamHttp
from idp.outgoing.wire import Fetched
from tests.world import StandingClock

FINE = Fetched(200, {"content-type": "Application/JSON; charset=utf-8"}, b"{}")
GONE = Unreachable("it took too long")


class Answers:
    """A fetcher that says what it is told to."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0

    def fetch(self, _method, _url, **_more):
        self.asked += 1
        return self.answer


@pytest.fixture
def clock():
    return StandingClock()


def ask(http):
    return http.fetch("GET", "https://there.example/x?code=secret", {})


def test_an_answer_is_handed_on(clock):
    answer = ask(UpstreamHttp(Answers(FINE), clock.monotonic))
    assert (answer.status, answer.body, answer.kind) == (200, b"{}", "application/json")


@pytest.mark.parametrize("bad", [GONE, Fetched(503, {}, b""), Fetched(429, {}, b"")])
def test_whoever_is_down_is_left_alone_and_then_asked_by_one(clock, bad):
    there = Answers(bad)
    http = UpstreamHttp(there, clock.monotonic)
    for _ in range(FAILURES):
        ask(http)
    assert there.asked == FAILURES
    assert ask(http) is None
    assert there.asked == FAILURES
    clock.pass_by(REST + 1)
    ask(http)
    assert ask(http) is None
    assert there.asked == FAILURES + 1
    clock.pass_by(REST + 1)
    there.answer = FINE
    assert ask(http) is not None
    # Well again, at once and for all.
    assert ask(http) is not None
    assert there.asked == FAILURES + 3


def test_why_is_logged_and_nothing_of_what_was_asked(clock, capsys):
    ask(UpstreamHttp(Answers(GONE), clock.monotonic))
    told = capsys.readouterr()
    assert "it took too long" in told.err + told.out
    assert "secret" not in told.err + told.out


def test_whoever_is_slow_holds_a_handful_of_threads(clock):
    inside, free = threading.Semaphore(0), threading.Event()

    class Slow:
        def fetch(self, *_given, **_more):
            inside.release()
            free.wait(30)
            return FINE

    http = UpstreamHttp(Slow(), clock.monotonic)
    threads = [threading.Thread(target=ask, args=(http,)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert inside.acquire(timeout=30)
    # One more does not wait for them.
    assert ask(http) is None
    free.set()
    for thread in threads:
        thread.join(30)


def test_what_was_good_is_kept_for_a_day(clock):
    found = ["first"]
    remembered = Remembered(lambda: found[0], clock.monotonic)
    assert remembered.get() == "first"
    found[0] = Failed(Fault.NOT_REACHED, "away")
    clock.pass_by(FRESH + 1)
    assert remembered.get() == "first"
    clock.pass_by(STALE)
    assert remembered.get() == Failed(Fault.NOT_REACHED, "away")


def test_while_one_asks_for_the_first_time_the_others_do_not_wait_for_long(clock):
    asking, free = threading.Event(), threading.Event()

    def load():
        asking.set()
        free.wait(30)
        return "found"

    remembered = Remembered(load, clock.monotonic)
    first = threading.Thread(target=remembered.get)
    first.start()
    assert asking.wait(30)
    assert isinstance(remembered.get(), Failed)
    assert isinstance(remembered.renewed(), Failed)
    free.set()
    first.join(30)
    assert remembered.get() == "found"
