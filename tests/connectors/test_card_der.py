# SPDX-License-Identifier: Apache-2.0
"""Encodings of a card's extensions: one reading, or none (X.690, DER)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cps_card.der import (
    OCTETS,
    read_integer,
    read_only,
    read_printable,
    read_utf8,
    serial_number,
    split,
)
from idp.demo.pki_cards import integer, printable, text


@given(st.integers(0, 2**63))
def test_a_number_is_read_as_it_was_written(value):
    assert read_integer(integer(value)) == value


@pytest.mark.parametrize(
    ("encoded", "value"),
    [("020100", 0), ("02017f", 127), ("02020080", 128), ("0201ff", -1), ("0202ff7f", -129)],
)
def test_numbers_of_the_standard(encoded, value):
    assert read_integer(bytes.fromhex(encoded)) == value


@pytest.mark.parametrize(
    "encoded",
    ["", "02", "0200", "0202007f", "0202ff80", "02010000", "0301ff", "020201", "028101ff"],
)
def test_what_is_no_number(encoded):
    assert read_integer(bytes.fromhex(encoded)) is None


@given(st.binary(max_size=70_000))
def test_octets_of_any_length(content):
    size = len(content)
    if size < 0x80:
        length = bytes([size])
    else:
        shortest = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(shortest)]) + shortest
    assert read_only(bytes([OCTETS]) + length + content, OCTETS) == content


@pytest.mark.parametrize(
    "encoded",
    [
        "0480",
        "04800000",
        "0485000000000141",
        "048200ff" + "00" * 255,
        "0481" + "05" + "00" * 5,
        "04ff",
    ],
    ids=["cut", "indefinite", "five bytes", "padded", "long for five", "reserved"],
)
def test_lengths_that_are_not_the_shortest(encoded):
    assert split(bytes.fromhex(encoded)) is None


def test_a_tag_of_several_bytes_is_not_looked_at():
    assert split(bytes.fromhex("1f0100")) is None


def test_texts():
    assert read_printable(printable("8025000001/2600301752")) == "8025000001/2600301752"
    assert read_printable(b"\x13\x02a@") is None
    assert read_printable(text("abc")) is None
    assert read_utf8(text("Hélène")) == "Hélène"
    assert read_utf8(b"\x0c\x01\xe9") is None


@given(st.binary(max_size=64))
def test_nothing_breaks_the_look_at_a_serial_number(data):
    assert serial_number(data) is None or isinstance(serial_number(data), int)
