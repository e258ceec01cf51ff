# SPDX-License-Identifier: Apache-2.0
"""Whatever an authority signs: the identity is the common name as it stands, or there is none."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.cps_card.certificate import CardCertificate, read_card_certificate
from idp.demo.pki_cards import integer, octets, printable
from tests.connectors.odd_certificates import (
    CARD,
    CN,
    GN,
    LOGIN,
    ORG,
    OU,
    PSEUDONYM,
    SIGNING,
    SN,
    TITLE,
    certificate,
    principal,
)

IDS = st.one_of(
    st.from_regex(r"8[0-9]{11}|0[0-9A-Z]{9}|[1-9][0-9A-Z]{9,14}/[0-9A-Z]{1,31}", fullmatch=True),
    st.from_regex(r"\A[0-9A-Z./ ]{1,20}\Z"),
    st.text(min_size=1, max_size=20),
)
TEXTS = st.one_of(
    st.sampled_from(["DURAND", "HÉLÈNE", "10B0057881", "Médecin", "D'ARC-Ñ"]),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
)
PARTS = st.one_of(
    st.tuples(st.just(CN), IDS),
    st.tuples(st.sampled_from([SN, GN, TITLE, ORG, OU, PSEUDONYM]), TEXTS),
)
PERSON = st.tuples(st.tuples(st.just(CN), IDS), st.tuples(st.just(SN), TEXTS))
RDN = st.one_of(
    st.lists(PARTS, min_size=1, max_size=3, unique=True),
    PERSON.map(lambda pair: [*pair, (GN, "CLAIRE")]),
)
SAID = st.fixed_dictionaries(
    {
        2: st.integers(0, 5).map(integer),
        3: st.sampled_from(["8025000001/2600301752", "2600301752", ""]).map(printable),
        5: st.sampled_from([b"\x00", b"\x80", b"\x03", b""]).map(octets),
    },
    optional={7: st.integers(0, 1200).map(integer), 8: st.integers(0, 60).map(integer)},
)
MORE = st.lists(IDS.map(lambda who: principal(f"{who}@carte-cps.fr")), max_size=1)


@settings(max_examples=150)
@given(
    st.lists(RDN, min_size=1, max_size=4),
    st.one_of(st.just(CARD), SAID),
    st.sampled_from([LOGIN, LOGIN, SIGNING]),
    MORE,
)
def test_one_identity_or_none(rdns, said, uses, more):
    found = read_card_certificate(certificate(rdns, said, uses, more))
    if not isinstance(found, CardCertificate):
        return
    names = [value for rdn in rdns for kind, value in rdn if kind == CN]
    assert names == [found.national_id]
    assert uses is LOGIN
    assert said[3] == printable(f"8025000001/{found.serial}")
    assert found.test is (said[5] == octets(b"\x80"))
    assert not found.upn or found.upn == f"{found.national_id}@carte-cps.fr"


@given(st.lists(st.integers(0, 2), min_size=3, max_size=3, unique=True), st.permutations([0, 1, 2]))
def test_any_order_gives_the_same(inner, outer):
    person = [(CN, "899700367917"), (SN, "DURAND"), (GN, "CLAIRE")]
    rdns = [[person[i] for i in inner], [(TITLE, "Médecin")], [(ORG, "CHU")]]
    usual = read_card_certificate(certificate([person, *rdns[1:]]))
    assert isinstance(usual, CardCertificate)
    assert read_card_certificate(certificate([rdns[i] for i in outer])) == usual
