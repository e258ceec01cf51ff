# SPDX-License-Identifier: Apache-2.0
"""A registration is read whole, or every fault is told; nothing declared means nothing allowed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Level
from idp.applications.registration import BadRegistration, read_registration
from idp.applications.values import Application, Policy

KNOWN = frozenset({"password", "totp"})
GOOD = {"key": "dcc", "name": "DCC", "protocol": "oidc"}


def faults(**changes):
    with pytest.raises(BadRegistration) as caught:
        read_registration(GOOD | changes, KNOWN)
    return [str(one) for one in caught.value.faults]


def test_deny_by_default():
    policy = read_registration(GOOD, KNOWN).policy
    assert policy == Policy()
    assert policy.means == ()
    assert policy.level is Level.CARD
    assert policy.consent
    assert read_registration(GOOD, KNOWN).secret_hash is None


def test_an_application_is_asked_for_only_where_it_says_so():
    silent = read_registration(GOOD, KNOWN)
    assert (silent.offered, silent.policy.directory) == (False, "any")
    said = GOOD | {"registration": {"offered": True}, "policy": {"directory": "visible"}}
    read = read_registration(said, KNOWN)
    assert (read.offered, read.policy.directory) == (True, "visible")


def test_everything_declared_is_kept():
    document = GOOD | {
        "long_name": "Dossier communicant",
        "home_url": "https://dcc.example/",
        "support_email": "aide@dcc.example",
        "listed": False,
        "policy": {
            "means": ["totp", "password"],
            "level": 2,
            "populations": ["patient"],
            "communities": ["onco"],
            "consent": False,
            "session_max_age": 0,
        },
        "oidc": {"redirect_uris": ["https://dcc.example/cb"]},
    }
    read = read_registration(document, KNOWN, 7)
    assert read.policy == Policy(
        ("totp", "password"), Level.TWO_FACTORS, ("patient",), ("onco",), False, 0
    )
    assert (read.version, read.listed, read.enabled) == (7, False, True)
    assert read.settings == document["oidc"]
    assert read.long_name == "Dossier communicant"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"key": ""}, "key"),
        ({"key": "x" * 129}, "key"),
        ({"key": "é"}, "key"),
        ({"key": "a\nb"}, "key"),
        ({"key": 3}, "key"),
        ({"name": ""}, "name"),
        ({"protocol": "ldap"}, "protocol"),
        ({"protocol": []}, "protocol"),
        ({"polcy": {}}, "polcy: unknown"),
        ({"home_url": "javascript:alert(1)"}, "home_url"),
        ({"home_url": "http:"}, "home_url"),
        ({"privacy_url": "javascript:alert(1)"}, "privacy_url"),
        ({"terms_url": "data:text/html,x"}, "terms_url"),
        ({"home_url": "http://[half"}, "home_url"),
        ({"logo_url": "data:image/svg+xml,x"}, "logo_url"),
        ({"listed": "no"}, "listed"),
        ({"policy": []}, "policy"),
        ({"policy": {"levle": 1}}, "policy.levle: unknown"),
        ({"policy": {"level": 0}}, "policy.level"),
        ({"policy": {"level": 4}}, "policy.level"),
        ({"policy": {"level": True}}, "policy.level"),
        ({"policy": {"level": "1"}}, "policy.level"),
        ({"policy": {"means": "password"}}, "policy.means"),
        ({"policy": {"means": ["passwrod"]}}, "policy.means"),
        ({"policy": {"populations": ["doctors"]}}, "policy.populations"),
        ({"policy": {"communities": [1]}}, "policy.communities"),
        ({"policy": {"consent": "yes"}}, "policy.consent"),
        ({"policy": {"session_max_age": -1}}, "policy.session_max_age"),
        ({"policy": {"session_max_age": True}}, "policy.session_max_age"),
        ({"policy": {"directory": "hidden"}}, "policy.directory"),
        ({"policy": {"directory": True}}, "policy.directory"),
        ({"registration": []}, "registration"),
        ({"registration": {"offered": "yes"}}, "registration.offered"),
        ({"registration": {"ofered": True}}, "registration.ofered: unknown"),
        ({"oidc": []}, "oidc"),
    ],
)
def test_each_fault_is_told(changes, fault):
    assert any(one.startswith(fault) for one in faults(**changes))


def test_every_fault_is_told_at_once():
    told = faults(key="", name=1, listed=0, policy={"level": 9, "means": ["x"], "odd": 1})
    assert len(told) >= 6


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["key", "name", "protocol", "policy", "oidc", "listed", "home_url", "logo_url", "x"]
)
POLICIES = st.dictionaries(
    st.sampled_from(["means", "level", "populations", "communities", "consent", "session_max_age"]),
    JSON,
)


@given(st.dictionaries(NAMES, JSON | POLICIES), st.booleans())
def test_any_document_is_an_application_or_faults(changes, from_good):
    document = (GOOD if from_good else {}) | changes
    told: list[str] = []
    try:
        read = read_registration(document, KNOWN)
    except BadRegistration as refused:
        told = [str(one) for one in refused.faults]
    if not told:
        assert isinstance(read, Application)
        assert set(read.policy.means) <= KNOWN
        json.dumps(dict(read.settings))
