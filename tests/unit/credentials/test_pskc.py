# SPDX-License-Identifier: Apache-2.0
"""Key containers of RFC 6030: its examples, what else makers write, and what is refused."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.credentials.delivery import pskc as reader
from idp.credentials.delivery.pskc import Delivered, Reading, read_pskc
from idp.credentials.delivery.pskc_secrets import Unlock
from tests import pskc

NOW = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
KEY = bytes(range(32))
MAC_KEY = b"m" * 20
ONE = pskc.package(pskc.plain())


def read(data: bytes, **unlock) -> Reading:
    return read_pskc(data, Unlock(**unlock), NOW)


def only(found: Reading) -> Delivered:
    assert found.faults == []
    (one,) = found.keys
    return one


def faults(*packages: str, head: str = "", **unlock) -> str:
    found = read(pskc.container(*packages, head=head), **unlock)
    assert found.keys == []
    return "\n".join(found.faults)


def sealed_head(key: bytes = KEY, mac: str = pskc.MAC) -> str:
    text = base64.b64encode(pskc.encrypt(MAC_KEY, key)).decode()
    return pskc.head(text, cipher=f"aes{8 * len(key)}-cbc", mac=mac)


def test_a_plain_key_with_its_suite_and_counter():
    data = "<Counter><PlainValue>42</PlainValue></Counter>"
    one = only(read(pskc.container(pskc.package(pskc.plain(), data=data))))
    assert (one.serial, one.suite, one.secret) == (pskc.CARD, pskc.SUITE, pskc.SECRET)
    assert (one.counter, one.drift, one.interval, one.pin) == (42, 0, 0, "")
    assert "secret" not in repr(one)


def test_the_example_of_rfc_6030_6_1():
    secret = pskc.boxed(pskc.RFC_BOXED, pskc.RFC_VALUE_MAC)
    file = pskc.container(pskc.package(secret), head=pskc.head(pskc.RFC_MAC_KEY))
    assert only(read(file, key=pskc.RFC_KEY)).secret == pskc.RFC_SECRET


def test_the_example_of_rfc_6030_6_2():
    secret = pskc.boxed(pskc.RFC_PBE_BOXED, pskc.RFC_PBE_VALUE_MAC)
    head = pskc.head(pskc.RFC_PBE_MAC_KEY, pskc.derived())
    found = read(pskc.container(pskc.package(secret), head=head), passphrase=pskc.RFC_PASSPHRASE)
    assert only(found).secret == pskc.RFC_SECRET


@pytest.mark.parametrize("bits", [128, 192, 256])
@pytest.mark.parametrize("hashed", ["sha1", "sha256", "sha512"])
def test_every_key_length_and_mac(bits: int, hashed: str):
    key = KEY[: bits // 8]
    space = "2000/09/xmldsig" if hashed == "sha1" else "2001/04/xmldsig-more"
    head = sealed_head(key, f"http://www.w3.org/{space}#hmac-{hashed}")
    package = pskc.package(pskc.seal(pskc.SECRET, key, MAC_KEY, hashed))
    assert only(read(pskc.container(package, head=head), key=key)).secret == pskc.SECRET


def test_without_a_mac_key_the_mac_is_by_the_encryption_key():
    package = pskc.package(pskc.seal(pskc.SECRET, KEY, KEY))
    found = read(pskc.container(package, head=pskc.head("")), key=KEY)
    assert only(found).secret == pskc.SECRET


def test_a_counter_may_be_encrypted_as_well():
    data = f"<Counter>{pskc.seal((77).to_bytes(8), KEY, MAC_KEY)}</Counter>"
    package = pskc.package(pskc.seal(pskc.SECRET, KEY, MAC_KEY), data=data)
    assert only(read(pskc.container(package, head=sealed_head()), key=KEY)).counter == 77


def test_the_suite_may_stand_in_the_name_of_the_algorithm():
    name = f"urn:ietf:params:xml:ns:keyprov:pskc#{pskc.SUITE}"
    package = pskc.package(pskc.plain(), suite="", algorithm=name)
    assert only(read(pskc.container(package))).suite == pskc.SUITE


def test_the_code_of_the_card_comes_as_a_key_of_its_own():
    """RFC 6030 §5.1."""
    code = (
        '<Key Id="the-pin" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:pin">'
        f"<Data><Secret>{pskc.plain(b'4711')}</Secret></Data></Key>"
    )
    policy = '<PINPolicy PINKeyId="the-pin" PINUsageMode="Algorithmic"/>'
    package = pskc.package(pskc.plain(), policy=policy, more=code)
    assert only(read(pskc.container(package))).pin == "4711"
    assert "its PIN 'the-pin' is not in the file" in faults(
        pskc.package(pskc.plain(), policy=policy)
    )


def test_clock_and_user_are_told():
    data = (
        "<TimeInterval><PlainValue>60</PlainValue></TimeInterval>"
        "<TimeDrift><PlainValue>-4</PlainValue></TimeDrift>"
    )
    package = pskc.package(pskc.plain(), data=data, user="CN=2600301752,O=CPS")
    one = only(read(pskc.container(package)))
    assert (one.interval, one.drift, one.user) == (60, -4, "CN=2600301752,O=CPS")


def test_all_faults_are_told_at_once_with_their_lines():
    wrong = [
        pskc.package("<PlainValue>no base 64!</PlainValue>", serial="1"),
        pskc.package("", serial="2"),
        ONE,
        pskc.package(pskc.plain(), serial="3", policy="<KeyUsage>OTP</KeyUsage><Unheard/>"),
    ]
    found = read(pskc.container(*wrong))
    assert len(found.keys) == 1
    assert len(found.faults) == 4
    assert found.faults[0] == "line 5 (serial '1'): it is not base 64"
    assert "serial '2'): it has no secret" in found.faults[1]
    assert "Unheard, which is not known here" in found.faults[2]
    assert "does not let it answer challenges" in found.faults[3]


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("<NumberOfTransactions>3</NumberOfTransactions>", "which is not known here"),
        ("<ExpiryDate>2026-05-31T00:00:00Z</ExpiryDate>", "has ended it"),
        ("<StartDate>2026-06-02T00:00:00Z</StartDate>", "does not let it be used yet"),
        ("<StartDate>soon</StartDate>", "a date that can't be read"),
        ('<PINPolicy PINUsageMode="Prepend"/>', "the way 'Prepend'"),
    ],
)
def test_a_policy_that_is_not_met_or_not_known_is_refused(policy: str, why: str):
    assert why in faults(pskc.package(pskc.plain(), policy=policy))


def test_a_policy_that_is_met_is_no_fault():
    policy = (
        "<StartDate>2026-01-01T00:00:00Z</StartDate><ExpiryDate>2036-01-01T00:00:00Z</ExpiryDate>"
        '<KeyUsage>CR</KeyUsage><PINPolicy PINUsageMode="Local"/>'
    )
    assert only(read(pskc.container(pskc.package(pskc.plain(), policy=policy))))


@pytest.mark.parametrize(
    ("formats", "why"),
    [
        ('<ChallengeFormat Encoding="DECIMAL" Min="6" Max="6"/>', "challenges are not 8 digits"),
        ('<ChallengeFormat Encoding="DECIMAL" Min="9" Max="12"/>', "challenges are not 8 digits"),
        ('<ChallengeFormat Encoding="BASE64" Min="1" Max="12"/>', "not made of digits"),
        ('<ChallengeFormat Min="8" Max="8" CheckDigits="true"/>', "end in a check digit"),
        ('<ResponseFormat Length="6" Encoding="DECIMAL"/>', "answers are not 8 digits"),
        ('<ResponseFormat Length="8" Encoding="HEXADECIMAL"/>', "answers are not 8 digits"),
    ],
)
def test_formats_that_the_page_does_not_have_are_refused(formats: str, why: str):
    assert why in faults(pskc.package(pskc.plain(), formats=formats))


def test_the_formats_of_the_page_are_taken():
    formats = (
        '<ChallengeFormat Encoding="DECIMAL" Min="4" Max="8"/>'
        '<ResponseFormat Length="8" Encoding="DECIMAL"/>'
    )
    assert only(read(pskc.container(pskc.package(pskc.plain(), formats=formats))))


def test_another_key_or_a_changed_value_does_not_open():
    package = pskc.package(pskc.seal(pskc.SECRET, KEY, MAC_KEY))
    good = pskc.container(package, head=sealed_head())
    assert only(read(good, key=KEY)).secret == pskc.SECRET
    wrong = KEY[::-1]
    assert read(good, key=wrong).keys == []
    assert read(good).faults == ["the keys are encrypted: say with which key"]
    assert "has 256 bits, not 128" in read(good, key=KEY[:16]).faults[0]
    said = pskc.seal(pskc.SECRET, KEY, b"another" * 3)
    assert "MAC is not right" in faults(pskc.package(said), head=sealed_head(), key=KEY)


def test_encryption_without_a_mac_is_refused():
    package = pskc.package(pskc.seal(pskc.SECRET, KEY, MAC_KEY))
    head = "<EncryptionKey><ds:KeyName>k</ds:KeyName></EncryptionKey>"
    assert "without a MAC" in faults(package, head=head, key=KEY)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rounds": "0"}, "a number of rounds"),
        ({"rounds": "99999999"}, "a number of rounds"),
        ({"salt": ""}, "a salt"),
        ({"length": "20"}, "a length that AES takes"),
        ({"prf": "http://www.w3.org/2000/09/xmldsig#hmac-md5"}, "a function that is not taken"),
    ],
)
def test_a_derivation_that_is_weak_or_endless_is_refused(changes: dict[str, str], why: str):
    head = pskc.head("", pskc.derived(**changes))
    assert why in faults(ONE, head=head, passphrase="qwerty")


BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b'<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc" Version="1.0">&c;</KeyContainer>'
)
OUTSIDE = (
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    b'<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc" Version="1.0">&b;</KeyContainer>'
)


@pytest.mark.parametrize("data", [BOMB, OUTSIDE, b'<!DOCTYPE a SYSTEM "http://e.example"><a/>'])
def test_a_document_type_is_never_read(data: bytes):
    assert read(data).faults == ["it declares a document type, which is not read"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is no XML"),
        (b"<a>", "it is no XML"),
        (b'<?xml version="1.0" encoding="UTQ-8"?><a/>', "unknown encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "it is no XML"),
        (b"<a/>", "it is no KeyContainer"),
        (pskc.container(ONE, version="2.0"), "its version is not 1.0"),
        (pskc.container(), "it holds no key"),
        (b"<a>" * 100, "nested too deep"),
        # Each element takes a hundred times as much memory as it is long.
        (b"<a>" + b"<b/>" * 3000 + b"</a>", "or too long"),
    ],
)
def test_what_is_no_container_is_refused(data: bytes, why: str):
    (fault,) = read(data).faults
    assert why in fault


def test_a_file_has_its_largest_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader, "LONGEST", 100)
    assert "longer than" in read(pskc.container(ONE)).faults[0]


GOOD = pskc.container(
    pskc.package(pskc.seal(pskc.SECRET, KEY, MAC_KEY), policy="<KeyUsage>CR</KeyUsage>"),
    head=sealed_head(),
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_file_breaks_the_reader(data: st.DataObject):
    """Anything at all, and good files with a piece cut out or put in."""
    if data.draw(st.booleans()):
        file = data.draw(st.binary(max_size=400))
    else:
        start = data.draw(st.integers(0, len(GOOD)))
        end = data.draw(st.integers(start, min(len(GOOD), start + 60)))
        file = GOOD[:start] + data.draw(st.binary(max_size=30)) + GOOD[end:]
    found = read(file, key=KEY)
    assert found.keys or found.faults
    assert all(one.secret for one in found.keys)
