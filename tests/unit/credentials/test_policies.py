# SPDX-License-Identifier: Apache-2.0
"""Policies as stored: set, read back, reset; a broken one is no weaker one."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from idp.accounts.values import Population
from idp.credentials.policies import RANGES, BrokenPolicy, faults, read
from idp.credentials.policy import DAY, PROFILES, Policy

PATIENT = Population.PATIENT
EIGHT = replace(PROFILES["portal"], length=8, strength=1)


def put(world, policy):
    with world.core.database.write() as tx:
        world.core.policies.set(tx, PATIENT, policy)


def now_of(world, population):
    with world.core.database.read() as tx:
        return world.core.policies.of(tx, population)


def test_the_profiles_of_the_settings_hold_until_another_is_set(world):
    known = [now_of(world, one) for one in Population]
    assert known == [PROFILES[name] for name in ("long-rotation", "portal", "long-rotation")]


def test_a_policy_set_holds_for_its_population_until_it_is_reset(world):
    for policy in (EIGHT, replace(EIGHT, length=9)):
        put(world, policy)
        assert now_of(world, PATIENT) == policy
        assert now_of(world, Population.STAFF) == PROFILES["long-rotation"]
    with world.core.database.write() as tx:
        assert world.core.policies.reset(tx, PATIENT)
        assert not world.core.policies.reset(tx, PATIENT)
    assert now_of(world, PATIENT) == PROFILES["portal"]
    assert [one.kind for one in world.events() if one.kind.startswith("policy.")] == [
        "policy.set",
        "policy.set",
        "policy.reset",
    ]
    told = json.loads(world.events("policy.set")[1].detail)
    assert (told["population"], told["length"]) == ("patient", 9)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"length": 5}, "length"),
        ({"length": 65}, "length"),
        ({"strength": 5}, "strength"),
        ({"history": -1}, "history"),
        ({"digits": 4, "upper": 3}, "length"),
        ({"valid_days": 1, "minimum_age": DAY}, "minimum_age"),
        ({"longest": 10}, "longest"),
    ],
)
def test_what_can_not_be_asked_of_people(sqlite_world, changes, word):
    policy = replace(PROFILES["portal"], **changes)
    assert word in " ".join(faults(policy))
    with pytest.raises(BrokenPolicy):
        put(sqlite_world, policy)


@given(st.builds(Policy, **{n: st.integers(*bounds) for n, bounds in RANGES.items()}))
def test_a_policy_without_faults_comes_back_as_it_was(policy):
    if not faults(policy):
        stored = {name: getattr(policy, name) for name in Policy.__dataclass_fields__}
        assert read(json.dumps(stored | {"of a later version": 1})) == policy


@pytest.mark.parametrize(
    "document", ["", "{", "[]", "7", "{}", '{"length": "x"}', '{"length": 1}', "null"]
)
def test_a_broken_document_is_a_breakdown(document):
    with pytest.raises(BrokenPolicy):
        read(document)


def test_a_broken_document_in_the_table_refuses_rather_than_weakens(sqlite_world):
    put(sqlite_world, EIGHT)
    with sqlite_world.core.database.write() as tx:
        tx.execute(text("UPDATE password_policies SET document = '{}'"))
    with pytest.raises(BrokenPolicy):
        now_of(sqlite_world, PATIENT)
