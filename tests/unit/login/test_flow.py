# SPDX-License-Identifier: Apache-2.0
"""The one decision of a login: a table of cases, then what holds for every case there is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Level
from idp.applications.values import Policy
from idp.login.flow import (
    Choose,
    Consent,
    Finish,
    Lack,
    Refusal,
    Refuse,
    Second,
    first_lack,
    is_agreed_still,
    needs_consent,
    next_step,
    offered_means,
    required_level,
)
from idp.login.request import LoginRequest
from idp.sessions.values import Proof, Session

NOW = 1_000_000
MEANS = {"password": Level.PASSWORD, "totp": Level.TWO_FACTORS, "card": Level.CARD}
OPEN = Policy(("password", "totp", "card"), Level.PASSWORD, consent=False)
STRONG = replace(OPEN, level=Level.TWO_FACTORS)
ASKED = LoginRequest("this-journey", "p", "app", NOW)


def proof(means="password", at=NOW - 60, journey="earlier"):
    return Proof(means, MEANS[means], (means,), at, journey)


def session(*proofs, account="claire"):
    return Session("s", account, proofs or (proof(),), NOW - 600, NOW - 60, NOW + 600)


def step(wished=ASKED, policy=OPEN, there=None, consented=(), means=MEANS):
    return next_step(wished, policy, means, there, consented, NOW)


ALL = ("password", "totp", "card")
CASES = {
    "nobody is there": (ASKED, OPEN, None, Choose(ALL, Lack.NO_SESSION)),
    "somebody is there": (ASKED, OPEN, session(), Finish()),
    "only what reaches the level is offered": (
        ASKED,
        STRONG,
        None,
        Choose(("totp", "card"), Lack.NO_SESSION),
    ),
    "the level falls short": (
        ASKED,
        STRONG,
        session(),
        Second(("totp", "card"), "claire", Level.TWO_FACTORS),
    ),
    "the level is reached": (ASKED, STRONG, session(proof(), proof("totp")), Finish()),
    "a wish above the minimum holds": (
        replace(ASKED, level=Level.CARD),
        OPEN,
        session(),
        Second(("card",), "claire", Level.CARD),
    ),
    "a wish below the minimum does not lower it": (
        replace(ASKED, level=Level.PASSWORD),
        STRONG,
        session(),
        Second(("totp", "card"), "claire", Level.TWO_FACTORS),
    ),
    "a proof by a means not allowed counts for nothing": (
        ASKED,
        replace(OPEN, means=("totp",)),
        session(proof("card")),
        Second(("totp",), "claire", Level.PASSWORD),
    ),
    "OA-013 forced": (replace(ASKED, force=True), OPEN, session(), Choose(ALL, Lack.FORCED)),
    "OA-013 forced, and made in this journey": (
        replace(ASKED, force=True),
        OPEN,
        session(proof(journey="this-journey")),
        Finish(),
    ),
    "OA-013 forced at a level, and only the password is fresh": (
        replace(ASKED, force=True, level=Level.CARD),
        OPEN,
        session(proof("card"), proof(journey="this-journey")),
        Choose(("card",), Lack.FORCED),
    ),
    "too old": (replace(ASKED, max_age=59), OPEN, session(), Choose(ALL, Lack.TOO_OLD)),
    "just young enough": (replace(ASKED, max_age=60), OPEN, session(), Finish()),
    "an age of nought asks whatever the age": (
        replace(ASKED, max_age=0),
        OPEN,
        session(proof(at=NOW)),
        Choose(ALL, Lack.TOO_OLD),
    ),
    "an age of nought, answered in this journey": (
        replace(ASKED, max_age=0),
        OPEN,
        session(proof(at=NOW - 5, journey="this-journey")),
        Finish(),
    ),
    "the application's own limit of age": (
        ASKED,
        replace(OPEN, session_max_age=30),
        session(),
        Choose(ALL, Lack.TOO_OLD),
    ),
    "a young password does not make an old card younger": (
        replace(ASKED, max_age=100, level=Level.CARD),
        OPEN,
        session(proof("card", at=NOW - 5000), proof(at=NOW)),
        Choose(("card",), Lack.TOO_OLD),
    ),
    "OA-012 silent without session": (
        replace(ASKED, silent=True),
        OPEN,
        None,
        Refuse(Refusal.LOGIN_REQUIRED),
    ),
    "OA-012 silent, level short": (
        replace(ASKED, silent=True),
        STRONG,
        session(),
        Refuse(Refusal.INTERACTION_REQUIRED),
    ),
    "OA-012 silent, too old": (
        replace(ASKED, silent=True, max_age=1),
        OPEN,
        session(),
        Refuse(Refusal.LOGIN_REQUIRED),
    ),
    "OA-012 silent, consent missing": (
        replace(ASKED, silent=True, scope=("email",)),
        replace(OPEN, consent=True),
        session(),
        Refuse(Refusal.CONSENT_REQUIRED),
    ),
    "another person": (
        replace(ASKED, account="lucie"),
        OPEN,
        session(),
        Refuse(Refusal.OTHER_PERSON),
    ),
    "the person expected": (replace(ASKED, account="claire"), OPEN, session(), Finish()),
    "consent": (
        replace(ASKED, scope=("email",)),
        replace(OPEN, consent=True),
        session(),
        Consent(("email",)),
    ),
    "consent asked where the policy wants none": (
        replace(ASKED, ask_consent=True, scope=("email",)),
        OPEN,
        session(),
        Consent(("email",)),
    ),
    "the login comes before the consent (OA-173)": (
        replace(ASKED, scope=("email",)),
        replace(OPEN, consent=True),
        None,
        Choose(ALL, Lack.NO_SESSION),
    ),
    "deny by default": (ASKED, Policy(), session(), Refuse(Refusal.LEVEL_UNREACHABLE)),
    "no means reaches it": (
        ASKED,
        Policy(("password",), Level.CARD),
        session(),
        Refuse(Refusal.LEVEL_UNREACHABLE),
    ),
    "OA-015 an essential level that nothing reaches": (
        replace(ASKED, level=Level.CARD, level_required=True),
        replace(OPEN, means=("password",)),
        session(),
        Refuse(Refusal.LEVEL_UNREACHABLE),
    ),
    "a mere wish that nothing reaches": (
        replace(ASKED, level=Level.CARD),
        replace(OPEN, means=("password",)),
        session(),
        Finish(),
    ),
    "a means that this server lacks": (
        ASKED,
        Policy(("calculette",), Level.PASSWORD),
        None,
        Refuse(Refusal.LEVEL_UNREACHABLE),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_comes_next(case):
    wished, policy, there, expected = CASES[case]
    assert step(wished, policy, there) == expected


def test_what_nobody_begins_on_a_page_meets_no_wish():
    means = MEANS | {"launch": Level.CARD}
    policy = replace(OPEN, means=("password", "totp", "launch"))
    wished = replace(ASKED, level=Level.CARD)
    assert required_level(wished, policy, means) == Level.PASSWORD
    assert step(wished, policy, session(), means=means) == Finish()
    # What can be begun here meets it as ever.
    by_card = replace(policy, means=("password", "card", "launch"))
    assert required_level(wished, by_card, means) == Level.CARD
    # And whom software brought at that level is let in, though it be essential.
    launched = session(Proof("launch", Level.CARD, ("user",), NOW - 60, "earlier", only=("app",)))
    for essential in (False, True):
        asked = replace(wished, level_required=essential)
        assert step(asked, policy, launched, means=means) == Finish()


def test_consent_given_is_remembered_and_more_is_asked_again():
    policy = replace(OPEN, consent=True)
    wished = replace(ASKED, scope=("profile", "email"))
    assert step(wished, policy, session(), ("profile", "email", "phone")) == Finish()
    assert step(wished, policy, session(), ("profile",)) == Consent(("profile", "email"))


LEVELS = st.sampled_from(Level)
KINDS = st.sampled_from([*MEANS, "unknown"])
PROOFS = st.builds(
    Proof,
    st.sampled_from([*MEANS]),
    LEVELS,
    st.just(("pwd",)),
    st.integers(NOW - 10_000, NOW + 100),
    st.sampled_from(["this-journey", "earlier"]),
)
SESSIONS = st.none() | st.builds(
    session, PROOFS, PROOFS, PROOFS, account=st.sampled_from(["claire", "lucie"])
)
SCOPES = st.lists(st.sampled_from(["profile", "email", "phone"]), unique=True).map(tuple)
POLICIES = st.builds(
    Policy,
    means=st.lists(KINDS, unique=True).map(tuple),
    level=LEVELS,
    consent=st.booleans(),
    session_max_age=st.none() | st.integers(0, 10_000),
)
REQUESTS = st.builds(
    LoginRequest,
    st.just("this-journey"),
    st.just("p"),
    st.just("app"),
    st.just(NOW),
    level=st.none() | LEVELS,
    level_required=st.booleans(),
    force=st.booleans(),
    silent=st.booleans(),
    max_age=st.none() | st.integers(0, 10_000),
    account=st.none() | st.sampled_from(["claire", "lucie"]),
    scope=SCOPES,
    ask_consent=st.booleans(),
)
SERVERS = st.dictionaries(st.sampled_from([*MEANS]), LEVELS)


@given(REQUESTS, POLICIES, SERVERS, SESSIONS, SCOPES)
def test_se_008_nobody_finishes_below_the_level(wished, policy, means, there, consented):
    if next_step(wished, policy, means, there, consented, NOW) != Finish():
        return
    assert there is not None
    counted = [one for one in there.proofs if one.means in policy.means]
    reached = max(one.level for one in counted)
    assert reached >= policy.level
    if wished.level_required and wished.level is not None:
        assert reached >= wished.level
    assert wished.account in {None, there.account}
    fresh = [one for one in counted if one.journey == "this-journey"]
    assert not wished.force or fresh
    for limit in (wished.max_age, policy.session_max_age):
        assert limit is None or fresh or NOW - max(one.at for one in counted) <= limit
    assert not (policy.consent and set(wished.scope) - set(consented))


@given(REQUESTS, POLICIES, SERVERS, SESSIONS, SCOPES)
def test_oa_012_silent_never_asks(wished, policy, means, there, consented):
    silent = replace(wished, silent=True)
    found = next_step(silent, policy, means, there, consented, NOW)
    assert isinstance(found, Finish | Refuse)


@given(REQUESTS, POLICIES, SERVERS, SESSIONS, SCOPES)
def test_only_means_allowed_here_and_high_enough_are_offered(
    wished, policy, means, there, consented
):
    found = next_step(wished, policy, means, there, consented, NOW)
    if isinstance(found, Choose | Second):
        assert found.means
        assert set(found.means) <= set(policy.means) & set(means)
        assert all(means[kind] >= policy.level for kind in found.means)
    if isinstance(found, Second):
        assert there is not None
        assert found.account == there.account


@given(REQUESTS, POLICIES, SERVERS, SESSIONS, SCOPES)
def test_a_proof_made_now_by_an_offered_means_leads_on(wished, policy, means, there, consented):
    """No loop: whoever does what is asked is not asked the same again."""
    found = next_step(wished, policy, means, there, consented, NOW)
    if not isinstance(found, Choose | Second):
        return
    kind = found.means[0]
    made = Proof(kind, means[kind], ("pwd",), NOW, "this-journey")
    kept = [one for one in there.proofs if one.means != kind] if there else []
    after = next_step(wished, policy, means, session(*kept, made), consented, NOW)
    assert not isinstance(after, Choose | Second)


@given(REQUESTS, POLICIES, SERVERS)
def test_the_registered_minimum_always_holds(wished, policy, means):
    level = required_level(wished, policy, means)
    assert level >= policy.level
    assert set(offered_means(policy, means, level)) <= set(policy.means)


@given(REQUESTS, SCOPES)
def test_consent_for_more_covers_less(wished, consented):
    policy = Policy(consent=True)
    asked = needs_consent(replace(wished, ask_consent=False), policy, consented)
    assert asked == bool(set(wished.scope) - set(consented))


def test_what_was_agreed_stands_until_it_is_taken_back():
    strict, wished = replace(OPEN, consent=True), replace(ASKED, scope=("profile", "exams"))
    assert is_agreed_still(wished, strict, {"profile", "exams", "email"})
    assert not is_agreed_still(wished, strict, {"profile"})
    assert not is_agreed_still(wished, strict, ())
    assert is_agreed_still(wished, OPEN, ())
    assert is_agreed_still(ASKED, strict, ())
    # What was asked in detail is no part of the next consent, which takes nothing of it back.
    detailed = replace(ASKED, scope=("one",), details={"one": {"type": "exam"}})
    assert is_agreed_still(detailed, OPEN, {"another"})
    assert not is_agreed_still(detailed, OPEN, ())


def test_the_lacks_come_in_their_order():
    wished = replace(ASKED, force=True, max_age=1)
    assert first_lack(wished, STRONG, None, Level.CARD, NOW) is Lack.NO_SESSION
    assert first_lack(wished, STRONG, session(), Level.CARD, NOW) is Lack.FORCED
    wished = replace(wished, force=False)
    assert first_lack(wished, STRONG, session(), Level.CARD, NOW) is Lack.TOO_OLD
