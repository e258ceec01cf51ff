# SPDX-License-Identifier: Apache-2.0
"""By what people come into an application that leans on us as its local provider: every means."""

from dataclasses import replace

import pytest

from connectors.base import Level
from connectors.registry import KINDS
from idp.applications.profiles import LOCAL, UNPHISHABLE
from idp.applications.registration import BadRegistration, read_registration
from idp.applications.values import Policy
from idp.login.flow import Choose, Finish, Lack, is_accepted, next_step, offered_means
from idp.login.gate import _allows
from idp.login.request import LoginRequest
from idp.sessions.values import Proof, Session
from tests.cast import application

NOW = 1_000_000
# Also what somebody adds, or makes up.
EVERY = (*KINDS, "idp:hospital", "CPS", "passkey ", "")
LEVELS = dict.fromkeys(EVERY, Level.CARD)
OPEN = Policy(EVERY, Level.PASSWORD, consent=False)
LOCALLY = replace(OPEN, profile=LOCAL)
ASKED = LoginRequest("this-journey", "p", "psc-itself", NOW)


def proof(means: str, level: Level = Level.CARD, **more: bool) -> Proof:
    # As strong as can be told of it: only which means it is decides.
    return Proof(means, level, ("sc", "pin", "hwk", "mfa"), NOW - 60, "earlier", **more)


def session(*proofs: Proof) -> Session:
    return Session("s", "claire", proofs, NOW - 600, NOW - 60, NOW + 600)


@pytest.mark.parametrize("means", EVERY)
def test_a_means_serves_only_where_no_other_page_can_pass_it_on(means: str) -> None:
    serves = means in {"cps", "passkey"}
    assert is_accepted(OPEN, proof(means), None) is True
    assert is_accepted(LOCALLY, proof(means), None) is serves
    assert (means in offered_means(LOCALLY, LEVELS, Level.PASSWORD)) is serves
    step = next_step(ASKED, LOCALLY, LEVELS, session(proof(means)), (), NOW)
    assert isinstance(step, Finish) is serves


def test_what_is_offered_is_card_and_passkey_alone() -> None:
    step = next_step(ASKED, LOCALLY, LEVELS, None, (), NOW)
    assert isinstance(step, Choose)
    assert set(step.means) == UNPHISHABLE == {"cps", "passkey"}
    assert step.lack is Lack.NO_SESSION


@pytest.mark.parametrize("means", sorted(UNPHISHABLE))
def test_a_proof_that_lapsed_or_was_weakened_serves_no_more(means: str) -> None:
    assert not is_accepted(LOCALLY, proof(means, Level.TWO_FACTORS, lapsed=True), None)
    assert not is_accepted(LOCALLY, proof(means, Level.PASSWORD), None)
    # Taken out of its reader, a card is a card no more; nobody takes a passkey away.
    assert is_accepted(LOCALLY, proof(means, Level.TWO_FACTORS), None) is (means == "passkey")


def test_no_loop_a_login_at_the_other_side_is_no_local_proof() -> None:
    """Even where it lies beside a password of this very minute."""
    there = session(proof("psc"), proof("password", Level.PASSWORD))
    assert not isinstance(next_step(ASKED, LOCALLY, LEVELS, there, (), NOW), Finish)


def registered(**changes: object) -> None:
    policy = {"means": ["passkey", "cps"], "level": 2, "profile": LOCAL}
    document = application("psc-itself", policy=policy | changes)
    read_registration(document, frozenset(EVERY))


@pytest.mark.parametrize("means", [one for one in EVERY if one not in UNPHISHABLE])
def test_a_registration_that_names_another_means_is_told_so(means: str) -> None:
    registered()
    with pytest.raises(BadRegistration) as told:
        registered(means=["passkey", means])
    [fault] = told.value.faults
    assert (fault.place, fault.what.key) == ("policy.means", "passed-on")


def test_the_profile_is_openid_connects_alone() -> None:
    document = application("psc-itself", policy={"means": ["cps"], "profile": LOCAL})
    document = {**document, "protocol": "headers", "headers": {}}
    del document["oidc"]
    with pytest.raises(BadRegistration) as told:
        read_registration(document, frozenset(EVERY))
    assert [one.where for one in told.value.faults] == ["policy.profile"]


def test_what_was_granted_for_another_means_is_readmitted_for_none(monkeypatch) -> None:
    """A registration from before the profile: what it gave ends with it."""
    app = read_registration(
        application("psc-itself", policy={"means": ["password", "passkey"], "level": 1}),
        frozenset(EVERY),
    )
    grant = type("Grant", (), {"means": ("password",)})
    assert _allows(app, grant)  # type: ignore[arg-type]
    app = replace(app, policy=replace(app.policy, profile=LOCAL))
    assert not _allows(app, grant)  # type: ignore[arg-type]
