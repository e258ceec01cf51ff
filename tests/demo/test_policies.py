# SPDX-License-Identifier: Apache-2.0
"""Policies from the terminal: shown, changed rule by rule, reset, and in force at once."""

import json

import pytest

from idp.cli.place import user_name

ANNE = ["--population", "patient", "--first-name", "Anne", "--last-name", "Bel"]


def shown(sceau, population):
    return json.loads(sceau.did("policies", "show", population, "--json"))


def test_the_profiles_of_the_configuration_are_listed(sceau):
    listed = sceau.did("policies", "list").splitlines()
    # After a line of each population, what else the configuration holds.
    assert listed[4] == ""
    assert any(one.startswith("session.idle") for one in listed[5:])
    assert "profile long-rotation" in listed[1]
    assert "15 characters" in listed[1]
    assert "replaced after 122 days" in listed[1]
    assert "profile portal" in listed[2]
    assert "6 characters, 1 digit, 1 lower-case letter, 1 upper-case letter" in listed[2]
    assert "length" in sceau.did("policies", "show", "staff")


def test_rules_are_changed_one_by_one_and_hold_at_once(sceau):
    assert "8 characters" in sceau.did("policies", "set", "patient", "--length", "8")
    sceau.did("policies", "set", "patient", "--digits", "0", "--no-own-words")
    policy = shown(sceau, "patient")
    assert (policy["from"], policy["length"], policy["digits"]) == ("set here", 8, 0)
    assert (policy["own-words"], policy["upper"]) == (False, 1)
    assert "8 characters" in sceau.refused("accounts", "add", *ANNE, typed="Kiosqu\n")
    sceau.did("accounts", "add", *ANNE, typed="Kiosques\n")
    assert sceau.events("policy.set")[0][:2] == ("command line", user_name())


def test_a_profile_is_where_one_starts_from(sceau):
    sceau.did("policies", "set", "staff", "--profile", "modern", "--length", "20", "--history", "4")
    policy = shown(sceau, "staff")
    assert (policy["length"], policy["strength"], policy["history"]) == (20, 3, 4)
    assert policy["valid-days"] == 0
    # It asks a list that nobody has configured.
    assert "policies.breach_list" in sceau.did("policies", "show", "staff")
    assert "profile long-rotation" in sceau.did("policies", "reset", "staff")
    assert "already" in sceau.did("policies", "reset", "staff")
    assert shown(sceau, "staff")["from"] == "profile long-rotation"


@pytest.mark.parametrize(
    "words",
    [
        ("--length", "5"),
        ("--history", "99"),
        ("--strength", "-1"),
        ("--profile", "weak"),
    ],
)
def test_what_can_not_be_asked_is_refused(sceau, words):
    assert sceau("policies", "set", "patient", *words).exit_code == 2
    assert shown(sceau, "patient")["from"] == "profile portal"


def test_what_contradicts_itself_is_refused(sceau):
    told = sceau.refused("policies", "set", "patient", "--digits", "3", "--upper", "4")
    assert "length" in told
    told = sceau.refused(
        "policies", "set", "patient", "--valid-days", "1", "--minimum-age", "86400"
    )
    assert "minimum_age" in told
    assert "Nothing to change" in sceau.refused("policies", "set", "patient")
    assert sceau.events("policy.set") == []


def test_rules_of_the_configuration_change_a_profile_and_hold_at_once(sceau):
    sceau.environ |= {
        "SCEAU_POLICY_PATIENT_LENGTH": "9",
        "SCEAU_POLICY_PATIENT_BREACHES": "true",
        "SCEAU_POLICY_PROFESSIONAL_VALID_DAYS": "90",
        "SCEAU_POLICY_PROFESSIONAL_HISTORY": "5",
    }
    told = "profile portal, with rules of the configuration"
    policy = shown(sceau, "patient")
    assert (policy["from"], policy["length"], policy["digits"]) == (told, 9, 1)
    assert policy["breaches"] is True
    policy = shown(sceau, "professional")
    assert (policy["valid-days"], policy["history"], policy["length"]) == (90, 5, 15)
    assert shown(sceau, "staff")["from"] == "profile long-rotation"
    assert "9 characters" in sceau.refused("accounts", "add", *ANNE, typed="Kiosque7\n")
    assert told in sceau.did("check")
    # What an administrator sets goes before, and reset leads back to it.
    sceau.did("policies", "set", "patient", "--length", "20")
    assert shown(sceau, "patient")["length"] == 20
    assert told in sceau.did("policies", "reset", "patient")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LENGTH", "5", "from 6 to 64 characters"),
        ("STRENGTH", "9", "from 0 to 4"),
        ("VALID_DAYS", "four months", "days"),
    ],
)
def test_less_than_the_floor_is_refused_with_what_is_expected(sceau, name, value, words):
    sceau.environ[f"SCEAU_POLICY_PATIENT_{name}"] = value
    told = sceau.refused("check")
    assert f"policy_patient.{name.lower()}" in told
    assert words in told


def test_rules_that_contradict_each_other_are_refused_in_a_sentence(sceau):
    sceau.environ["SCEAU_POLICY_PROFESSIONAL_VALID_DAYS"] = "1"
    found = sceau("check")
    assert found.exit_code == 1
    assert "fault  passwords" in found.stdout
    assert "[policy_professional]" in found.stdout
    assert "minimum_age" in found.stdout
    told = sceau("policies", "list")
    assert told.exit_code != 0
    assert "[policy_professional]" in told.stderr
