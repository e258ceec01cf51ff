# SPDX-License-Identifier: Apache-2.0
"""Sealing, fingerprints, and the file that holds the keys."""

import base64
import stat
from pathlib import Path

import pytest

from imaging_app.crypto import CryptoError, Keys, make_keys, parse_keys, read_keys

ONE, OTHER = bytes(range(32)), bytes(range(32, 64))
PLACE = {"table": "patients", "column": "ins", "row": "p1"}


def line(name: str, key: bytes) -> str:
    return f"{name}:{base64.b64encode(key).decode()}"


def test_what_is_sealed_opens_in_its_place_alone():
    keys = Keys({"a": ONE})
    sealed = keys.seal("279035121518989", **PLACE)
    assert "2790351215" not in sealed
    assert keys.open(sealed, **PLACE) == "279035121518989"
    for elsewhere in ({"table": "x"}, {"column": "x"}, {"row": "p2"}):
        with pytest.raises(CryptoError):
            keys.open(sealed, **{**PLACE, **elsewhere})


def test_two_seals_of_one_value_differ():
    keys = Keys({"a": ONE})
    assert keys.seal("x", **PLACE) != keys.seal("x", **PLACE)


@pytest.mark.parametrize("spoil", ["", "v1.a.", "v1.a.AAAA", "v2.a.AAAA", "v1.z.AAAA", "v1.a.é"])
def test_what_is_no_seal_of_ours_does_not_open(spoil):
    with pytest.raises(CryptoError):
        Keys({"a": ONE}).open(spoil, **PLACE)


def test_an_older_key_still_opens_and_finds():
    before, after = Keys({"a": ONE}), Keys({"b": OTHER, "a": ONE})
    assert after.open(before.seal("x", **PLACE), **PLACE) == "x"
    assert before.fingerprint("code", "x") in after.fingerprints("code", "x")
    assert after.fingerprint("code", "x") == after.fingerprints("code", "x")[0]
    assert after.fingerprint("code", "x") != before.fingerprint("code", "x")


def test_a_fingerprint_is_of_one_purpose():
    keys = Keys({"a": ONE})
    assert keys.fingerprint("code", "x") != keys.fingerprint("ins", "x")
    assert keys.key_for("code") != keys.key_for("ins")
    with pytest.raises(CryptoError):
        keys.key_for("code", "gone")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a",
        "a:",
        "a:%%%",
        line("a", b"short"),
        line("a", bytes(32)),
        line("a b", ONE),
        line("a", ONE) + "\n" + line("a", OTHER),
        line("a", ONE) + "\n" + line("b", ONE),
    ],
)
def test_keys_that_prove_nothing_are_refused_without_being_told(text):
    with pytest.raises(CryptoError) as caught:
        parse_keys(text)
    assert base64.b64encode(ONE).decode() not in str(caught.value)


def test_a_file_of_keys_is_made_once_and_is_its_owners_alone(tmp_path: Path):
    file = tmp_path / "keys"
    make_keys(file, "k1")
    before = file.read_bytes()
    make_keys(file, "k2")
    assert file.read_bytes() == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_keys(file).active == "k1"
    file.chmod(0o644)
    with pytest.raises(CryptoError, match="chmod"):
        read_keys(file)
    with pytest.raises(CryptoError):
        read_keys(tmp_path / "none")


def test_keys_show_nothing_of_themselves():
    assert repr(Keys({"a": ONE})) == "Keys(1)"
