# SPDX-License-Identifier: Apache-2.0
"""Requests of every shape at the agent's door: see tests/fuzz/agent_http.py for what must hold."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz import agent_http
from tests.fuzz.agent_http import ORIGIN, STATEMENT, request

headers = st.dictionaries(
    st.sampled_from(
        ["Host", "Origin", "Content-Type", "Content-Length", "Transfer-Encoding", "Expect", "X"]
    ),
    st.sampled_from(
        [
            "localhost:8006",
            "evil.example",
            ORIGIN,
            "null",
            "*",
            "application/json",
            "text/plain",
            "chunked",
            "100-continue",
            "0",
            "-1",
            "99999999999999999999",
            "٣",
        ]
    ).filter(str.isascii)
    | st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30),
    max_size=4,
)
bodies = st.binary(max_size=200) | st.sampled_from(
    [b"{}", b"[]", b'{"statement":1}', b"{" * 3000, agent_http.encoded(STATEMENT)]
)


def latin(text):
    """Headers are bytes: what is no ASCII goes as it may."""
    return text.encode("ascii", "replace").decode()


@given(
    st.sampled_from(["/v1/sign", "/v1/state", "/v2/sign", "/", "*", "/v1/sign?x", "//v1/sign"]),
    bodies,
    st.sampled_from(["POST", "OPTIONS", "GET", "post", "PUT", ""]),
    headers,
)
def test_a_request_of_any_shape(path, body, method, changed):
    agent_http.target(
        request(path, body, method, **{name: latin(value) for name, value in changed.items()})
    )


@given(st.binary(max_size=600))
@example(b"POST /v1/sign HTTP/1.1\r\n" + b"Origin: x\r\n" * 200 + b"\r\n")
@example(b"POST " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n")
@example(b"POST /v1/sign HTTP/9.9\r\n\r\n")
def test_any_bytes(data):
    agent_http.target(data)


@given(st.integers(0, 2000), st.binary(max_size=3), st.sampled_from(agent_http.seeds()))
def test_a_good_request_with_a_fault_in_it(place, fault, seed):
    place %= len(seed)
    agent_http.target(seed[:place] + fault + seed[place + 1 :])


@pytest.mark.parametrize("seed", range(len(agent_http.seeds())))
def test_the_seeds(seed):
    agent_http.target(agent_http.seeds()[seed])


def status_of(data):
    line, everything = agent_http.Line(data), agent_http.Everything()
    status = int(answer(line, everything).split(b" ", 2)[1])
    assert status == 200 or not everything.said
    return status


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("Origin", ORIGIN, 403),
        ("Origin", "https://evil.example", 403),
        ("Host", "localhost:8006", 403),
        ("Content-Type", "application/json", 415),
        ("Content-Length", "2", 411),
        ("Transfer-Encoding", "chunked", 411),
    ],
)
def test_a_header_that_came_twice_says_nothing(name, value, status):
    first, _, rest = agent_http.seeds()[0].partition(b"\r\n")
    line = f"{name}: {value}\r\n".encode()
    assert status_of(first + b"\r\n" + line + rest) == status
    # At the end as well: the last one counts no more than the first.
    head, _, body = agent_http.seeds()[0].partition(b"\r\n\r\n")
    assert status_of(head + b"\r\n" + line.rstrip() + b"\r\n\r\n" + body) == status


@pytest.mark.parametrize(
    ("length", "status"),
    [("65537", 413), ("999999", 413), ("9" * 30, 413), ("-1", 411), ("1e3", 411), ("", 411)],
)
def test_a_length_that_cannot_be_is_refused_unread(length, status):
    assert status_of(request(**{"Content-Length": length})) == status


@pytest.mark.parametrize("body", [b"\xff", b"[]", b'{"a":1,"a":2}', b'{"a":NaN}', b"{", b"null"])
def test_what_is_no_object_in_json_is_refused(body):
    assert status_of(request(body=body)) == 400


def test_the_first_seed_is_signed():
    """Or all of this would hold of a door that is always shut."""
    line = agent_http.Line(agent_http.seeds()[0])
    everything = agent_http.Everything()
    answered = answer(line, everything)
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert len(everything.said) == 1


def answer(line, everything):
    from types import SimpleNamespace

    origins = frozenset({ORIGIN})
    signer = agent_http.Signer(
        origins, everything, everything, everything, agent_http.Rate(9, lambda: 0.0)
    )
    door = agent_http.Door(origins, everything, signer, lambda _client, _here: True)
    server = SimpleNamespace(door=door, names=frozenset({"localhost:8006"}))
    agent_http.Handler(line, ("127.0.0.1", 50000), server)
    return line.sent
