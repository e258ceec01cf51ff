# SPDX-License-Identifier: Apache-2.0
"""A card tried in the toolbox: one word for what the server thinks of it, and nothing opened."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from connectors.cps_card.statement import (
    Signed,
    read_statement,
    signed_bytes,
    write_answer,
    write_statement,
)
from connectors.cps_card.trial import CardTrial
from connectors.ports import Distrust, Site, Trusted
from idp.clock import SystemEntropy
from idp.credentials.challenges import SealedChallenges
from idp.demo.pki_cards import Product, Use
from idp.lookup import Lookup
from tests.pki import NOW, card, key, new_pki, period
from tests.world import StandingClock

SITE = Site("sceau.example", "https://sceau.example", "Sceau")
GOOD = Trusted("cps", "a" * 64, NOW + 1000, certain=True)


class Judge:
    """A trust store that says one thing, and notes who was asked after."""

    def __init__(self, word=GOOD):
        self.word = word
        self.asked = []

    def judge(self, certificate, application):
        self.asked.append((certificate, application))
        return self.word


@pytest.fixture
def clock():
    return StandingClock(NOW)


@pytest.fixture
def bench(clock):
    """Makes a trial over a judge."""
    challenges = SealedChallenges(clock, SystemEntropy(), Lookup(bytes(32)), 120)

    def make(judge, *, test_cards=False):
        return CardTrial(judge, challenges, clock, SITE, test_cards=test_cards)

    return make


def issued(use=Use.AUTHENTICATION, **changes):
    return new_pki().issue(card(**changes), period(), use, key("card"))


def answer(text, made, signer=None, changed=None):
    """What the program of a workstation would send back."""
    asked = changed or read_statement(text)
    signature = (signer or key("card")).sign(
        signed_bytes(asked, "RS256", ""), padding.PKCS1v15(), SHA256()
    )
    signed = Signed(made.der, "RS256", "", signature)
    return {"statement": write_statement(asked), "answer": write_answer(signed)}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (GOOD, "accepted"),
        (replace(GOOD, certain=False), "unsure"),
        (Distrust.UNKNOWN_AUTHORITY, "unknown-authority"),
        (Distrust.EXPIRED, "expired"),
        (Distrust.REVOKED, "revoked"),
        (Distrust.REVOCATION_UNKNOWN, "revocation-unknown"),
        (Distrust.NOT_YET_VALID, "not-yet-valid"),
        (Distrust.WEAK, "weak"),
        (Distrust.MALFORMED, "other"),
        (Distrust.WRONG_USE, "other"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_the_trust_store_says_is_told(bench, word, expected):
    judge, made = Judge(word), issued()
    trial = bench(judge)
    assert trial.judge_trial("v", answer(trial.trial("v"), made)) == expected
    # As for no application: its policy is not a visitor's business.
    assert judge.asked == [(made.der, None)]


def test_what_is_signed_is_no_login(bench):
    asked = read_statement(bench(Judge()).trial("v"))
    assert (asked.purpose, asked.issuer) == ("toolbox", SITE.origin)


def test_cards_for_trying_out_count_where_they_are_let_in(bench):
    made = issued(product=Product.TEST_CARD)
    for test_cards, expected in ((False, "test"), (True, "accepted")):
        trial = bench(Judge(), test_cards=test_cards)
        assert trial.judge_trial("v", answer(trial.trial("v"), made)) == expected


def test_a_card_of_nobody_and_the_certificate_for_signatures(bench):
    trial = bench(Judge())
    service = issued(pseudonym="EMPLOYE000000018", last_name="", first_name="")
    assert trial.judge_trial("v", answer(trial.trial("v"), service)) == "nobody"
    signing = issued(Use.SIGNATURE)
    assert trial.judge_trial("v", answer(trial.trial("v"), signing)) == "other"


def refusals(trial, clock):
    """What each dishonest or late answer is told."""
    made, text = issued(), trial.trial("v")
    asked = read_statement(text)
    yield "wrong", {}
    yield "wrong", {"statement": text, "answer": "x" * 70_000}
    yield "wrong", answer(text, made, signer=key("another"))
    yield "wrong", answer(text, made, changed=replace(asked, purpose="login"))
    yield "wrong", answer(text, made, changed=replace(asked, origin="https://evil.example"))
    yield "late", answer(text, made, changed=replace(asked, nonce="n" * 43))
    yield "late", answer(text, made, changed=replace(asked, at=asked.at + 1))
    clock.pass_by(121)
    yield "late", answer(text, made)


def test_ag_010_nobody_else_s_certificate_is_looked_up(bench, clock):
    judge = Judge()
    trial = bench(judge)
    for expected, form in refusals(trial, clock):
        assert trial.judge_trial("v", form) == expected
    assert judge.asked == []


def test_ag_001_a_challenge_is_good_in_one_browser(bench):
    judge = Judge()
    trial = bench(judge)
    assert trial.judge_trial("w", answer(trial.trial("v"), issued())) == "late"
    assert judge.asked == []
