# SPDX-License-Identifier: Apache-2.0
"""Tokens and JSON by themselves: each guard holds even where another would have caught it."""

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from relying_parties.kit.strict_json import parse_object
from relying_parties.kit.tokens import Unacceptable, verify_token

KEY = ECKey.generate_key("P-256", {"kid": "k"})
TYPES = frozenset({"", "jwt"})


class Keys:
    """Finds the key, and remembers whether it was asked."""

    def __init__(self):
        self.asked = []

    def find(self, kid):
        self.asked.append(kid)
        return KEY


def signed(**header):
    full = {"alg": "ES256", "kid": "k", **header}
    return jws.serialize_compact(full, b'{"a": 1}', KEY, algorithms=["ES256"])


def test_a_right_token_gives_its_claims():
    assert verify_token(signed(), Keys(), "ES256", TYPES) == {"a": 1}


def test_oa_070_the_algorithm_is_refused_before_any_key_is_looked_for():
    keys = Keys()
    assert verify_token(signed(), keys, "RS256", TYPES) == Unacceptable("another algorithm")
    assert not keys.asked


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": KEY.as_dict(private=False)},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/x5u"},
        {"x5c": ["MIIB"]},
    ],
)
def test_oa_073_a_key_in_the_header_is_refused_even_with_a_right_signature(header):
    keys = Keys()
    answer = verify_token(signed(**header), keys, "ES256", TYPES)
    assert answer == Unacceptable("forbidden header")
    assert not keys.asked


@pytest.mark.parametrize("token", [None, 7, b"a.b.c", "", "a.b", "a.b.c.d", "é.b.c", "a=.b.c"])
def test_oa_076_what_is_no_compact_token(token):
    assert isinstance(verify_token(token, Keys(), "ES256", TYPES), Unacceptable)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"a": ' + "[" * 100_000,
        "[1]",
        "null",
        "",
        "{",
        b"\xff{}",
        b"\xef\xbb\xbf{}",
    ],
)
def test_oa_078_json_that_is_read_in_two_ways_is_not_read(text):
    assert parse_object(text) is None


def test_plain_json_is_read():
    assert parse_object(b'{"a": [1, 2.5, "\xc3\xa9", null, true]}') == {"a": [1, 2.5, "é", None, 1]}
