# SPDX-License-Identifier: Apache-2.0
"""The rules of a new password, one by one, and what they make of passwords people choose."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.values import Person, Population
from idp.credentials.policies import faults
from idp.credentials.policy import (
    LONGEST,
    PROFILES,
    Context,
    Judgement,
    Policy,
    judge,
    requirements,
)

CLAIRE = Person(
    Population.PROFESSIONAL,
    "cdurand",
    "Claire",
    "Durand",
    birth_name="N’Guessan",
    email="claire.durand@chu.example",
)
PORTAL, ROTATION, MODERN = (PROFILES[name] for name in ("portal", "rotation", "modern"))
LONG = PROFILES["long-rotation"]
BARE = Policy(length=1, common=False, own_words=False)
SITE = Context(("Région Centre", "Sceau"))


def broken(policy, candidate, person=CLAIRE, context=SITE):
    return Judgement(judge(policy, candidate, person, context)).broken


def keys(results):
    return [one.key for one in results]


def test_the_shipped_profiles_are_what_they_are_known_for():
    assert [faults(one) for one in PROFILES.values()] == [[], [], [], []]
    assert (ROTATION.length, ROTATION.history, ROTATION.valid_days) == (12, 3, 122)
    assert ROTATION.minimum_age == 86_400
    # SPEC §2.1: new instances have the same with a stronger length, and a strength that is shown.
    assert replace(ROTATION, length=15) == LONG
    assert LONG.strength
    assert (PORTAL.length, PORTAL.digits, PORTAL.lower, PORTAL.upper) == (6, 1, 1, 1)
    assert (PORTAL.valid_days, PORTAL.history, PORTAL.minimum_age) == (0, 0, 0)
    assert (MODERN.length, MODERN.strength, MODERN.breaches) == (15, 3, True)
    assert (MODERN.valid_days, MODERN.history) == (0, 0)


def test_rules_are_shown_in_one_order_before_and_after():
    everything = Policy(
        length=8, digits=1, lower=1, upper=1, other=1, strength=1, breaches=True, history=3
    )
    shown = requirements(everything)
    assert keys(shown) == [
        "length", "digit", "lower", "upper", "other", "strength", "own-words", "known", "history",
    ]  # fmt: skip
    assert {one.met for one in shown} == {None}
    assert keys(judge(everything, "x", CLAIRE, SITE)) == keys(shown)[:-1]
    assert keys(requirements(BARE)) == ["length", "history"]


@pytest.mark.parametrize(
    ("candidate", "wanted"),
    [
        ("Lapin7bleu", ()),
        ("Ab1xyz", ()),
        ("Ab1xy", ("length",)),
        ("lapin7bleu", ("upper",)),
        ("LAPIN7BLEU", ("lower",)),
        ("Lapinbleu", ("digit",)),
        ("", ("length", "digit", "lower", "upper")),
        # What everybody guesses first, dressed up as the rules ask.
        ("Azerty1", ("known",)),
        ("Doudou2024", ("known",)),
        ("Motdepasse1!", ("known",)),
        ("M0td3P@ss3", ("known",)),
        ("1Soleil", ("known",)),
        ("Soleil31", ("known",)),
        ("Azerty1Azerty1", ()),
        ("AzertyAzerty1", ("known",)),
        ("Édredons", ("digit",)),
        # Her own words.
        ("Durand75", ("own-words",)),
        ("Clair3Durand", ("own-words",)),
        ("Dur@nd2000", ("own-words",)),
        ("Nguessan1", ("own-words",)),
        ("Sceau2026x", ("own-words",)),
        ("Regioncentre1", ("own-words",)),
        ("Centre37tours", ()),
    ],
)
def test_cr_035_the_portal(candidate, wanted):
    assert broken(PORTAL, candidate) == wanted


@pytest.mark.parametrize(
    ("candidate", "wanted"),
    [
        ("tilleul moulin jardin", ()),
        ("onze signes", ("length",)),
        ("aaaaaaaaaaaaaaa", ("strength", "known")),
        ("azertyuiopqs", ("strength",)),
        ("123456789012", ("strength",)),
        ("cdurandcdurand", ("strength", "own-words")),
        ("Claire, ma belle au bois", ("own-words",)),
    ],
)
def test_cr_035_the_rotation(candidate, wanted):
    assert broken(ROTATION, candidate) == wanted


def test_cr_035_the_list_of_known_passwords():
    phrase = "tilleul moulin jardin"
    assert broken(MODERN, phrase) == ()
    assert broken(MODERN, phrase, context=Context(breached=True)) == ("known",)
    judged = Judgement(judge(MODERN, phrase, CLAIRE, Context(breached=None)), try_later=True)
    assert not judged.accepted
    assert judged.broken == ()
    # Who doesn't ask the list is not held up by it.
    assert Judgement(judge(ROTATION, phrase, CLAIRE, Context(breached=None))).accepted


def test_cr_033_a_thousand_characters_and_no_more():
    poem = "Une phrase plutôt longue. " * 40
    assert broken(MODERN, poem[:64]) == ()
    assert broken(MODERN, poem[:128]) == ()
    assert len(poem[:LONGEST]) == LONGEST
    assert broken(MODERN, poem[:LONGEST]) == ()
    assert broken(MODERN, poem[: LONGEST + 1]) == ("longest",)
    # Four bytes each.
    grinning = Context(longest_bytes=4096)
    assert broken(BARE, "\N{GRINNING FACE}" * 1024, context=grinning) == ()
    assert broken(replace(BARE, longest=4096), "\N{GRINNING FACE}" * 1025, context=grinning) == (
        "longest",
    )


def test_cr_033_what_is_too_long_costs_nothing(monkeypatch):
    monkeypatch.setattr("idp.credentials.policy.estimate", lambda *_: 1 // 0)
    assert broken(MODERN, "x" * 1_000_000) == ("longest",)
    assert broken(MODERN, "\ud800") == ("text",)


def test_cr_034_each_code_point_counts_one():
    three = replace(BARE, length=3)
    for text, wanted in (
        ("e\u0301e\u0301e\u0301", ()),
        ("e\u0301e\u0301", ("length",)),
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{MICROSCOPE}", ()),
        ("\N{GRINNING FACE}\N{GRINNING FACE}", ("length",)),
        ("שלום", ()),
    ):
        assert broken(three, text) == wanted, text


@pytest.mark.parametrize(
    ("rule", "enough", "lacking"),
    [
        ("digits", "1٣", "1a"),
        ("lower", "éß", "éA"),
        ("upper", "ÉÀ", "Éa"),
        ("other", " -", "-a"),
    ],
)
def test_kinds_of_characters_are_unicode_s(rule, enough, lacking):
    policy = replace(BARE, length=2, **{rule: 2})
    assert broken(policy, enough) == ()
    assert broken(policy, lacking) == (rule.removesuffix("s"),)


@given(st.text(max_size=60), st.sampled_from([PORTAL, MODERN]))
def test_no_text_breaks_the_rules(candidate, policy):
    results = judge(policy, candidate, CLAIRE, SITE)
    assert all(one.met in {True, False} for one in results)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_cr_034_both_forms_are_judged_alike(candidate):
    composed, apart = (unicodedata.normalize(form, candidate) for form in ("NFC", "NFD"))
    assert judge(PORTAL, composed, CLAIRE, SITE) == judge(PORTAL, apart, CLAIRE, SITE)


@given(st.text(max_size=20), st.text(max_size=20))
def test_more_characters_never_break_the_rules_of_number(first, more):
    counted = {"length", "digit", "lower", "upper", "other"}
    policy = Policy(length=8, digits=1, lower=1, upper=1, other=1, common=False, own_words=False)
    # A mark that joins the letter before it would change that one.
    joined = first + "\n" + more
    met = {one.key for one in judge(policy, first, CLAIRE, SITE) if one.met}
    after = {one.key for one in judge(policy, joined, CLAIRE, SITE) if one.met}
    assert met & counted <= after
