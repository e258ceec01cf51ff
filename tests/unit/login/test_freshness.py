# SPDX-License-Identifier: Apache-2.0
"""How old a proof may be, also where the clock was set back since."""

import pytest

from connectors.base import Level
from idp.applications.values import Policy
from idp.clock import DRIFT
from idp.login.flow import Finish, Lack, first_lack, next_step
from idp.login.freshness import FRESH_FOR, age_of, holds_fresh
from idp.login.request import LoginRequest
from idp.sessions.values import Proof, Session

NOW = 1_000_000
MEANS = {"password": Level.PASSWORD, "totp": Level.TWO_FACTORS}
OPEN = Policy(("password", "totp"), Level.PASSWORD, consent=False)


def session(at: int, means: str = "password") -> Session:
    return Session("s", "claire", (Proof(means, MEANS[means], (), at, "old"),), at, at, NOW + 600)


@pytest.mark.parametrize(
    ("at", "fresh"),
    [
        (NOW, True),
        (NOW - FRESH_FOR, True),
        (NOW - FRESH_FOR - 1, False),
        (NOW + DRIFT, True),
        (NOW + DRIFT + 1, False),
        (NOW + 7200, False),
    ],
)
def test_rl_009_a_fresh_proof_is_neither_old_nor_from_the_future(at: int, fresh: bool):
    assert holds_fresh(session(at), Level.PASSWORD, NOW, "refuse") is fresh
    asked = LoginRequest("j", "portal", None, NOW, max_age=FRESH_FOR)
    # The journey and the page agree, or they would send a person to and fro.
    assert (first_lack(asked, OPEN, session(at), Level.PASSWORD, NOW) is None) is fresh


def test_a_proof_below_the_level_is_none():
    assert not holds_fresh(session(NOW), Level.TWO_FACTORS, NOW, "refuse")
    assert holds_fresh(session(NOW, "totp"), Level.PASSWORD, NOW, "refuse")


def test_without_a_limit_a_proof_from_the_future_counts():
    asked = LoginRequest("j", "portal", None, NOW)
    there = session(NOW + 7200)
    assert next_step(asked, OPEN, MEANS, there, (), NOW) == Finish()


def test_the_application_s_own_limit_counts_a_future_proof_as_old():
    limited = Policy(("password",), Level.PASSWORD, consent=False, session_max_age=3600)
    asked = LoginRequest("j", "portal", None, NOW)
    lack = first_lack(asked, limited, session(NOW + 7200), Level.PASSWORD, NOW)
    assert lack is Lack.TOO_OLD


def test_age():
    assert age_of(NOW - 5, NOW) == 5
    assert age_of(NOW + 5, NOW) == 0
    assert age_of(NOW + 7200, NOW) is None
