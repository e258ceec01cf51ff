# SPDX-License-Identifier: Apache-2.0
"""Hashing: one form, nothing trimmed, a bounded pool, never weaker."""

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher

from idp.credentials.hashing import Hashing
from idp.errors import Overloaded

PHRASE = "Forêt d'été à 7 h \N{WOMAN}\N{ZERO WIDTH JOINER}\N{MICROSCOPE} שלום"


def small(**changes):
    values = {"memory_kib": 64, "time_cost": 2, "parallelism": 1, "pool": 2, "queue": 2}
    return Hashing(**(values | changes))


@pytest.fixture
def hashing():
    made = small()
    yield made
    made.close()


def test_cr_034_composed_and_decomposed_are_one_password(hashing):
    stored = hashing.hash(unicodedata.normalize("NFC", PHRASE))
    assert hashing.matches(stored, unicodedata.normalize("NFD", PHRASE))
    assert hashing.matches(hashing.hash(unicodedata.normalize("NFD", PHRASE)), PHRASE)


@pytest.mark.parametrize(
    "typed",
    [
        PHRASE.swapcase(),
        PHRASE + " ",
        " " + PHRASE,
        PHRASE + "\x00",
        PHRASE + "\x00rest",
        PHRASE[:-1],
        unicodedata.normalize("NFKC", PHRASE + "ﬁ"),
        PHRASE.replace("ê", "e"),
        "",
    ],
)
def test_cr_032_exactly_what_was_set(hashing, typed):
    assert not hashing.matches(hashing.hash(PHRASE), typed)


def test_cr_032_compatibility_forms_stay_apart(hashing):
    """NFC, not NFKC: a ligature is not the letters it stands for."""
    assert not hashing.matches(hashing.hash("oﬃce"), "office")


def test_cr_032_the_tail_of_a_long_password_counts(hashing):
    stored = hashing.hash("x" * 4095 + "a")
    assert hashing.matches(stored, "x" * 4095 + "a")
    assert not hashing.matches(stored, "x" * 4095 + "b")


def test_two_hashes_of_one_password_differ(hashing):
    assert hashing.hash("once") != hashing.hash("once")


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken", "{SSHA}abc", "$2b$10$x"])
def test_what_is_no_hash_of_ours_matches_nothing(hashing, stored):
    for typed in ("", "plain", "nobody has this password"):
        assert not hashing.matches(stored, typed)


@pytest.mark.parametrize(
    ("made", "outdated"),
    [
        ({"memory_cost": 64, "time_cost": 2}, False),
        ({"memory_cost": 32, "time_cost": 2}, True),
        ({"memory_cost": 64, "time_cost": 1}, True),
        ({"memory_cost": 256, "time_cost": 2}, False),
        ({"memory_cost": 64, "time_cost": 9}, False),
        ({"memory_cost": 64, "time_cost": 2, "hash_len": 16}, True),
        ({"memory_cost": 64, "time_cost": 2, "salt_len": 8}, True),
    ],
)
def test_cr_039_only_a_weaker_hash_is_made_anew(hashing, made, outdated):
    stored = PasswordHasher(parallelism=1, **made).hash("x")
    assert hashing.is_outdated(stored) is outdated


def test_cr_039_another_kind_of_argon2_is_made_anew(hashing):
    from argon2 import Type

    stored = PasswordHasher(memory_cost=64, time_cost=2, parallelism=1, type=Type.I).hash("x")
    assert hashing.matches(stored, "x")
    assert hashing.is_outdated(stored)


def test_cr_040_one_too_many_is_told_at_once_and_places_come_back():
    hashing, release, began = small(pool=1, queue=1), threading.Event(), threading.Barrier(2)

    def slow():
        began.wait(60)
        release.wait(60)

    threads = [threading.Thread(target=lambda: hashing._run(slow))]
    threads[0].start()
    began.wait(60)
    threads.append(threading.Thread(target=lambda: hashing._run(lambda: None)))
    threads[1].start()
    while hashing._places._value:
        threading.Event().wait(0.001)
    with pytest.raises(Overloaded):
        hashing.matches(None, "x")
    release.set()
    for thread in threads:
        thread.join(60)
    assert not hashing.matches(None, "x")
    assert hashing._places._value == 2
    hashing.close()


def test_a_place_comes_back_after_a_breakdown(hashing):
    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            hashing._run(lambda: 1 // 0)
    assert hashing.matches(hashing.hash("x"), "x")
