# SPDX-License-Identifier: Apache-2.0
"""Hashes of other systems: checked exactly, at a bounded cost, and refused by name where broken."""

import unicodedata

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from idp.credentials import foreign_hashes
from idp.credentials.foreign_hashes import BCRYPT_BYTES, MOST_ITERATIONS, fault_of
from idp.credentials.hashing import Hashing
from tests.unit.credentials.foreign import (
    MAKERS,
    bcrypt_hash,
    django_hash,
    passlib_hash,
    salted_hash,
)

PHRASE = "Forêt d'été à 7 h"


@pytest.fixture
def hashing():
    made = Hashing(memory_kib=64, time_cost=2, parallelism=1, pool=2, queue=2)
    yield made
    made.close()


@pytest.mark.parametrize("kind", MAKERS)
def test_each_kind_is_known_and_exact(hashing, kind):
    stored = MAKERS[kind](PHRASE)
    assert fault_of(stored) == ""
    assert hashing.matches(stored, PHRASE)
    assert hashing.matches(stored, unicodedata.normalize("NFD", PHRASE))
    for wrong in (PHRASE.swapcase(), PHRASE + " ", PHRASE[:-1], PHRASE + "\x00", ""):
        assert not hashing.matches(stored, wrong), wrong
    assert hashing.is_outdated(stored)


# Made by the programs themselves.
@pytest.mark.parametrize(
    ("stored", "password"),
    [
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
        (
            "$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44",
            "password",
        ),
        (
            "pbkdf2_sha256$10000$s1w0UXDd00XB$Cuf4aq1Mz9QUvBb0zayiLxyzq+Egt+l846p0xh+QK4Y=",
            "lètmein",
        ),
        ("{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0", "secret"),
    ],
)
def test_hashes_of_other_programs(stored, password):
    assert fault_of(stored) == ""
    assert foreign_hashes.matches(stored, password)
    assert not foreign_hashes.matches(stored, password + "x")


def test_cr_032_bcrypt_never_looks_at_the_beginning_alone(hashing):
    whole = "x" * BCRYPT_BYTES
    stored = bcrypt_hash(whole)
    assert hashing.matches(stored, whole)
    # The other program cut what was longer; whoever types it has proved a part only.
    assert not hashing.matches(stored, whole + "a")
    assert not hashing.matches(stored, whole + "b")
    assert not hashing.matches(bcrypt_hash("abc"), "abc\x00def")
    # Bytes, not characters.
    assert not hashing.matches(bcrypt_hash("é" * 36), "é" * 37)


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "MD5-crypt"),
        ("$apr1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "MD5-crypt"),
        ("{MD5}X03MO1qnZdYdgyfeuILPmQ==", "MD5"),
        ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "without salt"),
        ("{sha256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=", "without salt"),
        ("$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "2x"),
        ("$6$saltsalt$abc", "SHA-crypt"),
        ("password", "none of"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "none of"),
        ("", "none of"),
        ("{CLEARTEXT}secret", "clear"),
        (bcrypt_hash("x").replace("$04$", "$15$"), "rounds"),
        (bcrypt_hash("x").replace("$04$", "$31$"), "rounds"),
        (bcrypt_hash("x")[:-1], "none of"),
        (passlib_hash("x").replace("$100$", f"${MOST_ITERATIONS + 1}$"), "iterations"),
        (passlib_hash("x").replace("$100$", "$0$"), "iterations"),
        (passlib_hash("x", salt=b"abc"), "salt"),
        (passlib_hash("x")[:-2], "cut"),
        (django_hash("x", salt="abc"), "salt"),
        (salted_hash("x", salt=b""), "salt"),
        (salted_hash("x", salt=b"abc"), "salt"),
        (salted_hash("x", salt=b"x" * 65), "salt"),
        ("{SSHA}####", "none of"),
        ("{SSHA}" + "A" * 600, "too long"),
        ("$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "at most"),
        ("$argon2i$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "Argon2id"),
        ("$argon2id$nonsense", "read"),
    ],
)
def test_what_is_broken_or_too_costly_is_refused_by_name(hashing, stored, why):
    fault = fault_of(stored)
    assert why in fault
    # The hash itself is in no message.
    assert len(stored) < 10 or stored not in fault
    if not stored.startswith("$argon2"):
        assert not hashing.matches(stored, "x")


def test_argon2id_of_elsewhere_is_ours():
    assert fault_of(PasswordHasher(memory_cost=1024, time_cost=1).hash("x")) == ""


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(stored):
    assert isinstance(fault_of(stored), str)
    assert not foreign_hashes.matches(stored, "x")


@pytest.mark.parametrize("stored", [salted_hash(PHRASE), "{SSHA}broken", bcrypt_hash("other")])
def test_cr_031_a_foreign_hash_is_never_answered_sooner(hashing, stored, monkeypatch):
    """Today's cost is paid on top, whoever it is."""
    argon2, paid = hashing._argon2, []

    class Counting:
        def verify(self, stored, text):
            paid.append(stored)
            return argon2.verify(stored, text)

    monkeypatch.setattr(hashing, "_argon2", Counting())
    hashing.matches(stored, PHRASE)
    hashing.matches(None, PHRASE)
    assert paid == [hashing._nobody] * 2
