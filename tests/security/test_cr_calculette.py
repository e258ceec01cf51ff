# SPDX-License-Identifier: Apache-2.0
"""The nomad reader under attack: guessed, repeated, carried elsewhere, raced, looked for."""

from dataclasses import replace

import pytest

from connectors.base import Ask, Attempt, Evidence, Reason, Refused, Verified
from connectors.calculette.verifier import OcraVerifier
from connectors.ports import Holder
from idp.credentials import throttle
from tests import calculettes
from tests.calculettes import (
    CARD,
    COUNTED,
    PLAIN,
    SECRET,
    TIMED,
    Reader,
    answer,
    challenge_on,
    name_oneself,
)
from tests.security.test_cr_passwords import together
from tests.world import Browser, World

WRONG, OVER = Refused(Reason.WRONG), Refused(Reason.EXPIRED)
MINUTE = 60


@pytest.fixture
def one(sqlite_world: World) -> World:
    return sqlite_world


class Journey:
    """One journey, by the connector's own words."""

    def __init__(self, world: World, name: str = "journey", typed: str = CARD) -> None:
        self.world, self.typed = world, typed
        self.attempt = Attempt(name, None, "")

    @property
    def connector(self):
        return self.world.provider.services.connectors["calculette"]

    def show(self, **more: str) -> dict[str, str]:
        """Ask for a number."""
        shown = self.connector.resume(self.attempt, self.evidence(**more))
        assert isinstance(shown, Ask)
        return dict(shown.values["challenge"])

    def say(self, challenge: str, response: str, *, in_vain: bool = False):
        """Answer one."""
        attempt = replace(self.attempt, in_vain=in_vain)
        return self.connector.resume(attempt, self.evidence(challenge=challenge, response=response))

    def evidence(self, **more: str) -> Evidence:
        return Evidence({"identifier": self.typed} | more)


def other_than(response: str) -> str:
    """Eight digits that are not these."""
    return f"{(int(response.replace(' ', '')) + 1) % 10**8:08}"


def at_the_number(world: World, address: str = "192.0.2.10", typed: str = CARD) -> Browser:
    browser = world.browser(address)
    browser.get("/login")
    browser.get(f"{browser.last.request.path}?means=calculette")
    name_oneself(browser, typed)
    return browser


def is_in(browser: Browser) -> bool:
    return browser.last.request.path == "/"


# AG-014: one answer to one challenge.


@pytest.mark.parametrize("suite", [COUNTED, PLAIN, TIMED])
def test_ag_014_a_challenge_is_answered_once(world: World, suite: str):
    reader, journey = calculettes.bind(world, suite=suite), Journey(world)
    shown = journey.show()
    response = reader.show(shown["groups"], world.clock.now())
    assert isinstance(journey.say(shown["id"], response), Verified)
    assert journey.say(shown["id"], response) == OVER
    # Not by the reader's next answer to it either.
    assert journey.say(shown["id"], reader.show(shown["groups"], world.clock.now())) == OVER


@pytest.mark.parametrize("suite", [COUNTED, PLAIN])
@pytest.mark.parametrize(("number", "least"), [(3, 1), (50, 0)])
def test_ag_014_cr_003_of_parallel_answers_one_wins(
    world: World, suite: str, number: int, least: int
):
    """Of fifty maybe none: most are more than a person has tries, and these too use a number up."""
    reader = calculettes.bind(world, suite=suite)
    browser = at_the_number(world)
    address, fields = browser.form("/calculette")
    fields["response"] = reader.show(challenge_on(browser), world.clock.now())
    tabs = []
    for _tab in range(number):
        tab = world.browser()
        for name in ("browser", "device"):
            tab.client.set_cookie(
                f"__Host-sceau_{name}", browser.cookie(name), domain="sceau.example"
            )
        tabs.append(tab)
    together([lambda tab=tab: tab.request("POST", address, data=fields) for tab in tabs])
    assert least <= len(world.events("login.proved")) <= 1


def test_ag_014_a_count_is_taken_by_one_of_two_journeys(world: World):
    """Two numbers, two right answers by one count: the second comes too late."""
    reader = calculettes.bind(world)
    first, second = Journey(world, "first"), Journey(world, "second")
    shown = [one.show() for one in (first, second)]
    responses = []
    for number in shown:
        reader.counter = 0
        responses.append(reader.show(number["groups"], world.clock.now()))
    assert isinstance(first.say(shown[0]["id"], responses[0]), Verified)
    assert second.say(shown[1]["id"], responses[1]) == WRONG


def judged_at_once(world: World, reader: Reader, *names: str):
    """Answers that were all judged right before one of them is settled."""
    store = world.provider.services.connectors["calculette"]._store
    holder = Holder(None, CARD)
    found = []
    for name in dict.fromkeys(names):
        shown = store.issue(name, holder)
        reader.counter = 0
        response = reader.show(shown.digits, world.clock.now()).replace(" ", "")
        for _one in range(names.count(name)):
            assert store.take(name, holder, shown.id) == shown.digits
            (held,) = store.held(holder)
            match = OcraVerifier().match(held, shown.digits, response, world.clock.now())
            found.append((name, shown.id, held, match))
    return [lambda one=one: store.settle(*one) for one in found]


@pytest.mark.parametrize("suite", [COUNTED, PLAIN])
def test_ag_014_of_answers_judged_at_once_one_counts(world: World, suite: str):
    reader = calculettes.bind(world, suite=suite)
    assert together(judged_at_once(world, reader, *["one"] * 3)).count(True) == 1


def test_ag_014_of_answers_to_two_numbers_by_one_count_one_counts(world: World):
    reader = calculettes.bind(world)
    assert together(judged_at_once(world, reader, "one", "two")).count(True) == 1


def test_ag_014_an_answer_to_an_older_number_is_worth_nothing(world: World):
    reader, journey = calculettes.bind(world, suite=PLAIN), Journey(world)
    old = journey.show()
    new = journey.show(instead=old["id"])
    response = reader.show(old["groups"], world.clock.now())
    assert journey.say(old["id"], response) == OVER
    # Said of the new one it is just wrong.
    assert journey.say(new["id"], response) == WRONG
    assert isinstance(
        journey.say(new["id"], reader.show(new["groups"], world.clock.now())), Verified
    )


def test_ag_014_cr_001_three_wrong_answers_end_a_number(world: World):
    reader, journey = calculettes.bind(world), Journey(world)
    shown = journey.show()
    right = reader.show(shown["groups"], world.clock.now())
    for _try in range(3):
        assert journey.say(shown["id"], other_than(right)) == WRONG
    assert journey.say(shown["id"], right) == OVER
    assert journey.show()["id"] != shown["id"]


def test_cr_014_parallel_guesses_do_not_slip_past_the_three(world: World, monkeypatch):
    calculettes.bind(world)
    journey = Journey(world)
    shown = journey.show()
    verifier = journey.connector._verifiers["ocra"]
    judged = []
    match = verifier.match
    monkeypatch.setattr(verifier, "match", lambda *given: judged.append(given[2]) or match(*given))
    guesses = [f"{number:08}" for number in range(40)]
    said = together([lambda one=one: journey.say(shown["id"], one) for one in guesses])
    assert len(judged) <= 3
    assert sum(one == OVER for one in said) >= 37


# Carried elsewhere, or too late.


def test_cr_005_a_number_is_of_one_journey_and_one_person(world: World):
    reader = calculettes.bind(world)
    calculettes.bind(world, "infirmiere", card="2600301753", secret=SECRET[::-1])
    claire, other = Journey(world), Journey(world, "other journey")
    shown, theirs = claire.show(), other.show()
    response = reader.show(shown["groups"], world.clock.now())
    assert other.say(shown["id"], response) == OVER
    marie = Journey(world, typed="2600301753")
    assert marie.say(shown["id"], response) == OVER
    by_name = Journey(world, typed="cdurand")
    assert by_name.say(shown["id"], response) == OVER
    assert theirs["id"] != shown["id"]
    assert isinstance(claire.say(shown["id"], response), Verified)


def test_cr_005_another_browser_does_not_reach_the_journey(one: World):
    reader = calculettes.bind(one)
    browser = at_the_number(one)
    address, fields = browser.form("/calculette")
    fields["response"] = reader.show(challenge_on(browser), one.clock.now())
    thief = one.browser("203.0.113.9")
    thief.get("/login")
    fields["csrf"] = thief.form("/password")[1]["csrf"]
    thief.post(address, fields)
    assert not one.events("login.proved")


@pytest.mark.parametrize(
    ("after", "good"), [(299, True), (300, False), (-100, True), (-121, False)]
)
def test_cr_006_five_minutes_and_not_a_second_more(one: World, after: int, good: bool):
    """RL-09: nor longer because a clock was set back."""
    reader, journey = calculettes.bind(one), Journey(one)
    shown = journey.show()
    one.clock.pass_by(after)
    said = journey.say(shown["id"], reader.show(shown["groups"], one.clock.now()))
    assert isinstance(said, Verified) is good
    if not good:
        # It does not come back with the time at which it was good.
        one.clock.pass_by(-after)
        assert journey.say(shown["id"], reader.show(shown["groups"], one.clock.now())) == OVER


@pytest.mark.parametrize(
    "form",
    [
        "{0}_{1}",
        "{0}.{1}",
        "{0}  {1}",
        "{0}{1}0",
        "+{0}{1}",
        "0x{0}{1}",
    ],
)
def test_cr_004_only_eight_plain_digits_are_an_answer(one: World, form: str):
    reader, journey = calculettes.bind(one), Journey(one)
    shown = journey.show()
    halves = reader.show(shown["groups"], one.clock.now()).split()
    assert journey.say(shown["id"], form.format(*halves)) == WRONG
    wide = "".join(halves).translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    arabic = "".join(halves).translate({ord("0") + n: 0x0660 + n for n in range(10)})
    assert journey.say(shown["id"], wide) == journey.say(shown["id"], arabic) == WRONG
    # None of it was a try.
    assert isinstance(journey.say(shown["id"], f" {halves[0]}\u00a0{halves[1]} "), Verified)


def test_a_card_revoked_meanwhile_opens_nothing(one: World):
    reader, journey = calculettes.bind(one), Journey(one)
    shown = journey.show()
    calculettes.revoke(one)
    assert journey.say(shown["id"], reader.show(shown["groups"], one.clock.now())) == WRONG


@pytest.mark.parametrize("typed", ["cdurand", CARD])
def test_a_card_that_ran_out_or_a_reader_switched_off_opens_nothing(one: World, typed: str):
    reader, journey = calculettes.bind(one, valid=MINUTE), Journey(one, typed=typed)
    shown = journey.show()
    with one.core.database.write() as tx:
        one.core.calculettes.set_disabled(tx, CARD, disabled=True)
    assert journey.say(shown["id"], reader.show(shown["groups"], one.clock.now())) == WRONG
    with one.core.database.write() as tx:
        one.core.calculettes.set_disabled(tx, CARD, disabled=False)
    one.clock.pass_by(MINUTE)
    assert journey.say(shown["id"], reader.show(shown["groups"], one.clock.now())) == WRONG


def test_another_persons_reader_does_not_answer_for_a_card(one: World):
    calculettes.bind(one)
    thief = calculettes.bind(one, "infirmiere", card="2600301753", secret=SECRET[::-1])
    journey = Journey(one)
    shown = journey.show()
    assert journey.say(shown["id"], thief.show(shown["groups"], one.clock.now())) == WRONG


# Locked: SPEC §2.5, five in a row for a quarter of an hour, and doubling.


def fail(world: World, times: int, typed: str = CARD, address: str = "203.0.113.9") -> None:
    browser = at_the_number(world, address, typed)
    for _try in range(times):
        if not challenge_on(browser):
            browser.submit("/calculette")
        answer(browser, "00000000")


def try_right(world: World, reader: Reader, typed: str = CARD) -> Browser:
    browser = at_the_number(world, "198.51.100.4", typed)
    answer(browser, reader.show(challenge_on(browser), world.clock.now()))
    return browser


def test_cr_002_five_wrong_answers_lock_for_a_quarter_of_an_hour_and_it_doubles(world: World):
    reader = calculettes.bind(world)
    fail(world, 5)
    locked = try_right(world, reader)
    assert locked.last.status_code == 429
    assert int(locked.last.headers["Retry-After"]) == 15 * MINUTE
    world.clock.pass_by(15 * MINUTE)
    fail(world, 1)
    locked = try_right(world, reader)
    assert int(locked.last.headers["Retry-After"]) == 30 * MINUTE
    world.clock.pass_by(30 * MINUTE)
    assert is_in(try_right(world, reader))
    # The row is over: four more are free.
    fail(world, 4)
    assert is_in(try_right(world, reader))


def test_cr_011_every_way_to_name_a_card_has_one_counter(one: World):
    reader = calculettes.bind(one)
    ways = ["cdurand", "CDurand ", "claire.durand@chu.example", CARD, f"CPS3v1-{CARD}"]
    for number, typed in enumerate(ways):
        fail(one, 1, typed, f"203.0.113.{number}")
    assert try_right(one, reader).last.status_code == 429


def test_cr_012_the_owners_own_browser_is_counted_apart(one: World):
    reader = calculettes.bind(one)
    mine = try_right(one, reader)
    assert is_in(mine)
    fail(one, 5)
    mine.client.delete_cookie("__Host-sceau_session", domain="sceau.example")
    mine.get("/login")
    mine.get(f"{mine.last.request.path}?means=calculette")
    shown = name_oneself(mine)
    answer(mine, reader.show(shown, one.clock.now()))
    assert is_in(mine)


def test_cr_012_a_lock_is_told_to_nobody_who_guesses(one: World):
    reader = calculettes.bind(one)
    fail(one, 5)
    browser = at_the_number(one, "198.51.100.7")
    answer(browser, "00000000")
    assert browser.last.status_code == 200
    assert browser.page.find(id="response-error")
    # Told again to whoever has it right again, by another number.
    for _again in range(2):
        answer(browser, reader.show(challenge_on(browser), one.clock.now()))
        assert browser.last.status_code == 429
        browser.submit("/calculette")


def test_cr_012_a_card_number_alone_shuts_nobody_out_for_good(world: World):
    """SPEC §2.5: a pause that doubles up to its longest; neither a whole day, nor for ever."""
    reader, account = calculettes.bind(world), world.cast["medecin"].id
    key = throttle.account_key("calculette", account, None)
    limits = world.provider.services.attempts._counters.of("calculette")
    for _day in range(5):
        with world.core.database.write() as tx:
            for _try in range(40):
                throttle.reserve(tx, key, limits, world.clock.now())
        locked = try_right(world, reader)
        assert locked.last.status_code == 429
        assert 0 < int(locked.last.headers["Retry-After"]) <= limits.max_delay
        world.clock.pass_by(limits.max_delay)
    assert is_in(try_right(world, reader))
    assert not world.events("means.disabled")


def test_cr_002_what_is_guessed_during_a_lock_opens_nothing_after_it(world: World):
    """Answers are judged during a lock, to tell the owner: as many as a guesser likes."""
    reader, journey = calculettes.bind(world), Journey(world)
    shown = journey.show()
    response = reader.show(shown["groups"], world.clock.now())
    assert isinstance(journey.say(shown["id"], response, in_vain=True), Verified)
    assert journey.say(shown["id"], response) == OVER
    # The reader has not moved on.
    shown, reader.counter = journey.show(), 0
    response = reader.show(shown["groups"], world.clock.now())
    assert isinstance(journey.say(shown["id"], response), Verified)


def test_cr_003_one_in_vain_leaves_the_one_that_counts_alone(world: World):
    """Of one form sent twice at once, the second falls into the lock that the first began."""
    reader, journey = calculettes.bind(world), Journey(world)
    shown, holder = journey.show(), Holder(None, CARD)
    response = reader.show(shown["groups"], world.clock.now())
    store = journey.connector._store
    digits = store.take("journey", holder, shown["id"])
    (held,) = store.held(holder)
    assert isinstance(journey.say(shown["id"], response, in_vain=True), Verified)
    counted = response.replace(" ", "")
    match = OcraVerifier().match(held, digits, counted, world.clock.now())
    assert store.settle("journey", shown["id"], held, match)
