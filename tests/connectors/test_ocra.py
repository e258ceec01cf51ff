# SPDX-License-Identifier: Apache-2.0
"""OCRA by the vectors of RFC 6287, appendix C, and more; suites by their grammar, to the letter."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.calculette.ocra import Given, data_of, fits, hash_pin, respond
from connectors.calculette.suite import Format, Hash, Malformed, Suite, read_suite

KEY20 = b"12345678901234567890"
KEY32 = b"12345678901234567890123456789012"
KEY64 = b"1234567890" * 6 + b"1234"
PIN = "1234"
# Mar 25 2008, 12:06:30 GMT: step 0x132d0b6 of a minute.
MOMENT = 1_206_446_790
TENS = [f"{digit}" * 8 for digit in range(10)]


def suite_of(text: str) -> Suite:
    found = read_suite(text)
    assert isinstance(found, Suite), found
    return found


def series(suite: str, key: bytes, questions: list[str], answers: str, *, counting: bool = False):
    """Vectors of one suite, in the order of its table."""
    for number, (question, answer) in enumerate(zip(questions, answers.split(), strict=True)):
        yield pytest.param(suite, key, question, number if counting else 0, answer)


VECTORS = [
    *series(
        "OCRA-1:HOTP-SHA1-6:QN08", KEY20, TENS,
        "237653 243178 653583 740991 608993 388898 816933 224598 750600 294470",
    ),
    *series(
        "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", KEY32, ["12345678"] * 10,
        "65347737 86775851 78192410 71565254 10104329 65983500 70069104 91771096 75011558 08522129",
        counting=True,
    ),
    *series(
        "OCRA-1:HOTP-SHA256-8:QN08-PSHA1", KEY32, TENS[:5],
        "83238735 01501458 17957585 86776967 86807031",
    ),
    *series(
        "OCRA-1:HOTP-SHA512-8:C-QN08", KEY64, TENS,
        "07016083 63947962 70123924 25341727 33203315 34205738 44343969 51946085 20403879 31409299",
        counting=True,
    ),
    *series(
        "OCRA-1:HOTP-SHA512-8:QN08-T1M", KEY64, TENS[:5],
        "95209754 55907591 22048402 24218844 36209546",
    ),
    # Mutual: the server's, then the client's.
    *series(
        "OCRA-1:HOTP-SHA256-8:QA08", KEY32, [f"CLI2222{n}SRV1111{n}" for n in range(5)],
        "28247970 01984843 65387857 03351211 83412541",
    ),
    *series(
        "OCRA-1:HOTP-SHA256-8:QA08", KEY32, [f"SRV1111{n}CLI2222{n}" for n in range(5)],
        "15510767 90175646 33777207 95285278 28934924",
    ),
    *series(
        "OCRA-1:HOTP-SHA512-8:QA08", KEY64, [f"CLI2222{n}SRV1111{n}" for n in range(5)],
        "79496648 76831980 12250499 90856481 12761449",
    ),
    *series(
        "OCRA-1:HOTP-SHA512-8:QA08-PSHA1", KEY64, [f"SRV1111{n}CLI2222{n}" for n in range(5)],
        "18806276 70020315 01600026 18951020 32528969",
    ),
    # Plain signatures.
    *series(
        "OCRA-1:HOTP-SHA256-8:QA08", KEY32, [f"SIG1{n}000" for n in range(5)],
        "53095496 04110475 31331128 76028668 46554205",
    ),
    *series(
        "OCRA-1:HOTP-SHA512-8:QA10-T1M", KEY64, [f"SIG1{n}00000" for n in range(5)],
        "77537423 31970405 10235557 95213541 65360607",
    ),
    # Beyond the RFC.
    *series(
        "OCRA-1:HOTP-SHA256-8:QN08", KEY32, [*TENS, "12345678", "00000042"],
        "63523896 82158731 75083678 58138531 08402865 20489435 20408330 94878278 15881101 76787053 "
        "70885282 33662157",
    ),
    *series(
        "OCRA-1:HOTP-SHA1-8:QN08", KEY20, [*TENS, "12345678", "00000042"],
        "39203150 19695755 86017248 43621577 79437776 47726598 22994989 41551611 30284671 43597741 "
        "95711858 45984205",
    ),
    # oath-toolkit's.
    *series(
        "OCRA-1:HOTP-SHA1-8:QN08-PSHA1", KEY32, TENS[:5],
        "03315581 29216175 73602538 83764441 46427248",
    ),
    *series(
        "OCRA-1:HOTP-SHA1-8:QN08-T1M", KEY64, TENS[:5],
        "53251232 51245531 70654774 07834989 73318629",
    ),
    *series(
        "OCRA-1:HOTP-SHA512-8:QN08", KEY64, [*TENS[:5], "12345678", "00000042"],
        "87567043 87459562 76275142 36594662 32729261 91586504 97684566",
    ),
    *series(
        "OCRA-1:HOTP-SHA256-8:C-QN08", KEY32, ["12345678"] * 10,
        "02326602 96023111 62779302 56726273 27617258 49496226 04619598 31758033 24637539 38449329",
        counting=True,
    ),
    *series(
        "OCRA-1:HOTP-SHA256-8:QN08-T1M", KEY32, TENS[:5],
        "68732413 72667484 85667751 67034494 33815952",
    ),
    *series(
        "OCRA-1:HOTP-SHA256-8:QN08-PSHA256", KEY32, TENS[:5],
        "93014736 64487715 25409828 50349181 36150654",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "question", "counter", "answer"), VECTORS)
def test_every_vector(text: str, key: bytes, question: str, counter: int, answer: str):
    suite = suite_of(text)
    assert fits(suite, question)
    pin = hash_pin(suite.pin, PIN) if suite.pin else b""
    assert respond(suite, key, Given(question, counter, pin, at=MOMENT)) == answer


def test_all_of_a_suite_is_read():
    assert suite_of("OCRA-1:HOTP-SHA512-10:C-QH64-PSHA256-S128-T15M") == Suite(
        "OCRA-1:HOTP-SHA512-10:C-QH64-PSHA256-S128-T15M",
        Hash.SHA512,
        10,
        Format.HEXADECIMAL,
        64,
        counter=True,
        pin=Hash.SHA256,
        session=128,
        step=900,
    )


@pytest.mark.parametrize(
    ("time", "seconds"), [("1S", 1), ("59S", 59), ("1M", 60), ("59M", 3540), ("48H", 172_800)]
)
def test_a_step_is_as_long_as_it_says(time: str, seconds: int):
    assert suite_of(f"OCRA-1:HOTP-SHA1-6:QN08-T{time}").step == seconds


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "algorithm"),
        ("OCRA-2:HOTP-SHA1-6:QN08", "algorithm"),
        ("ocra-1:HOTP-SHA1-6:QN08", "algorithm"),
        ("OCRA-1:HOTP-SHA1-6", "algorithm"),
        ("OCRA-1:HOTP-SHA1-6:QN08:more", "algorithm"),
        ("OCRA-1:HOTP-MD5-6:QN08", "function"),
        ("OCRA-1:HOTP-SHA1-3:QN08", "function"),
        ("OCRA-1:HOTP-SHA1-11:QN08", "function"),
        ("OCRA-1:HOTP-SHA1-06:QN08", "function"),
        ("OCRA-1:TOTP-SHA1-6:QN08", "function"),
        ("OCRA-1:HOTP-SHA1-6:", "question"),
        ("OCRA-1:HOTP-SHA1-6:C", "question"),
        ("OCRA-1:HOTP-SHA1-6:PSHA1", "question"),
        ("OCRA-1:HOTP-SHA1-6:QN03", "question"),
        ("OCRA-1:HOTP-SHA1-6:QN65", "question"),
        ("OCRA-1:HOTP-SHA1-6:QN8", "question"),
        ("OCRA-1:HOTP-SHA1-6:QX08", "question"),
        ("OCRA-1:HOTP-SHA1-6:QN\u0660\u0668", "question"),
        ("OCRA-1:HOTP-SHA1-6:QN08-C", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-PMD5", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T1M-PSHA1", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-PSHA1-PSHA1", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-S64", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-S000", "session"),
        ("OCRA-1:HOTP-SHA1-6:QN08-S513", "session"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T0S", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T60M", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T49H", "data"),
        ("OCRA-1:HOTP-SHA1-6:QN08-T0H", "time"),
        ("OCRA-1:HOTP-SHA1-6:QN08\n", "question"),
        ("O" * 65, "length"),
    ],
)
def test_what_is_no_suite_is_refused_by_its_part(text: str, part: str):
    assert read_suite(text) == Malformed(part)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str):
    found = read_suite(text)
    assert isinstance(found, Malformed) or found.text == text


PARTS = st.tuples(
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
    st.sampled_from([0, 4, 6, 8, 10]),
    st.sampled_from(["", "C-"]),
    st.sampled_from("ANH"),
    st.integers(4, 64),
    st.sampled_from(["", "-PSHA1", "-PSHA512"]),
    st.sampled_from(["", "-S001", "-S064", "-S512"]),
    st.sampled_from(["", "-T1S", "-T59M", "-T48H"]),
)


@given(PARTS, st.integers(0, 2**63), st.integers(0, 2**40))
def test_whatever_the_suite_the_data_has_its_one_length(parts, counter: int, at: int):
    made_with, digits, count, form, longest, pin, session, time = parts
    text = f"OCRA-1:HOTP-{made_with}-{digits}:{count}Q{form}{longest:02}{pin}{session}{time}"
    suite = suite_of(text)
    hashed = hash_pin(suite.pin, PIN) if suite.pin else b""
    told = Given("7" * longest, counter, hashed, b"s" * (suite.session or 0), at)
    expected = len(text) + 1 + 128 + 8 * bool(count) + len(hashed)
    expected += (suite.session or 0) + 8 * bool(time)
    assert len(data_of(suite, told)) == expected
    response = respond(suite, KEY32, told)
    assert len(response) == (digits or 2 * hashlib.new(suite.hash.value).digest_size)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("OCRA-1:HOTP-SHA1-6:QN08", ""),
        ("OCRA-1:HOTP-SHA1-6:QN08", "1234567a"),
        ("OCRA-1:HOTP-SHA1-6:QN08", "1" * 17),
        ("OCRA-1:HOTP-SHA1-6:QN08", "\u0661" * 8),
        ("OCRA-1:HOTP-SHA1-6:QH08", "12345G"),
        ("OCRA-1:HOTP-SHA1-6:QA08", "ab cd"),
        ("OCRA-1:HOTP-SHA1-6:QA08", "é"),
    ],
)
def test_a_challenge_of_another_format_does_not_fit(text: str, question: str):
    assert not fits(suite_of(text), question)


def test_what_the_suite_asks_for_must_be_there():
    pinned = suite_of("OCRA-1:HOTP-SHA256-8:QN08-PSHA1")
    with pytest.raises(ValueError, match="0 bytes where the suite says 20"):
        respond(pinned, KEY32, Given("12345678"))
    short = suite_of("OCRA-1:HOTP-SHA256-8:QN08-S004")
    with pytest.raises(ValueError, match="5 bytes where there is room for 4"):
        respond(short, KEY32, Given("12345678", session=b"12345"))


def test_the_session_and_the_step_tell_apart():
    session = suite_of("OCRA-1:HOTP-SHA256-8:QN08-S064")
    assert len({respond(session, KEY32, Given("1", session=one)) for one in (b"", b"a", b"b")}) == 3
    timed = suite_of("OCRA-1:HOTP-SHA256-8:QN08-T1M")
    shown = [respond(timed, KEY32, Given("1", at=at)) for at in (60, 119, 120)]
    assert shown[0] == shown[1] != shown[2]


def test_nothing_given_shows_what_is_secret():
    assert "1234" not in repr(Given("8", pin=b"1234", session=b"1234"))
