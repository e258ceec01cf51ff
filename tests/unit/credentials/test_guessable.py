# SPDX-License-Identifier: Apache-2.0
"""Words guessed first: the shipped list, disguises, the person's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.values import Person, Population
from idp.credentials import guessable
from idp.credentials.strength import LOOKED_AT, estimate


def test_the_list_is_plain_and_holds_what_the_french_choose():
    words = guessable.guessed_first()
    assert len(words) == len(set(words)) > 500
    assert all(word == guessable.plain(word) for word in words)
    assert {"azerty", "motdepasse", "soleil", "doudou", "marseille", "password"} <= set(words)


@given(st.sampled_from(guessable.guessed_first()), st.sampled_from(["", "1", "2024!", "  ", "*"]))
def test_every_word_is_refused_in_its_usual_dress(word, around):
    dresses = [word, word * 2]
    if word[:1].isalpha() and word[-1:].isalpha():
        dresses += [word.upper(), word.capitalize() + around, around + word]
    for dressed in dresses:
        assert guessable.is_guessed_first(dressed), dressed


@pytest.mark.parametrize("typed", ["aaaaaa", "7777777", "ababab1!", "Éé éé éé", "!!!!!!"])
def test_a_character_or_two_again_and_again(typed):
    assert guessable.is_guessed_first(typed)


@pytest.mark.parametrize("phrase", ["soleil et doudou", "lapin7bleu", "azertysoleil", ""])
def test_what_only_holds_such_a_word_is_left_to_the_strength(phrase):
    assert not guessable.is_guessed_first(phrase)


def words_of(**values):
    known = {"identifier": "x.ysentier", "first_name": "Ève", "last_name": "Lô-Sentier"} | values
    return guessable.own_words(Person(Population.PATIENT, **known), ("Sceau",))


@pytest.mark.parametrize(
    ("typed", "own"),
    [
        ("le sentier vert", True),
        ("S3nt1er-vert", True),
        ("s.e.n.t.i.e.r", True),
        ("losentier", True),
        ("un sceau de sable", True),
        # Three letters are in half of all words.
        ("je me leve tot", False),
        ("Ève!!", True),
        ("Lô 2024", True),
        ("velours", False),
    ],
)
def test_own_words(typed, own):
    assert guessable.says_own_word(typed, words_of()) is own


def test_no_words_refuse_nothing():
    assert not guessable.says_own_word("", frozenset())
    assert not guessable.says_own_word("anything", frozenset())


@given(st.text(max_size=50))
def test_the_strength_of_any_text_is_a_score(text):
    assert 0 <= estimate(text, ()) <= 4


def test_strength_knows_french_and_own_words():
    assert estimate("wxcvbnazerty", ()) < 2
    assert estimate("zorglubzorglub", ()) > estimate("zorglubzorglub", {"zorglub"})
    assert estimate("tilleul moulin jardin", ()) == 4


def test_only_so_much_is_looked_at(monkeypatch):
    seen = []

    def spy(password, **_):
        seen.append(len(password))
        return {"score": 4}

    monkeypatch.setattr("zxcvbn.zxcvbn", spy)
    estimate("x" * 1024, ())
    assert seen == [LOOKED_AT]
