# SPDX-License-Identifier: Apache-2.0
"""Encryption at rest: what opens, what does not, and what errors never say."""

import base64
import hashlib
import hmac
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto import CryptoError, KeyRing, UnknownKey, derive, parse_key_ring

OLD, NEW = hashlib.sha256(b"old").digest(), hashlib.sha256(b"new").digest()
PLACE = {"table": "totp_secrets", "column": "seed", "row": "42"}


def line(key_id, key):
    return f"{key_id}:{base64.b64encode(key).decode()}"


@pytest.fixture
def ring():
    return KeyRing({"k2": NEW, "k1": OLD}, "k2")


@given(st.binary(max_size=300), st.text(min_size=1, max_size=20).filter(str.isprintable))
def test_what_is_sealed_opens(plain, row):
    ring = KeyRing({"k1": OLD}, "k1")
    place = PLACE | {"row": row}
    assert ring.open(ring.seal(plain, **place), **place) == plain


def test_wb_050_a_sealed_value_shows_nothing_and_never_repeats(ring):
    sealed = {ring.seal(b"JBSWY3DPEHPK3PXP", **PLACE) for _ in range(50)}
    assert len(sealed) == 50
    for one in sealed:
        version, key_id, boxed = one.split(".")
        assert (version, key_id) == ("v1", "k2")
        assert b"JBSWY3DP" not in base64.urlsafe_b64decode(boxed + "==")


@pytest.mark.parametrize(
    "elsewhere",
    [{"table": "accounts"}, {"column": "secret"}, {"row": "43"}, {"row": "4"}, {"row": "42|"}],
)
def test_wb_052_moved_to_another_place(ring, elsewhere):
    sealed = ring.seal(b"seed", **PLACE)
    with pytest.raises(CryptoError, match="does not open"):
        ring.open(sealed, **(PLACE | elsewhere))


def test_wb_052_the_separator_can_not_shift_the_place(ring):
    sealed = ring.seal(b"x", table="a", column="b", row="c|d")
    for table, column, row in (("a|b", "c", "d"), ("a", "b|c", "d"), ("", "a", "b")):
        with pytest.raises(CryptoError, match="needs its table"):
            ring.open(sealed, table=table, column=column, row=row)


def test_any_changed_character_is_noticed(ring):
    sealed = ring.seal(b"seed", **PLACE)
    for position in range(len(sealed)):
        other = "A" if sealed[position] != "A" else "B"
        changed = sealed[:position] + other + sealed[position + 1 :]
        with pytest.raises(CryptoError):
            ring.open(changed, **PLACE)


@pytest.mark.parametrize(
    "sealed",
    ["", "v1", "v1.k2", "v1.k2.", "v2.k2.AAAA", "v1.k2.AAAA", "v1.k2.é", "v1.k2.A", "v1..AAAA",
     "v1.k2." + "A" * 20 + "\n" + "A" * 40, "plain text"],
)  # fmt: skip
def test_what_was_never_sealed(ring, sealed):
    with pytest.raises(CryptoError):
        ring.open(sealed, **PLACE)


def test_wb_051_rotation_opens_old_and_seals_new(ring):
    sealed = KeyRing({"k1": OLD}, "k1").seal(b"seed", **PLACE)
    assert ring.needs_reseal(sealed)
    again = ring.seal(ring.open(sealed, **PLACE), **PLACE)
    assert not ring.needs_reseal(again)
    assert ring.active_id == "k2"
    assert ring.ids == ("k2", "k1")
    # Half-way through, both are readable.
    assert ring.open(sealed, **PLACE) == ring.open(again, **PLACE) == b"seed"


def test_wb_051_absent_key_is_named_wrong_key_is_told(ring):
    sealed = ring.seal(b"seed", **PLACE)
    with pytest.raises(UnknownKey, match="'k2', which is not in the key ring"):
        KeyRing({"k1": OLD}, "k1").open(sealed, **PLACE)
    with pytest.raises(CryptoError, match="is not the one that sealed it"):
        KeyRing({"k2": OLD}, "k2").open(sealed, **PLACE)


def test_a_key_ring_text():
    ring = parse_key_ring(f"# of 2026\r\n\n  {line('k2', NEW)}  \n#old\n{line('k1', OLD)}\n")
    assert ring.active_id == "k2"
    assert ring.ids == ("k2", "k1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no key"),
        ("# only a comment\n\n", "holds no key"),
        ("k1", "line 1 is not"),
        (base64.b64encode(OLD).decode(), "line 1 is not"),
        (line("k1", OLD[:16]), "line 1 has a key of 16 bytes"),
        (line("k1", OLD + b"x"), "line 1 has a key of 33 bytes"),
        (line("k1", bytes(32)), "placeholder"),
        ("k1:not base64!", "not valid base64"),
        ("k1:", "has a key of 0 bytes"),
        (":" + base64.b64encode(OLD).decode(), "has an id"),
        (line("a.b", OLD), "has an id"),
        (line("x" * 21, OLD), "has an id"),
        (line("k1", OLD) + "\n" + line("k1", NEW), "line 2 repeats the id"),
        (line("k1", OLD) + "\n" + line("k2", OLD), "line 2 repeats an earlier key"),
    ],
)
def test_key_rings_refused(text, told):
    with pytest.raises(CryptoError, match=told):
        parse_key_ring(text)


def test_every_faulty_line_is_told():
    with pytest.raises(CryptoError, match=r"line 1 .*; line 3 "):
        parse_key_ring(f"nonsense\n{line('k1', OLD)}\nk2:short\n")


def test_wb_022_no_error_or_repr_shows_key_material(ring):
    encoded = base64.b64encode(OLD).decode()
    bad = (encoded, f"{encoded}:k1", f"k1:{encoded}x", f"k1:{encoded[:-8]}", f"k1 {encoded}",
           f"k1:{encoded}\nk1:{encoded}", encoded.rstrip("=") + ":k1")  # fmt: skip
    for text in bad:
        with pytest.raises(CryptoError) as caught:
            parse_key_ring(text)
        shown = f"{caught.value} {caught.value.__cause__}"
        assert not any(encoded[at : at + 8] in shown for at in range(len(encoded) - 8))
    assert "k1" not in repr(ring)


@pytest.mark.parametrize(
    ("keys", "active"),
    [({}, "k1"), ({"k1": OLD}, "k2"), ({"k1": b"short"}, "k1"), ({"a:b": OLD}, "a:b"),
     ({"k1": OLD, "k2": OLD}, "k1")],
)  # fmt: skip
def test_key_rings_never_made(keys, active):
    with pytest.raises(CryptoError):
        KeyRing(keys, active)


def test_derived_keys_differ_by_purpose_and_secret():
    made = [derive(key, purpose) for key, purpose in itertools.product((OLD, NEW), ("a", "b"))]
    assert len(set(made)) == 4
    assert {len(key) for key in made} == {32}
    assert derive(OLD, "a") == made[0]
    # RFC 5869 §2.2 and §2.3 done by hand: no salt, one block.
    extracted = hmac.digest(bytes(32), OLD, "sha256")
    assert made[0] == hmac.digest(extracted, b"a\x01", "sha256")


def test_derivation_needs_a_long_secret_and_a_purpose():
    with pytest.raises(CryptoError):
        derive(b"short", "a")
    with pytest.raises(CryptoError):
        derive(OLD, "")
