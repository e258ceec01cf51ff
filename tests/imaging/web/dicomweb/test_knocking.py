# SPDX-License-Identifier: Apache-2.0
"""Tokens worth nothing: so many of an address, and hardly to the harm of a good one beside them."""

import pytest

from imaging_app.clock import HOUR, MINUTE
from imaging_app.dicomweb import knocking
from imaging_app.dicomweb.knocking import MOST, WAIT, Counts, Kept, Knocking, TooMany, network_of
from relying_parties.kit.bearer import BELIEVED
from tests.imaging.web.dicomweb.conftest import Program
from tests.races import at_once

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Server:
    """What is asked of the login server: `good-…` is worth something."""

    def __init__(self, time):
        self.time, self.asked, self.known = time, [], {}
        self.is_away = False

    def of(self, token):
        if not self.is_believed(token):
            self.asked.append(token)
            if self.is_away:
                raise ConnectionError
            self.known[token] = self.time()
        return object() if token.startswith("good") else None

    def is_believed(self, token):
        at = self.known.get(token)
        return at is not None and self.time() < at + BELIEVED


@pytest.fixture
def server(time):
    return Server(time)


@pytest.fixture
def gate(server, time):
    return Knocking(server, time)


def flood(gate, count=MOST, address=HERE, names="bad"):
    for number in range(count):
        assert gate.of(f"{names}-{number}", address) is None


def test_so_many_bad_ones_are_asked_about_and_no_more(gate, server, time):
    flood(gate)
    for number in range(1000):
        with pytest.raises(TooMany):
            gate.of(f"more-{number}", HERE)
    assert len(server.asked) == MOST
    # What is known to be bad for now costs nothing, and says so.
    assert gate.of("bad-3", HERE) is None
    assert gate.of("bad", THERE) is None
    time.pass_by(MINUTE)
    assert gate.of("later", HERE) is None


def test_good_ones_are_never_counted(gate, server):
    for number in range(10 * MOST):
        assert gate.of(f"good-{number}", HERE)
    flood(gate)


def test_a_good_one_that_was_here_is_never_hurt(gate, server, time):
    assert gate.of("good-1", HERE)
    for _time in range(200):
        time.pass_by(BELIEVED)
        for number in range(MOST + 5):
            try:
                gate.of(f"bad-{time()}-{number}", HERE)
            except TooMany:
                break
        assert gate.of("good-1", HERE)
        # Also from elsewhere: it is the token that is known.
        assert gate.of("good-1", THERE)


def test_a_new_good_one_waits_as_long_as_it_was_told(gate, time):
    flood(gate)
    with pytest.raises(TooMany):
        gate.of("good-1", HERE)
    time.pass_by(WAIT - 1)
    with pytest.raises(TooMany):
        gate.of("good-1", HERE)
    time.pass_by(1)
    # While others go on with ever new ones.
    for number in range(500):
        with pytest.raises(TooMany):
            gate.of(f"bad-again-{number}", HERE)
    assert gate.of("good-1", HERE)


def test_whoever_comes_again_with_bad_ones_is_counted_too(gate, server, time):
    flood(gate)
    for number in range(3 * MOST):
        with pytest.raises(TooMany):
            gate.of(f"more-{number}", HERE)
    time.pass_by(WAIT)
    for number in range(3 * MOST):
        try:
            assert gate.of(f"more-{number}", HERE) is None
        except TooMany:
            assert number >= MOST
    assert len(server.asked) == 2 * MOST


def test_a_good_one_that_was_taken_back_is_as_any_other(gate, server, time):
    assert gate.of("good-1", HERE)
    time.pass_by(HOUR)
    flood(gate)
    with pytest.raises(TooMany):
        gate.of("good-1", HERE)


def test_that_nobody_answers_counts_against_nobody(gate, server):
    server.is_away = True
    for number in range(2 * MOST):
        with pytest.raises(ConnectionError):
            gate.of(f"good-{number}", HERE)
    server.is_away = False
    assert gate.of("good-1", HERE)
    flood(gate)


def test_of_many_at_once_none_is_missed(gate, server):
    def one(number):
        try:
            return gate.of(f"bad-{number}", HERE)
        except TooMany:
            return TooMany

    found = at_once(one, range(2 * MOST))
    assert (found.count(None), found.count(TooMany)) == (MOST, MOST)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1%eth0", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_what_is_one_line_is_counted_together(address, network):
    assert network_of(address) == network


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(knocking, "MOST_KEPT", 2)
    kept, counts = Kept(10), Counts()
    for name in "abc":
        kept.put(name, 0)
        assert counts.take(name, 0)
    assert [kept.since(name, 9) for name in "abc"] == [None, 9, 9]
    assert kept.since("b", 10) is kept.since("b", -1) is None
    assert set(counts._of) == {"b", "c"}
    counts.give_back("a")


def test_programs_are_told_when_to_come_again(api):
    known, new, double = api.of("doctor"), api.of("nurse"), api.scene.double
    assert known.get("/studies").status_code == 204
    before = double.calls["/introspect"]
    told = [Program(api.scene, f"made-up-{n}").get("/studies").status_code for n in range(MOST + 5)]
    assert told == [401] * MOST + [429] * 5
    assert double.calls["/introspect"] == before + MOST
    answer = new.get("/studies")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(WAIT))
    assert answer.json["type"] == "urn:sceau:imaging:tokens"
    kind = 'multipart/related; type="application/dicom"; boundary=b'
    assert Program(api.scene, "made-up").post("/studies", b"--b--", kind).status_code == 429
    assert known.get("/studies").status_code == 204
    api.scene.time.pass_by(WAIT)
    assert known.get("/studies").status_code == 204
    assert new.get("/studies").status_code == 204
