# SPDX-License-Identifier: Apache-2.0
"""Check digits: numbers of the national test set, and every way to mistype one."""

import pytest

from idp.directory import numbers

RPPS = (
    "99700218896",
    "99700366240",
    "99700434378",
    "99700075064",
    "99700075122",
    "99700367917",
    "99700245667",
    "99700427869",
    "99900007776",
    "10002909371",
    "10002813839",
    "10100842904",
    "99900000011",
    "99900000029",
    "99900000037",
    "99900000045",
    "99900000052",
    "99900000060",
    "99900000078",
    "99900000086",
    "99900000094",
    "99900000102",
    "99900000110",
    "99900000128",
    "99900000136",
    "99900000144",
    "99900000151",
    "99900000169",
    "99900000177",
    "99900000185",
    "99900000193",
    "99900000201",
)
FINESS = (
    "750712184",
    "690781810",
    "750100018",
    "210780581",
    "340780477",
    "330781196",
    "130786049",
    "590064036",
    "759999998",
    "699999991",
    "990000002",
)
NIR = (
    "279035121518989",
    "207058575627097",
    "180017512345660",
    "255126212345616",
    "195071305500101",
    "269054958815780",
    "184062A00401238",
    "184062B00401265",
)
# Numbers of documents that are used as examples everywhere, with a wrong key.
NOT_RPPS = ("10001234567", "10003461033", "99900000012")


@pytest.mark.parametrize("number", RPPS)
def test_rpps_of_the_test_set_is_right(number):
    assert numbers.rpps_fault(number) == ""
    assert numbers.national_id_of(number) == f"8{number}"
    assert numbers.number_of(f"8{number}") == number


@pytest.mark.parametrize("number", RPPS[:4])
def test_one_wrong_digit_is_always_found(number):
    for place in range(len(number)):
        for digit in set("0123456789") - {number[place]}:
            wrong = number[:place] + digit + number[place + 1 :]
            assert numbers.rpps_fault(wrong) == "check"


@pytest.mark.parametrize("number", NOT_RPPS)
def test_a_wrong_key_is_told(number):
    assert numbers.rpps_fault(number) == "check"
    assert numbers.national_id_of(number) == ""


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "length"),
        ("9990000001", "length"),
        ("999000000111", "length"),
        ("899900000011", "length"),
        ("9990000001O", "digits"),
        ("99900000011'", "digits"),
        ("٩٩٩٠٠٠٠٠٠١١", "digits"),
        ("-99900000011", ""),
        ("00000000000", "check"),
        ("9" * 10_000, "length"),
    ],
    ids=[
        "empty",
        "short",
        "long",
        "national",
        "letter",
        "quote",
        "arabic",
        "sign",
        "zeros",
        "huge",
    ],
)
def test_what_is_wrong_with_an_rpps(typed, fault):
    assert numbers.rpps_fault(typed) == fault


@pytest.mark.parametrize("typed", ["999 0000 0011", "999.000.000.11", " 99900000011\u00a0"])
def test_what_people_put_between_digits_is_no_fault(typed):
    assert numbers.rpps_fault(typed) == ""
    assert numbers.national_id_of(typed) == "899900000011"


def test_full_width_digits_are_digits():
    assert numbers.national_id_of("９９９０００００011") == "899900000011"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("0B7010446", ""),
        ("751234567", ""),
        ("2a1234567", ""),
        ("75123456", "length"),
        ("A51234567", "digits"),
        ("75123456é", "digits"),
        ("75123;567", "digits"),
    ],
)
def test_the_shape_of_an_adeli(typed, fault):
    assert numbers.adeli_fault(typed) == fault


def test_an_adeli_has_its_own_kind_of_national_identifier():
    assert numbers.national_id_of("0b7010446") == "00B7010446"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [("99900000011", ""), ("99900000012", "check"), ("0B7010446", ""), ("999", "length")],
)
def test_one_field_takes_both_kinds(typed, fault):
    assert numbers.practitioner_fault(typed) == fault


@pytest.mark.parametrize("number", FINESS)
def test_finess_of_the_test_set_is_right(number):
    assert numbers.finess_fault(number) == ""
    assert numbers.finess_fault(number[:-1] + str((int(number[-1]) + 1) % 10)) == "check"


@pytest.mark.parametrize("number", ["0B0172805", "0B0139374", "1B0062023", "2A0000012"])
def test_finess_with_a_letter_has_no_key(number):
    assert numbers.finess_fault(number) == ""


@pytest.mark.parametrize(
    ("typed", "fault"),
    [("75071218", "length"), ("7507121845", "length"), ("75071218A", "digits"), ("", "length")],
)
def test_what_is_wrong_with_a_finess(typed, fault):
    assert numbers.finess_fault(typed) == fault


@pytest.mark.parametrize("number", NIR)
def test_nir_of_the_test_set_is_right(number):
    assert numbers.nir_fault(number) == ""
    wrong = f"{(int(number[-2:]) % 97) + 1:02d}"
    assert numbers.nir_fault(number[:13] + wrong) == "check"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [("27903512151898", "length"), ("2790351A1518989", "digits"), ("X79035121518989", "digits")],
)
def test_what_is_wrong_with_a_nir(typed, fault):
    assert numbers.nir_fault(typed) == fault


def test_a_corsican_nir_is_not_read_as_another_department():
    assert numbers.nir_fault("184061900401238") == ""
    assert numbers.nir_fault("184062B00401238") == "check"
