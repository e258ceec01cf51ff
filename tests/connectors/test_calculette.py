# SPDX-License-Identifier: Apache-2.0
"""Where an answer may belong: windows, drifting clocks, readers that have counted on alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Verified
from connectors.calculette import verifier as judging
from connectors.calculette.connector import FORM
from connectors.calculette.ocra import Given, respond
from connectors.calculette.suite import Suite, read_suite
from connectors.calculette.verifier import FAR_COUNTS, NEAR_COUNTS, WORK, OcraVerifier
from connectors.ports import Calculette
from tests import calculettes
from tests.calculettes import CARD, COUNTED, PIN, PLAIN, SECRET, TIMED
from tests.security.test_cr_calculette import OVER, WRONG, Journey

BOTH = "OCRA-1:HOTP-SHA256-8:C-QN08-T30S"
NOW = 1_790_000_010
HELD = Calculette("card", "claire", "ocra", COUNTED.removesuffix("-PSHA1"), SECRET)
CHALLENGE = "15515604"


def shown(held: Calculette, counter: int = 0, at: int = NOW, challenge: str = CHALLENGE) -> str:
    suite = read_suite(held.suite)
    assert isinstance(suite, Suite)
    return respond(suite, held.secret, Given(challenge, counter, held.pin, at=at))


def match(held: Calculette, answer: str):
    return OcraVerifier().match(held, CHALLENGE, answer, NOW)


@pytest.mark.parametrize(
    ("ahead", "near"),
    [(0, True), (1, True), (NEAR_COUNTS - 1, True), (NEAR_COUNTS, False), (FAR_COUNTS - 1, False)],
)
def test_a_reader_may_have_counted_on(ahead: int, near: bool):
    found = match(replace(HELD, counter=50), shown(HELD, 50 + ahead))
    assert found is not None
    assert (found.counter, found.near) == (50 + ahead, near)


@pytest.mark.parametrize("counter", [49, 50 + FAR_COUNTS, 0])
def test_a_reader_never_counts_back_nor_jumps(counter: int):
    assert match(replace(HELD, counter=50), shown(HELD, counter)) is None


@pytest.mark.parametrize(
    ("ahead", "near"), [(0, True), (60, True), (-120, True), (180, False), (-420, False)]
)
def test_a_clock_may_be_off_a_little_and_typing_takes_a_while(ahead: int, near: bool):
    held = replace(HELD, suite=TIMED)
    found = match(held, shown(held, at=NOW + ahead))
    assert found is not None
    assert (found.counter, found.drift, found.near) == (None, ahead // 60, near)
    assert match(replace(held, drift=30), shown(held, at=NOW + ahead)) is None


def test_what_is_known_of_a_clock_moves_the_window():
    held = replace(HELD, suite=TIMED, drift=30)
    found = match(held, shown(held, at=NOW + 31 * 60))
    assert found is not None
    assert (found.drift, found.near) == (31, True)


@pytest.mark.parametrize("suite", [PLAIN, TIMED, HELD.suite, BOTH])
@pytest.mark.parametrize("right", [True, False])
def test_whatever_the_suite_and_the_answer_the_work_is_the_same(
    suite: str, right: bool, monkeypatch: pytest.MonkeyPatch
):
    held = replace(HELD, suite=suite)
    answer = shown(held) if right else "00000000"
    done = []
    monkeypatch.setattr(judging, "respond", lambda *one: done.append(one) or respond(*one))
    assert (match(held, answer) is not None) is right
    assert len(done) == WORK


def test_the_widest_suite_is_looked_at_whole():
    widest = read_suite("OCRA-1:HOTP-SHA256-8:C-QN08-T20S")
    assert isinstance(widest, Suite)
    assert len(judging._places(widest, HELD)) <= WORK
    assert len({one[:2] for one in judging._places(widest, HELD)}) == len(
        judging._places(widest, HELD)
    )


@pytest.mark.parametrize(
    ("suite", "why"),
    [
        ("OCRA-1:HOTP-SHA1-6:QN08", "8 digits here, not 6"),
        ("OCRA-1:HOTP-SHA256-0:QN08", "8 digits here, not 0"),
        ("OCRA-1:HOTP-SHA256-8:QN06", "a challenge has 8 digits"),
        ("OCRA-1:HOTP-SHA256-8:QN08-S064", "nobody can tell a reader of a session"),
        ("OCRA-1:HOTP-SHA256-8:QN08-T1S", "is over before the answer is typed"),
        ("OCRA-1:HOTP-SHA256-8:QN08-PMD5", "its data is not as RFC 6287 says"),
    ],
)
def test_a_suite_that_no_person_could_use_is_refused_with_its_reason(suite: str, why: str):
    assert why in OcraVerifier().unfit(suite)


@pytest.mark.parametrize("suite", [PLAIN, COUNTED, TIMED, BOTH, "OCRA-1:HOTP-SHA1-8:QA08"])
def test_a_suite_that_fits_is_taken(suite: str):
    assert OcraVerifier().unfit(suite) == ""


def test_the_code_of_the_card_is_kept_as_the_suite_takes_it():
    verifier = OcraVerifier()
    assert verifier.hash_pin(COUNTED, PIN).hex() == "7110eda4d09e062aa5e4a390b0a572ac0d2c0220"
    assert verifier.hash_pin(PLAIN, PIN) == b""


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.integers(0, 2**40))
def test_no_answer_breaks_the_verifier(answer: str, counter: int):
    held = replace(HELD, counter=counter)
    assert match(held, answer) is None or FORM.fullmatch(answer)


# Too far off: two right answers in a row (RFC 4226 §7.4), to two numbers.


@pytest.fixture
def journey(world):
    return Journey(world)


def answered(journey: Journey, reader, **vain):
    number = journey.show()
    response = reader.show(number["groups"], journey.world.clock.now())
    return journey.say(number["id"], response, **vain)


@pytest.mark.parametrize("suite", [COUNTED, TIMED])
def test_two_answers_in_a_row_put_a_reader_right(journey: Journey, suite: str):
    reader = calculettes.bind(journey.world, suite=suite)
    reader.counter, reader.ahead = 20, 360
    assert answered(journey, reader) == WRONG
    assert isinstance(answered(journey, reader), Verified)
    # From now on one is enough.
    assert isinstance(answered(journey, reader), Verified)


def test_two_that_do_not_follow_each_other_do_not(journey: Journey):
    reader = calculettes.bind(journey.world)
    reader.counter = 20
    assert answered(journey, reader) == WRONG
    reader.counter = 25
    assert answered(journey, reader) == WRONG
    assert isinstance(answered(journey, reader), Verified)


@pytest.mark.parametrize("suite", [COUNTED, TIMED])
def test_the_same_answer_twice_is_no_second_one(journey: Journey, suite: str):
    reader = calculettes.bind(journey.world, suite=suite)
    reader.counter, reader.ahead = 20, 360
    number = journey.show()
    response = reader.show(number["groups"], journey.world.clock.now())
    assert journey.say(number["id"], response) == WRONG
    assert journey.say(number["id"], response) == OVER


def test_one_in_vain_is_no_first_one(journey: Journey):
    reader = calculettes.bind(journey.world)
    reader.counter = 20
    assert answered(journey, reader, in_vain=True) == WRONG
    assert answered(journey, reader) == WRONG
    assert isinstance(answered(journey, reader), Verified)


def test_somebody_with_two_cards_uses_either(journey: Journey):
    first = calculettes.bind(journey.world)
    second = calculettes.bind(journey.world, card="2600301753", secret=SECRET[::-1])
    by_name = Journey(journey.world, typed="cdurand")
    assert isinstance(answered(by_name, first), Verified)
    assert isinstance(answered(by_name, second), Verified)
    # Whoever names a card answers with that one.
    assert answered(journey, second) == WRONG
    assert journey.typed == CARD
