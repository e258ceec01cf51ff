# SPDX-License-Identifier: Apache-2.0
"""Temporary passwords: readable, unguessable, and good enough for any policy."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from idp.accounts.values import Person, Population
from idp.clock import SystemEntropy
from idp.credentials.policies import RANGES, faults
from idp.credentials.policy import PROFILES, Context, Judgement, Policy, judge
from idp.credentials.temporary import FIGURES, LETTERS, _pick, make_temporary

SOMEBODY = Person(Population.PATIENT, "mbernard", "Maëlle", "Bernard")


def test_it_reads_well():
    for policy in PROFILES.values():
        made = make_temporary(SystemEntropy(), policy)
        assert re.fullmatch(r"([A-Z][a-z]{2}[2-9]-){3}[A-Z][a-z]{2}[2-9]", made)
        assert not set("ilo01") & set(made.lower())


def test_no_two_are_alike():
    made = {make_temporary(SystemEntropy(), PROFILES["portal"]) for _ in range(200)}
    assert len(made) == 200


def test_every_sign_is_as_likely():
    """What lies beyond the last whole round of the alphabet is drawn anew."""

    class Counting:
        def __init__(self):
            self.at = 0

        def bytes(self, size):
            self.at += 1
            return bytes([(self.at - 1) % 256] * size)

    for alphabet in (LETTERS, FIGURES):
        entropy, rounds = Counting(), 256 // len(alphabet)
        drawn = [_pick(entropy, alphabet) for _ in range(rounds * len(alphabet))]
        assert {drawn.count(one) for one in alphabet} == {rounds}


@given(st.builds(Policy, **{n: st.integers(*b) for n, b in RANGES.items() if n != "longest"}))
@settings(max_examples=50)
def test_it_fits_any_policy(policy):
    if not faults(policy):
        made = make_temporary(SystemEntropy(), policy)
        judged = Judgement(judge(policy, made, SOMEBODY, Context()))
        assert judged.accepted, (made, judged)
