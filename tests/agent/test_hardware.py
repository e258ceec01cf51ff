# SPDX-License-Identifier: Apache-2.0
"""What is made of readers and cards, whatever a reader or a middleware answers."""

import importlib.util
from dataclasses import replace
from threading import Event

import pytest

if importlib.util.find_spec("pkcs11") is None:
    pytest.skip("the extra `agent` is not installed", allow_module_level=True)

from connectors.cps_card.agent import hardware
from connectors.cps_card.agent.cards import Pin, Refusal, Trouble, WrongPin
from connectors.cps_card.agent.hardware import HardwareCards
from connectors.cps_card.agent.readers import Sight
from connectors.cps_card.agent.software import SoftwareCards, always_in
from tests.agent.found import found_in
from tests.agent.kit import MARC, issued, put_card, wait_until

EMPTY = Sight("Reader", present=False, mute=False, count=0)
FULL = Sight("Reader", present=True, mute=False, count=1)


class Eyes:
    """Sees what a test says."""

    def __init__(self, *sights):
        self.sights = sights
        self.looked = Event()
        self.fault = None
        self.closed = False

    def look(self):
        self.looked.set()
        Event().wait(0.01)
        if self.fault:
            raise self.fault
        return self.sights

    def close(self):
        self.closed = True


class Library:
    """Shows the cards that a test says, and believes one PIN."""

    def __init__(self, *found):
        self.found = list(found)
        self.fault = None
        self.typing = None

    def look(self):
        if self.fault:
            raise self.fault
        return list(self.found)

    def again(self, before):
        same = (each for each in self.found if each.certificate == before.certificate)
        return next(same, None)

    def sign(self, _found, pin, _said):
        if self.typing:
            self.typing()
        return b"signature" if pin is None or pin.reveal() == b"1234" else WrongPin()


@pytest.fixture
def cards(monkeypatch):
    monkeypatch.setattr(hardware, "PAUSE", 0.01)
    monkeypatch.setattr(hardware, "PATIENCE", 0.1)
    made = []

    def make(library, eyes):
        made.append(HardwareCards(library, eyes))
        return made[-1]

    yield make
    for each in made:
        each.close()


def states(cards):
    return [(each.name, each.card.value) for each in cards.readers()]


def test_a_card_is_read_in_the_reader_of_its_name(cards):
    eyes = Eyes(EMPTY, replace(FULL, reader="Other"))
    desk = cards(Library(found_in("Other")), eyes)
    assert states(desk) == [("Reader", "absent"), ("Other", "present")]


def test_one_reader_and_one_card_are_a_pair_whatever_they_are_called(cards):
    desk = cards(Library(found_in("GALSS slot 1")), Eyes(FULL))
    assert states(desk) == [("Reader", "present")]


def test_a_long_name_is_cut_by_the_library(cards):
    name = "Lecteur " + "é" * 60
    slot = name.encode()[:64].decode("utf-8", "ignore")
    library = Library(found_in(slot), found_in("Other", MARC))
    desk = cards(library, Eyes(replace(FULL, reader=name), replace(FULL, reader="Other")))
    assert wait_until(lambda: [state for _, state in states(desk)] == ["present", "present"])


def test_a_card_that_cannot_be_read_is_mute_after_a_while(cards):
    desk = cards(Library(), Eyes(FULL))
    assert states(desk)[0][1] == "reading"
    assert desk.card() == Refusal(Trouble.MUTE)
    assert wait_until(lambda: states(desk)[0][1] == "mute")


def test_a_card_that_takes_its_time_is_read_in_the_end(cards):
    library = Library()
    desk = cards(library, Eyes(FULL))
    library.found.append(found_in())
    assert wait_until(lambda: states(desk)[0][1] == "present")


def test_what_does_not_answer_to_its_reset_is_mute(cards):
    desk = cards(Library(), Eyes(replace(FULL, mute=True)))
    assert states(desk) == [("Reader", "mute")]


def test_a_card_pulled_out_and_put_in_again_was_away(cards):
    eyes = Eyes(FULL)
    library = Library(found_in())
    desk = cards(library, eyes)
    identity = desk.card().identity
    changes = []
    desk.watch(lambda: changes.append(desk.holds(identity)))
    # Too quick to be seen empty; the system counts it all the same.
    eyes.sights = (replace(FULL, count=3),)
    assert wait_until(lambda: len(changes) == 2)
    assert changes == [False, True]


def test_without_anybody_who_tells_of_readers_the_library_is_asked(cards):
    library = Library(found_in("Token"))
    desk = cards(library, None)
    assert states(desk) == [("Token", "present")]
    library.found.clear()
    assert wait_until(lambda: desk.readers() == ())
    assert desk.card() == Refusal(Trouble.NO_READER)


def test_wrong_pins_are_counted_where_the_library_does_not_tell(cards):
    eyes = Eyes(FULL)
    desk = cards(Library(found_in(tries=None)), eyes)
    card = desk.card()
    assert card.tries() is None
    assert isinstance(card.sign(Pin("0000"), b""), WrongPin)
    assert (card.tries(), desk.readers()[0].tries) == (2, 2)
    assert isinstance(card.sign(Pin("0000"), b""), WrongPin)
    assert isinstance(card.sign(Pin("0000"), b""), WrongPin)
    # Whether it is blocked is the card's to say.
    assert card.tries() == 1
    assert card.sign(Pin("1234"), b"") == b"signature"
    assert card.tries() is None


def test_the_count_is_forgotten_with_the_card(cards):
    eyes = Eyes(FULL)
    desk = cards(Library(found_in()), eyes)
    card = desk.card()
    card.sign(Pin("0000"), b"")
    assert card.tries() == 2
    eyes.sights = (replace(FULL, count=3),)
    assert wait_until(lambda: desk.readers()[0].tries == 3)


def test_a_card_that_is_gone_tells_no_tries(cards):
    library = Library(found_in())
    desk = cards(library, Eyes(FULL))
    card = desk.card()
    library.found.clear()
    assert card.tries() is None
    assert desk.card() == Refusal(Trouble.NO_CARD)


class Strange(Exception):
    """What nobody has thought of."""


def test_a_fault_at_a_second_card_hides_no_removal(cards, caplog):
    eyes = Eyes(FULL, replace(EMPTY, reader="Other"))
    library = Library(found_in())
    desk = cards(library, eyes)
    identity = desk.card().identity
    library.fault = Strange("899700000010")
    eyes.sights = (FULL, replace(FULL, reader="Other"))
    assert wait_until(lambda: "Strange" in caplog.text)
    assert desk.holds(identity)
    eyes.sights = (replace(EMPTY, count=2), replace(FULL, reader="Other"))
    assert wait_until(lambda: not desk.holds(identity))
    assert "899700000010" not in caplog.text
    library.fault = None
    library.found = [found_in("Other", MARC)]
    assert wait_until(lambda: ("Other", "present") in states(desk))


@pytest.mark.parametrize("told", [True, False], ids=["by readers", "by the library"])
def test_what_nobody_looks_at_any_more_is_held_by_nobody(cards, monkeypatch, *, told):
    eyes, library = Eyes(FULL), Library(found_in())
    desk = cards(library, eyes if told else None)
    identity = desk.card().identity
    assert desk.holds(identity)
    monkeypatch.setattr(hardware, "STALE", 0.2)
    (eyes if told else library).fault = Strange()
    assert wait_until(lambda: not desk.holds(identity))
    (eyes if told else library).fault = None
    assert wait_until(lambda: desk.holds(identity))


def test_while_somebody_types_on_the_reader_the_card_is_still_held(cards, monkeypatch):
    library = Library(found_in("Token"))
    desk = cards(library, None)
    card = desk.card()
    held = []
    # Nobody looks meanwhile, as where the library answers one call at a time.
    monkeypatch.setattr(hardware, "STALE", 0.0)
    library.typing = lambda: held.append(desk.holds(card.identity))
    card.sign(None, b"")
    monkeypatch.setattr(hardware, "LONGEST_SIGNING", 0.0)
    card.sign(None, b"")
    assert held == [True, False]


def test_a_fault_at_the_start_does_not_end_the_looking(cards):
    eyes = Eyes(FULL)
    eyes.fault = Strange()
    desk = cards(Library(found_in()), eyes)
    eyes.fault = None
    assert wait_until(lambda: states(desk) == [("Reader", "present")])


def test_of_two_cards_the_one_with_tries_left_is_taken(cards):
    spent, other = found_in(tries=1), found_in("Other", MARC)
    eyes = Eyes(FULL, replace(FULL, reader="Other"))
    library = Library(spent, other)
    desk = cards(library, eyes)
    assert wait_until(lambda: [state for _, state in states(desk)] == ["present", "present"])
    assert desk.card().identity == other.identity
    # Alone it is told of: why nothing is signed is worth more than that there is no card.
    library.found.remove(other)
    assert desk.card().identity == spent.identity


def test_so_it_is_with_cards_in_files(tmp_path):
    files = [put_card(tmp_path, "claire", tries=1), put_card(tmp_path, "marc", MARC)]
    both, alone = SoftwareCards(always_in(files)), SoftwareCards(always_in(files[:1]))
    assert both.card().certificate == issued(MARC).der
    assert alone.card().certificate == issued().der
    both.close()
    alone.close()
