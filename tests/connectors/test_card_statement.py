# SPDX-License-Identifier: Apache-2.0
"""What a card signs: read in one way only, and verified with the right key and nothing else."""

import json
from dataclasses import fields, replace
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from hypothesis import given
from hypothesis import strategies as st

from connectors.cps_card.statement import (
    LONGEST_ANSWER,
    Heartbeat,
    Signed,
    Statement,
    is_presence_key,
    presence_bytes,
    read_answer,
    read_heartbeat,
    read_statement,
    signed_bytes,
    verify,
    verify_heartbeat,
    write_answer,
    write_heartbeat,
    write_statement,
)
from connectors.strict_json import to_bytes, to_text

ASKED = Statement(
    issuer="https://sceau.example",
    origin="https://sceau.example",
    site="Sceau, Région Centre",
    nonce="n" * 22,
    journey="j-1",
    at=1_795_000_000,
    purpose="login",
)
KEY = to_text(bytes(range(32)))
ANSWERED = Signed(b"der", "PS256", KEY, b"signature")
PSS = padding.PSS(padding.MGF1(SHA256()), 32)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
statements = st.builds(
    Statement,
    issuer=st.sampled_from(["https://a.example", "http://localhost:8000", "https://[2001:db8::1]"]),
    origin=st.sampled_from(["https://a.example", "http://127.0.0.1:8000"]),
    site=st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=120),
    nonce=st.from_regex(r"[A-Za-z0-9_-]{22,128}", fullmatch=True),
    journey=st.from_regex(r"[A-Za-z0-9_.:~|-]{0,200}", fullmatch=True),
    at=st.integers(1, 2**53 - 1),
    purpose=st.sampled_from(["login", "registration", "toolbox"]),
)


@cache
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def sign_rsa(algorithm, scheme, digest=None, key=None):
    said = signed_bytes(ASKED, algorithm, KEY)
    signature = (key or rsa_key()).sign(said, scheme, digest or SHA256())
    return replace(ANSWERED, algorithm=algorithm, signature=signature)


def sign_ec(key):
    r, s = decode_dss_signature(key.sign(signed_bytes(ASKED, "ES256", KEY), ec.ECDSA(SHA256())))
    width = (key.key_size + 7) // 8
    return replace(ANSWERED, algorithm="ES256", signature=r.to_bytes(width) + s.to_bytes(width))


# ---- statements ----


@given(statements)
def test_what_is_written_is_read_again(statement):
    assert read_statement(write_statement(statement)) == statement


@given(anything)
def test_other_json_is_no_statement(value):
    assert read_statement(json.dumps(value)) is None
    assert read_answer(json.dumps(value)) is None
    assert read_heartbeat(json.dumps(value)) is None


@given(st.text())
def test_other_text_is_no_statement(text):
    assert read_statement(text) is None
    assert read_answer(text) is None
    assert read_heartbeat(text) is None


@given(st.sampled_from(["v", *(each.name for each in fields(Statement))]), anything)
def test_a_member_of_another_kind_is_refused_or_read_as_it_is(name, value):
    text = json.dumps({**ASKED.members(), name: value})
    found = read_statement(text)
    # A reader that bends a value to its type would sign something else than was asked.
    assert found is None or json.dumps(found.members()) == text


@pytest.mark.parametrize("name", ["v", *(each.name for each in fields(Statement))])
def test_a_missing_member_is_no_statement(name):
    members = ASKED.members()
    del members[name]
    assert read_statement(json.dumps(members)) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 2),
        ("v", True),
        ("v", "1"),
        ("issuer", "https://sceau.example/"),
        ("issuer", "ftp://sceau.example"),
        ("issuer", "https://SCEAU.example"),
        ("origin", "null"),
        ("origin", "https://a@sceau.example"),
        ("site", ""),
        ("site", "two\nlines"),
        ("site", "\u202eturned"),
        ("site", "s" * 121),
        ("site", "\ud800"),
        ("nonce", "n" * 21),
        ("nonce", "n" * 129),
        ("nonce", "n" * 21 + "\n"),
        ("journey", "j" * 201),
        ("at", 0),
        ("at", -1),
        ("at", 1.0),
        ("at", True),
        ("at", 2**53),
        ("purpose", "signature"),
    ],
)
def test_a_member_out_of_its_bounds_is_no_statement(name, value):
    assert read_statement(json.dumps({**ASKED.members(), name: value})) is None


def test_a_member_more_or_twice_is_no_statement():
    assert read_statement(json.dumps({**ASKED.members(), "more": 1})) is None
    twice = write_statement(ASKED)[:-1] + ',"purpose":"login"}'
    assert json.loads(twice)["purpose"] == "login"
    assert read_statement(twice) is None


def test_a_long_text_is_no_statement():
    assert read_statement(" " * 5000 + write_statement(ASKED)) is None
    assert read_statement("[" * 4000) is None


def test_nothing_is_written_that_would_not_be_read():
    with pytest.raises(ValueError, match="no agent would read"):
        write_statement(replace(ASKED, nonce="short"))


# ---- what is signed ----


def test_signed_bytes_are_these_and_no_others():
    assert signed_bytes(ASKED, "PS256", KEY) == (
        b'sceau card login v1\0{"algorithm":"PS256","at":1795000000,'
        b'"issuer":"https://sceau.example","journey":"j-1","nonce":"nnnnnnnnnnnnnnnnnnnnnn",'
        b'"origin":"https://sceau.example","presence_key":"' + KEY.encode() + b'",'
        b'"purpose":"login","site":"Sceau, R\xc3\xa9gion Centre","v":1}'
    )
    assert presence_bytes("https://sceau.example", KEY, 7, "removed") == (
        b'sceau card presence v1\0{"issuer":"https://sceau.example","key":"' + KEY.encode() + b'",'
        b'"sequence":7,"state":"removed","v":1}'
    )


@given(statements, statements, st.sampled_from(["PS256", "RS256"]), st.sampled_from(["", KEY]))
def test_two_statements_never_have_the_same_bytes(one, other, algorithm, key):
    same = signed_bytes(one, algorithm, key) == signed_bytes(other, "PS256", KEY)
    assert same == (one == other and algorithm == "PS256" and key == KEY)


# ---- answers ----


@given(
    st.builds(
        Signed,
        certificate=st.binary(min_size=1, max_size=200),
        algorithm=st.sampled_from(["PS256", "RS256", "ES256"]),
        presence_key=st.just("") | st.binary(min_size=32, max_size=32).map(to_text),
        signature=st.binary(min_size=1, max_size=1024),
    )
)
def test_an_answer_is_read_as_it_was_written(signed):
    assert read_answer(write_answer(signed)) == signed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 2),
        ("certificate", ""),
        ("certificate", "AB=="),
        ("certificate", to_text(bytes(16 * 1024 + 1))),
        ("algorithm", "none"),
        ("algorithm", "HS256"),
        ("algorithm", ["PS256"]),
        ("presence_key", "AAAA"),
        ("presence_key", None),
        ("signature", ""),
        ("signature", to_text(bytes(1025))),
        ("signature", 1),
    ],
)
def test_a_member_of_an_answer_out_of_its_bounds(name, value):
    members = json.loads(write_answer(ANSWERED))
    assert read_answer(json.dumps({**members, name: value})) is None


def test_a_huge_answer_is_not_read():
    assert read_answer(" " * LONGEST_ANSWER + write_answer(ANSWERED)) is None


@given(st.text(max_size=60))
def test_base64_has_one_spelling(text):
    found = to_bytes(text)
    assert found is None or to_text(found) == text


def test_a_presence_key_is_thirty_two_bytes():
    assert is_presence_key(KEY)
    assert not is_presence_key(to_text(bytes(31)))
    # The last character of 43 carries two bits that mean nothing.
    assert not is_presence_key(KEY[:-1] + "9")


# ---- signatures ----


def test_each_algorithm_is_verified():
    assert verify(rsa_key().public_key(), ASKED, sign_rsa("PS256", PSS))
    assert verify(rsa_key().public_key(), ASKED, sign_rsa("RS256", padding.PKCS1v15()))
    assert verify(ec_key().public_key(), ASKED, sign_ec(ec_key()))


@pytest.mark.parametrize("name", [each.name for each in fields(Statement)])
def test_a_signature_says_every_member(name):
    other = {
        "issuer": "https://other.example",
        "origin": "https://other.example",
        "site": "Sceau",
        "nonce": "m" * 22,
        "journey": "j-2",
        "at": ASKED.at + 1,
        "purpose": "registration",
    }[name]
    signed = sign_rsa("PS256", PSS)
    assert not verify(rsa_key().public_key(), replace(ASKED, **{name: other}), signed)


def test_a_signature_says_its_algorithm_and_the_presence_key():
    key, signed = rsa_key().public_key(), sign_rsa("PS256", PSS)
    assert not verify(key, ASKED, replace(signed, presence_key=""))
    assert not verify(key, ASKED, replace(signed, presence_key=to_text(bytes(32))))
    assert not verify(key, ASKED, replace(signed, algorithm="RS256"))
    # Bytes that say PS256, signed as RS256 are.
    crossed = rsa_key().sign(signed_bytes(ASKED, "PS256", KEY), padding.PKCS1v15(), SHA256())
    assert not verify(key, ASKED, replace(signed, signature=crossed))
    assert not verify(key, ASKED, replace(signed, signature=crossed, algorithm="RS256"))


def test_what_is_weaker_than_it_says_is_refused():
    key = rsa_key().public_key()
    assert not verify(key, ASKED, sign_rsa("RS256", padding.PKCS1v15(), SHA1()))
    assert not verify(key, ASKED, sign_rsa("PS256", padding.PSS(padding.MGF1(SHA256()), 0)))
    small = rsa.generate_private_key(65537, 1024)
    assert not verify(small.public_key(), ASKED, sign_rsa("PS256", PSS, key=small))


def test_another_kind_of_key_is_refused():
    signed = sign_ec(ec_key())
    assert not verify(rsa_key().public_key(), ASKED, signed)
    assert not verify(ec_key().public_key(), ASKED, sign_rsa("PS256", PSS))
    other = ec.generate_private_key(ec.SECP384R1())
    assert not verify(other.public_key(), ASKED, sign_ec(other))
    assert not verify(ed25519.Ed25519PrivateKey.generate().public_key(), ASKED, signed)
    assert not verify(None, ASKED, signed)
    # The same two numbers, not in their one form.
    assert not verify(ec_key().public_key(), ASKED, replace(signed, signature=b"\0" * 64))
    longer = signed.signature[:32] + b"\0" + signed.signature[32:]
    assert not verify(ec_key().public_key(), ASKED, replace(signed, signature=longer))


# ---- presence ----


def test_a_heartbeat_counts_for_its_server_and_its_state_alone():
    private = ed25519.Ed25519PrivateKey.generate()
    key = to_text(private.public_key().public_bytes_raw())
    said = presence_bytes(ASKED.issuer, key, 3, "present")
    beat = Heartbeat(key, 3, "present", private.sign(said))
    assert read_heartbeat(write_heartbeat(beat)) == beat
    assert verify_heartbeat(ASKED.issuer, beat)
    assert not verify_heartbeat("https://other.example", beat)
    assert not verify_heartbeat(ASKED.issuer, replace(beat, state="removed"))
    assert not verify_heartbeat(ASKED.issuer, replace(beat, sequence=4))
    assert not verify_heartbeat(ASKED.issuer, replace(beat, key=KEY))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 0),
        ("key", ""),
        ("sequence", 0),
        ("sequence", 1.0),
        ("sequence", True),
        ("sequence", 2**53),
        ("state", "absent"),
        ("state", None),
        ("signature", to_text(bytes(63))),
    ],
)
def test_a_member_of_a_heartbeat_out_of_its_bounds(name, value):
    members = json.loads(write_heartbeat(Heartbeat(KEY, 1, "present", bytes(64))))
    assert read_heartbeat(json.dumps(members)) is not None
    assert read_heartbeat(json.dumps({**members, name: value})) is None
