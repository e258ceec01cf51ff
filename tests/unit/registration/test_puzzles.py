# SPDX-License-Identifier: Apache-2.0
"""Questions and pictures that tell people from programs."""

import io
import random

import pytest
from PIL import Image

from idp.registration import questions
from idp.registration.drawing import HEIGHT, WIDTH, draw


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_question_has_an_answer_that_is_its_own_writing(locale):
    chance = random.Random(7)
    asked = [questions.make(locale, chance.randrange) for _each in range(600)]
    for one in asked:
        assert one.answer
        assert questions.canonical(one.answer) == one.answer, one.text
        assert one.text.endswith("?")
    # Too many to be learned by heart.
    assert len({one.text for one in asked}) > 350


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("Dix-sept", "17"),
        ("dix sept", "17"),
        ("17", "17"),
        (" 017 ", "17"),
        ("Seventeen", "17"),
        ("zero", "0"),
        ("0", "0"),
        ("Le chat.", "chat"),
        ("A", "a"),
        ("l", "l"),
        ("fevrier", "fevrier"),
        ("", ""),
    ],
)
def test_one_writing_of_an_answer(typed, answer):
    assert questions.canonical(typed) == answer


def test_a_picture_is_the_same_each_time_and_another_for_another_seed():
    one = draw("ABCDEF", 1)
    assert one == draw("ABCDEF", 1)
    assert one != draw("ABCDEF", 2)
    with Image.open(io.BytesIO(one)) as picture:
        assert picture.size == (WIDTH, HEIGHT)
        # Dark on light, and neither empty nor black.
        dark = sum(picture.convert("L").histogram()[:128]) / (WIDTH * HEIGHT)
    assert 0.04 < dark < 0.4
