# SPDX-License-Identifier: Apache-2.0
"""The window that asks for the PIN, on a screen of its own, with somebody who types."""

import importlib.util
from threading import Event, Thread

import pytest

from connectors.cps_card.agent.cards import Pin
from connectors.cps_card.agent.tk_window import TkWindow
from connectors.cps_card.agent.window import Agreed, Question, Unanswered
from connectors.cps_card.agent.words import ENGLISH, FRENCH, which_card, who_asks, words_for
from tests.agent.kit import ORIGIN, wait_until
from tests.agent.screen import MISSING, hands, screen

QUESTION = Question(
    "Sceau, Région Centre", ORIGIN, "login", "CLAIRE DURAND 2600301752", 3, pinpad=False
)
on_screen = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.skipif(
        importlib.util.find_spec("_tkinter") is None, reason="this Python was built without Tk"
    ),
]
pytestmark = on_screen


@pytest.fixture(scope="module")
def display():
    with screen() as made:
        yield made


@pytest.fixture
def window(display, monkeypatch):
    monkeypatch.setenv("DISPLAY", display["DISPLAY"])
    return TkWindow("fr", patience=60.0)


def shown(display, title="Lecteur CPS"):
    """The window, once it is there and has the keyboard."""
    found = hands(display, "search", "--onlyvisible", "--name", title)
    if not found:
        return None
    number = found.splitlines()[0]
    hands(display, "windowfocus", number)
    return number


class Person(Thread):
    """Somebody at the window: waits until it is shown, then does what they do."""

    def __init__(self, display, *strokes, title="Lecteur CPS"):
        super().__init__()
        self.display, self.strokes, self.title = display, strokes, title
        self.saw = False
        self.start()

    def run(self):
        self.saw = wait_until(lambda: shown(self.display, self.title))
        for each in self.strokes:
            hands(self.display, *each)


def ask(window, question, pointless=lambda: False):
    with window.open() as dialog:
        return dialog.ask(question, pointless)


def typed(text):
    return ("type", "--delay", "20", text)


def pressed(name):
    return ("key", name)


def test_a_pin_is_typed_and_confirmed(window, display):
    person = Person(display, typed("1234"), pressed("Return"))
    answer = ask(window, QUESTION)
    person.join()
    assert isinstance(answer, Pin)
    assert answer.reveal() == b"1234"


def test_too_short_a_pin_is_not_sent(window, display):
    person = Person(display, typed("12"), pressed("Return"), typed("34"), pressed("Return"))
    answer = ask(window, QUESTION)
    person.join()
    assert answer.reveal() == b"1234"


def test_escape_cancels(window, display):
    person = Person(display, typed("12"), pressed("Escape"))
    assert ask(window, QUESTION) is Unanswered.CANCELLED
    person.join()


def test_the_same_window_asks_again_after_a_wrong_pin(window, display):
    person = Person(display, typed("0000"), pressed("Return"))
    with window.open() as dialog:
        assert dialog.ask(QUESTION, lambda: False).reveal() == b"0000"
        person.join()
        # Nothing is left of what was typed.
        answers = []
        again = Thread(target=lambda: answers.append(dialog.ask(QUESTION.again(2), lambda: False)))
        again.start()
        # The window is there already: keys count from the moment that it asks anew.
        while not answers:
            Person(display, typed("1234"), pressed("Return")).join()
        again.join()
        assert answers[0].reveal().endswith(b"1234")
        assert b"0" not in answers[0].reveal()


def test_a_reader_with_keys_asks_for_the_gesture_alone(window, display):
    question = Question("Sceau", ORIGIN, "login", "CLAIRE", 3, pinpad=True)
    person = Person(display, typed("1234"), pressed("Return"))
    with window.open() as dialog:
        answer = dialog.ask(question, lambda: False)
        person.join()
        assert isinstance(answer, Agreed)
        # It stays, and says to type on the reader, while the card waits for the PIN.
        assert shown(display)


def test_the_window_goes_when_there_is_no_point_in_it(window, display):
    gone = Event()
    person = Person(display)
    answers = []
    asking = Thread(target=lambda: answers.append(ask(window, QUESTION, gone.is_set)))
    asking.start()
    person.join()
    assert person.saw
    gone.set()
    asking.join()
    assert answers == [Unanswered.POINTLESS]
    assert shown(display) is None


def test_nobody_answers(display, monkeypatch):
    monkeypatch.setenv("DISPLAY", display["DISPLAY"])
    assert ask(TkWindow("fr", patience=0.5), QUESTION) is Unanswered.LATE


def test_the_window_is_english_where_the_workstation_is(display, monkeypatch):
    monkeypatch.setenv("DISPLAY", display["DISPLAY"])
    person = Person(display, pressed("Escape"), title="CPS reader")
    assert ask(TkWindow("en", patience=60.0), QUESTION) is Unanswered.CANCELLED
    person.join()
    assert person.saw


def test_without_a_screen_nothing_is_asked(monkeypatch, capfd):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert ask(TkWindow("fr"), QUESTION) is Unanswered.BROKEN
    assert "Traceback" not in capfd.readouterr().err


def test_what_the_window_says():
    assert who_asks(FRENCH, QUESTION) == (
        "Sceau, Région Centre (sceau.example) demande votre carte pour vous connecter."
    )
    assert which_card(FRENCH, QUESTION) == (
        "Il vous reste 3 tentative(s) pour la carte CLAIRE DURAND 2600301752"
    )
    assert FRENCH.prompt == "Saisissez votre Code Porteur"
    assert (FRENCH.submit, FRENCH.cancel) == ("Valider", "Annuler")
    assert set(FRENCH.purposes) == set(ENGLISH.purposes) == {"login", "registration", "toolbox"}
    assert words_for("en") is ENGLISH
    assert words_for("fr") is FRENCH


@pytest.mark.parametrize(
    ("found", "words"),
    [("fr_FR", FRENCH), ("en_GB", ENGLISH), ("English_France", ENGLISH), (None, FRENCH)],
)
def test_the_workstation_s_language(monkeypatch, found, words):
    monkeypatch.setattr(
        "connectors.cps_card.agent.words.locale.getlocale", lambda: (found, "UTF-8")
    )
    assert words_for() is words


def test_a_picture_of_the_window_is_calm(window, display, tmp_path):
    """What is drawn is neither empty nor larger than a screen."""
    person = Person(display)
    sizes = []

    def look():
        if not person.saw:
            return False
        number = shown(display)
        told = hands(display, "getwindowgeometry", "--shell", number)
        sizes.append(dict(line.split("=") for line in told.splitlines()))
        return True

    assert ask(window, QUESTION, look) is Unanswered.POINTLESS
    person.join()
    assert 300 < int(sizes[0]["WIDTH"]) < 700
    assert 150 < int(sizes[0]["HEIGHT"]) < 600
