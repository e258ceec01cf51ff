# SPDX-License-Identifier: Apache-2.0
"""What the server below leaves to us: the bytes of the headers, and the time of an answer."""

from collections.abc import Iterable
from typing import Any

from idp.cli.run import completed

ODD = "d\u00e9j\u00e0".encode().decode("latin-1")


def answered(headers: list[tuple[str, str]], *times: float) -> list[dict[str, str]]:
    """The headers that leave for an application that answers with these, at each time."""
    clock, found = iter(times), []

    def application(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [b""]

    served = completed(application, lambda: next(clock))
    for _ in times:
        served({}, lambda _status, told: found.append(dict(told)))
    return found


def test_every_answer_says_when_it_was_made():
    """RFC 9110 §6.6.1; the suite of FAPI asks for it wherever a token is used."""
    first, same, later = answered([], 784111777.0, 784111777.9, 784111778.0)
    assert first["Date"] == same["Date"] == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert later["Date"] == "Sun, 06 Nov 1994 08:49:38 GMT"


def test_a_time_that_is_there_stays():
    (told,) = answered([("date", "Sun, 06 Nov 1994 08:49:37 GMT")], 1.0)
    assert told == {"date": "Sun, 06 Nov 1994 08:49:37 GMT"}


def test_a_header_beyond_ascii_leaves_byte_by_byte():
    (told,) = answered([("X-Name", ODD)], 1.0)
    assert told["X-Name"] == "d\u00e9j\u00e0"
