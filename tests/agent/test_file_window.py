# SPDX-License-Identifier: Apache-2.0
"""The window that is played by files."""

import json

import pytest

from connectors.cps_card.agent.file_window import FileWindow
from connectors.cps_card.agent.window import Question, Unanswered
from tests.agent.kit import ORIGIN

QUESTION = Question("Sceau", ORIGIN, "login", "CLAIRE DURAND", 3, pinpad=False)


class Player:
    """Writes one thing after the other, each time that the window has looked."""

    def __init__(self, folder, *lines):
        self.folder, self.lines, self.seen = folder, list(lines), []

    def __call__(self):
        asked = json.loads((self.folder / "asking.json").read_text("utf-8"))
        self.seen.append(asked)
        if self.lines:
            text = self.lines.pop(0).replace("ID", asked["id"])
            (self.folder / "answer.json").write_text(text, "utf-8")
        return False


def play(folder, *lines, window=None):
    player = Player(folder, *lines)
    with (window or FileWindow(folder)).open() as dialog:
        answer = dialog.ask(QUESTION, player)
    assert list(folder.iterdir()) == []
    return answer, player.seen


def test_only_the_answer_to_this_question_counts(tmp_path):
    answer, seen = play(
        tmp_path,
        '{"id": "another", "pin": "9999"}',
        '{"pin": "9999"}',
        '{"id": "ID", "pin": ',
        '["ID"]',
        '{"id": "ID", "pin": "1234"}',
    )
    assert answer.reveal() == b"1234"
    assert seen[0] == {
        "id": seen[0]["id"],
        "site": "Sceau",
        "origin": ORIGIN,
        "card": "CLAIRE DURAND",
        "tries": 3,
        "wrong": False,
    }
    assert "1234" not in json.dumps(seen)


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "ID", "cancel": true}',
        '{"id": "ID"}',
        '{"id": "ID", "pin": ""}',
        '{"id": "ID", "pin": 1234}',
        '{"id": "ID", "pin": "12345678901234567"}',
    ],
)
def test_what_is_no_pin_costs_no_try(tmp_path, line):
    assert play(tmp_path, line)[0] is Unanswered.CANCELLED


def test_what_is_left_from_before_answers_nothing(tmp_path):
    (tmp_path / "answer.json").write_text('{"id": "old", "pin": "9999"}', "utf-8")
    (tmp_path / "asking.json").write_text('{"id": "old"}', "utf-8")
    FileWindow(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nobody_answers(tmp_path):
    moments = iter([0.0, 1.0, 2.0, 200.0])
    window = FileWindow(tmp_path, clock=lambda: next(moments))
    assert play(tmp_path, window=window)[0] is Unanswered.LATE


def test_two_questions_have_two_names(tmp_path):
    _, first = play(tmp_path, '{"id": "ID", "cancel": true}')
    _, second = play(tmp_path, '{"id": "ID", "cancel": true}')
    assert first[0]["id"] != second[0]["id"]
