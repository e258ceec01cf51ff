# SPDX-License-Identifier: Apache-2.0
"""Passwords under attack: exactness, size, renewal of hashes, floods, guesses in parallel."""

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import text

from idp.credentials.hashing import Hashing
from idp.credentials.passwords import Passwords
from idp.errors import Overloaded
from tests.cast import PASSWORD
from tests.functional.conftest import make_quick
from tests.world import Browser, World, open_world

PHRASE = "Éléphant d'Asie à 7 h \N{GRINNING FACE}"


def ask(world: World, **where: str) -> Browser:
    browser = world.browser(**where)
    world.client("plain").ask(browser)
    return browser


def enters(world: World, password: str, identifier: str = "cdurand") -> bool:
    """Whether this password opens the account, from a browser nobody knows."""
    browser = ask(world)
    response = browser.submit("/password", identifier=identifier, password=password)
    with world.core.database.write() as tx:
        tx.execute(text("DELETE FROM throttles"))
    return response.status_code == 303


def give(world: World, password: str) -> None:
    core = world.core
    hashed = core.passwords.hashed(password)
    with core.database.write() as tx:
        core.passwords.put(tx, world.cast["medecin"].id, hashed)


def stored(world: World) -> str:
    with world.core.database.read() as tx:
        claire = {"account": world.cast["medecin"].id}
        row = tx.execute(text("SELECT hash FROM passwords WHERE account_id = :account"), claire)
        return str(row.scalar())


def put_hash(world: World, hashed: str) -> None:
    with world.core.database.write() as tx:
        tx.execute(
            text("UPDATE passwords SET hash = :hash WHERE account_id = :account"),
            {"hash": hashed, "account": world.cast["medecin"].id},
        )


def test_cr_032_cr_034_exactly_the_password_in_either_form(sqlite_world: World):
    world = sqlite_world
    give(world, PHRASE)
    assert enters(world, PHRASE)
    assert enters(world, unicodedata.normalize("NFD", PHRASE))
    for wrong in (PHRASE.lower(), PHRASE + " ", " " + PHRASE, PHRASE + "\x00", PHRASE[:-1], ""):
        assert not enters(world, wrong), wrong


def test_cr_033_a_long_password_works_to_its_last_byte(sqlite_world: World):
    world = sqlite_world
    longest = "é" * 2048
    give(world, longest)
    assert enters(world, longest)
    assert not enters(world, longest[:-1] + "e")


def test_cr_033_more_is_refused_before_any_hashing(sqlite_world: World):
    world = make_quick(sqlite_world)
    hashing = world.core.passwords._hashing
    for size in (4097, 60_000):
        assert not enters(world, "x" * size)
    assert hashing.asked == 0
    browser = ask(world)
    browser.submit("/password", identifier="cdurand", password="x" * 1_000_000)
    assert browser.last.status_code == 413
    assert browser.problem == "too-large"
    assert hashing.asked == 0


def test_cr_039_a_weaker_hash_is_renewed_at_the_login_once(world: World):
    weak = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash(PASSWORD)
    put_hash(world, weak)
    assert not enters(world, "wrong")
    assert stored(world) == weak
    assert enters(world, PASSWORD)
    renewed = stored(world)
    assert extract_parameters(renewed).memory_cost == world.core.settings.password.memory_kib
    assert enters(world, PASSWORD)
    assert stored(world) == renewed


def test_cr_039_a_stronger_hash_is_never_made_weaker(sqlite_world: World):
    strong = PasswordHasher(memory_cost=32_768, time_cost=3, parallelism=1).hash(PASSWORD)
    put_hash(sqlite_world, strong)
    assert enters(sqlite_world, PASSWORD)
    assert stored(sqlite_world) == strong


def test_cr_039_a_crash_between_check_and_store_leaves_the_old_hash(
    sqlite_world: World, monkeypatch
):
    world = sqlite_world
    weak = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash(PASSWORD)
    put_hash(world, weak)
    with monkeypatch.context() as patch:
        patch.setattr(Passwords, "_hash_anew", lambda *_: 1 // 0)
        browser = ask(world)
        browser.log_in()
        assert browser.problem == "server-error"
        assert browser.cookie("session") == ""
    assert stored(world) == weak
    assert enters(world, PASSWORD)


def test_cr_039_a_full_pool_does_not_turn_a_right_password_away(sqlite_world: World, monkeypatch):
    world = sqlite_world
    weak = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash(PASSWORD)
    put_hash(world, weak)

    def full(*_):
        raise Overloaded("password pool")

    with monkeypatch.context() as patch:
        patch.setattr(Hashing, "hash", full)
        assert enters(world, PASSWORD)
    assert stored(world) == weak


def test_cr_039_a_password_changed_meanwhile_stays_changed(world: World):
    """Verified with the old one, renewed after the new one was set: the new one stays."""
    weak = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash(PASSWORD)
    put_hash(world, weak)
    give(world, PHRASE)
    changed = stored(world)
    world.core.passwords._hash_anew(world.cast["medecin"].id, weak, PASSWORD)
    assert stored(world) == changed


def test_cr_039_parallel_logins_during_the_renewal_all_enter(world: World):
    weak = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash(PASSWORD)
    put_hash(world, weak)
    browsers = [ask(world) for _ in range(4)]
    statuses = together([lambda one=one: one.log_in().status_code for one in browsers])
    assert statuses == [303] * 4
    assert enters(world, PASSWORD)


def together(works):
    """Run these at the same moment; their results in order."""
    results, start = [None] * len(works), threading.Barrier(len(works))

    def run(number):
        start.wait()
        results[number] = works[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Held:
    """Hashing that waits until it is let go, and counts."""

    def __init__(self, inner: Hashing) -> None:
        self.inner = inner
        self.go = threading.Event()
        self.entered = threading.Semaphore(0)
        real = inner._verify

        def verify(stored, password):
            self.entered.release()
            self.go.wait(120)
            return real(stored, password)

        inner._verify = verify


@pytest.fixture
def narrow(sqlite_url: str):
    """One check at work and two waiting: the fourth is one too many."""
    world = open_world(sqlite_url, PASSWORD_POOL="1", PASSWORD_QUEUE="2")
    yield world
    world.provider.close()


def test_cr_040_a_flood_is_told_to_come_back_and_holds_up_nobody_else(narrow: World):
    """One at work, two waiting, the rest 503 at once; everything else is served meanwhile."""
    world = narrow
    inside = world.client("plain").tokens(world.browser())
    held = Held(world.core.passwords._hashing)
    browsers = [ask(world) for _ in range(3)]
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: results.append(one.log_in().status_code))
        for one in browsers
    ]
    for thread in threads:
        thread.start()
    assert held.entered.acquire(timeout=60)
    while held.inner._places._value:
        threading.Event().wait(0.005)

    late = ask(world)
    late.log_in("patient")
    assert late.last.status_code == 503
    assert int(late.last.headers["Retry-After"]) >= 1
    assert late.page.find(id="form-error")
    assert late.form("/password")
    for path in ("/.well-known/openid-configuration", "/oidc/jwks", "/health/ready", "/", "/login"):
        assert world.browser().get(path).status_code == 200, path
    assert world.client("plain").userinfo(inside["access_token"]).status == 200
    assert world.client("plain").introspect(inside["access_token"]).json["active"]

    held.go.set()
    for thread in threads:
        thread.join(60)
    assert results == [303] * 3
    # What could not be judged was nobody's failure.
    assert late.log_in("patient").status_code == 303


def test_cr_040_what_was_not_judged_is_not_counted(sqlite_world: World, monkeypatch):
    world = sqlite_world

    def full(*_):
        raise Overloaded("password pool")

    browser = ask(world)
    with monkeypatch.context() as patch:
        patch.setattr(Hashing, "matches", full)
        for _ in range(60):
            browser.log_in()
            assert browser.last.status_code == 503
    assert browser.log_in().status_code == 303


def test_cr_014_parallel_guesses_do_not_slip_past_the_counter(world: World):
    """Forty at once, the right one among them at the end: five are judged free, 25 at all."""
    make_quick(world)
    hashing = world.core.passwords._hashing
    claire = world.cast["medecin"].id
    judged: list[str] = []
    real = hashing.matches
    # What is looked at for nobody tells nothing to the guesser.
    mine = stored(world)
    hashing.matches = lambda known, typed: (
        (judged.append(typed) if known == mine else None),
        real(known, typed),
    )[1]
    browsers = [ask(world, address=f"203.0.113.{number}") for number in range(10)]

    def guess(number):
        for one in range(4):
            browsers[number].submit(
                "/password", identifier="cdurand", password=f"guess-{number}-{one}"
            )
        return browsers[number].last.status_code

    assert set(together([lambda n=n: guess(n) for n in range(10)])) == {200}
    assert len(judged) == 25
    with world.core.database.read() as tx:
        streak = tx.execute(
            text("SELECT streak FROM throttles WHERE key LIKE :key"), {"key": f"account|%{claire}%"}
        ).scalar()
    assert streak == 25
    assert not enters_blocked(world)


def enters_blocked(world: World) -> bool:
    browser = ask(world)
    return browser.log_in().status_code == 303


def test_cr_014_of_parallel_tries_with_the_right_one_among_them_at_most_five_are_free(
    world: World,
):
    make_quick(world)
    browsers = [ask(world, address=f"203.0.113.{number}") for number in range(12)]
    for number in range(4):
        browsers[number].log_in(password="wrong")

    def right(number):
        browsers[number].log_in()
        return browsers[number].last.status_code

    # A right try frees what follows; each is either free (303) or told to wait (429).
    statuses = together([lambda n=n: right(n) for n in range(4, 12)])
    assert 303 in statuses
    assert set(statuses) <= {303, 429}


def test_counting_and_settling_never_wait_for_each_other(world: World):
    """On PostgreSQL two rows taken in two orders are a deadlock: one login of two would break."""
    make_quick(world)
    browsers = [ask(world) for _ in range(6)]

    def busy(number):
        statuses = []
        for _ in range(5):
            browsers[number].log_in(password="wrong" if number % 2 else PASSWORD)
            statuses.append(browsers[number].last.status_code)
            world.client("plain").ask(browsers[number], prompt="login")
        return statuses

    found = together([lambda n=n: busy(n) for n in range(6)])
    assert {status for statuses in found for status in statuses} <= {200, 303, 429}
