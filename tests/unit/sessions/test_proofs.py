# SPDX-License-Identifier: Apache-2.0
"""Proofs as they are kept, and where one counts that is good for some applications alone."""

from dataclasses import replace

import pytest

from connectors.base import Level
from idp.applications.values import Policy
from idp.login.flow import is_accepted
from idp.login.freshness import holds_fresh
from idp.sessions.values import (
    Proof,
    Session,
    dump_proofs,
    lapse,
    read_proofs,
    weakened,
    with_proof,
)

NOW = 1_790_000_000
PLAIN = Proof("password", Level.PASSWORD, ("pwd",), NOW, "j")
LAUNCHED = Proof("launch", Level.CARD, ("user",), NOW, "j", only=("dcc", "rcp"))
EACH = (
    PLAIN,
    LAUNCHED,
    Proof("cps", Level.TWO_FACTORS, ("sc",), NOW, "j", lapsed=True),
    Proof("cps", Level.CARD, ("sc",), NOW, "j", watched=True),
    Proof("cps", Level.CARD, ("sc",), NOW, "j", certain=False),
)


@pytest.mark.parametrize("proof", EACH)
def test_what_is_kept_is_what_was_proved(proof):
    assert read_proofs(dump_proofs((proof, PLAIN))) == (proof, PLAIN)


def test_a_limit_outlives_what_a_proof_is_worth():
    [later] = lapse((LAUNCHED,))
    assert later.only == weakened(LAUNCHED, Level.PASSWORD).only == LAUNCHED.only


@pytest.mark.parametrize(
    ("application", "opens"), [("dcc", True), ("rcp", True), ("other", False), (None, False)]
)
def test_it_counts_where_it_was_given_for_and_nowhere_else(application, opens):
    policy = Policy(("launch", "password"), Level.PASSWORD)
    assert is_accepted(policy, LAUNCHED, application) is opens
    assert is_accepted(policy, PLAIN, application)


def test_it_is_no_fresh_proof_for_what_is_sensitive():
    def session(*proofs):
        return Session("s", "a", proofs, NOW, NOW, NOW + 60)

    assert not holds_fresh(session(LAUNCHED), Level.PASSWORD, NOW, "refuse")
    assert holds_fresh(session(LAUNCHED, PLAIN), Level.PASSWORD, NOW, "refuse")


def test_a_proof_takes_the_place_of_what_it_opens_as_well():
    narrow, other = replace(LAUNCHED, only=("dcc",)), replace(LAUNCHED, only=("rcp", "other"))
    everywhere = replace(LAUNCHED, only=())
    # A second software's launch ends nothing that the first one's opened.
    assert with_proof((PLAIN, LAUNCHED), other) == (PLAIN, LAUNCHED, other)
    assert with_proof((PLAIN, LAUNCHED), narrow) == (PLAIN, LAUNCHED, narrow)
    assert with_proof((narrow, PLAIN), LAUNCHED) == (PLAIN, LAUNCHED)
    assert with_proof((LAUNCHED, other), everywhere) == (everywhere,)
    assert with_proof((everywhere,), LAUNCHED) == (everywhere, LAUNCHED)
    assert with_proof((PLAIN,), replace(PLAIN, at=NOW + 1)) == (replace(PLAIN, at=NOW + 1),)


def test_the_oldest_of_many_launches_go():
    proofs = (PLAIN,)
    for number in range(12):
        proofs = with_proof(proofs, replace(LAUNCHED, only=(f"app-{number}",)))
    assert proofs[0] == PLAIN
    assert [one.only for one in proofs[1:]] == [(f"app-{number}",) for number in range(4, 12)]
