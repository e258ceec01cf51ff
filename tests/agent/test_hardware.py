# SPDX-License-Identifier: Apache-2.0
"""What is made of readers and cards, whatever a reader or a middleware answers."""

import importlib.util
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, RLock
from types import SimpleNamespace

import pytest

if importlib.util.find_spec("pkcs11") is None:
    pytest.skip("the extra `agent` is not installed", allow_module_level=True)

import pkcs11
from pkcs11 import Mechanism, TokenFlag
from pkcs11 import exceptions as faults

from connectors.cps_card.agent import hardware
from connectors.cps_card.agent.cards import Pin, Refusal, Trouble, WrongPin
from connectors.cps_card.agent.faces import face_of
from connectors.cps_card.agent.hardware import HardwareCards
from connectors.cps_card.agent.modules import KNOWN, find_module, known_places
from connectors.cps_card.agent.readers import Sight
from connectors.cps_card.agent.tokens import Found, Tokens, tries_of
from tests.agent.kit import MARC, issued, wait_until

EMPTY = Sight("Reader", present=False, mute=False, count=0)
FULL = Sight("Reader", present=True, mute=False, count=1)


def found_in(slot="Reader", card=None, **changes):
    certificate = (issued(card) if card else issued()).der
    usual = Found(
        slot,
        b"\x20",
        certificate,
        Mechanism.SHA256_RSA_PKCS,
        "RS256",
        False,
        3,
        face_of(certificate),
    )
    return replace(usual, **changes)


class Eyes:
    """Sees what a test says."""

    def __init__(self, *sights):
        self.sights = sights
        self.looked = Event()
        self.closed = False

    def look(self):
        self.looked.set()
        Event().wait(0.01)
        return self.sights

    def close(self):
        self.closed = True


class Library:
    """Shows the cards that a test says, and believes one PIN."""

    def __init__(self, *found):
        self.found = list(found)

    def look(self):
        return list(self.found)

    def again(self, before):
        same = (each for each in self.found if each.certificate == before.certificate)
        return next(same, None)

    def sign(self, _found, pin, _said):
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


@pytest.mark.parametrize(
    ("flags", "cps", "tries"),
    [
        (TokenFlag(0), True, 3),
        (TokenFlag(0), False, None),
        (TokenFlag.USER_PIN_COUNT_LOW, True, 2),
        (TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY, True, 1),
        (TokenFlag.USER_PIN_LOCKED | TokenFlag.USER_PIN_FINAL_TRY, False, 0),
    ],
    ids=str,
)
def test_flags_tell_the_tries(flags, cps, tries):
    assert tries_of(flags, cps=cps) == tries


class Slot:
    """A reader with keys of its own, in the words of python-pkcs11."""

    slot_description = "Pinpad   "
    flags = TokenFlag.PROTECTED_AUTHENTICATION_PATH

    def __init__(self, fault=None, ids=(0x20,)):
        self.fault = fault
        self.ids = ids
        self.logins = []

    def get_token(self):
        return self

    def get_mechanisms(self):
        return {Mechanism.RSA_PKCS}

    @contextmanager
    def open(self, user_pin=None):
        self.logins.append(user_pin)
        if user_pin is not None and self.fault:
            raise self.fault
        yield self

    def get_objects(self, _template):
        held = {pkcs11.Attribute.VALUE: issued().der}
        return [{pkcs11.Attribute.ID: bytes([0xE8, each])} | held for each in self.ids]

    def get_key(self, **_wanted):
        return SimpleNamespace(sign=lambda said, mechanism: b"signed " + said)


def tokens_of(slot):
    tokens = object.__new__(Tokens)
    tokens._library = SimpleNamespace(get_slots=lambda token_present: [slot])
    tokens._lock = RLock()
    return tokens


def test_a_pin_typed_on_the_reader_never_comes_by_here():
    slot = Slot()
    tokens = tokens_of(slot)
    (found,) = tokens.look()
    assert (found.pinpad, found.algorithm, found.slot) == (True, "RS256", "Pinpad")
    signature = tokens.sign(found, None, b"said")
    assert signature.startswith(b"signed 010\r")
    assert slot.logins[-1] is pkcs11.PROTECTED_AUTH


@pytest.mark.parametrize("ids", [(0x20, 0x10), (0x10, 0x20), (0x10, 0x11, 0x20)], ids=str)
def test_of_several_keys_the_one_for_authentication_is_taken(ids):
    (found,) = tokens_of(Slot(ids=ids)).look()
    assert found.key_id == b"\xe8\x20"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (faults.PinIncorrect, WrongPin()),
        (faults.PinLenRange, WrongPin()),
        (faults.PinLocked, Refusal(Trouble.BLOCKED, 0)),
        (faults.FunctionCancelled, Refusal(Trouble.CANCELLED)),
        (faults.TokenNotPresent, Refusal(Trouble.NO_CARD)),
        (faults.DeviceError, Refusal(Trouble.MUTE)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_a_card_refuses_is_told_in_our_words(fault, outcome):
    tokens = tokens_of(Slot(fault()))
    (found,) = tokens.look()
    assert tokens.sign(found, Pin("1234"), b"said") == outcome


def test_another_card_in_the_reader_is_not_asked():
    slot = Slot()
    tokens = tokens_of(slot)
    assert tokens.sign(found_in("Pinpad", MARC), Pin("1234"), b"said") == Refusal(Trouble.NO_CARD)
    assert set(slot.logins) == {None}


def test_the_vendor_s_library_comes_before_opensc():
    for platform in KNOWN:
        places = known_places(platform)
        assert "cps" in places[0].name
        assert "opensc" in places[-1].name
        assert find_module(places, lambda _: True) == places[0]
    assert find_module(known_places("linux"), lambda _: False) is None
    assert find_module(known_places("plan9")) is None


def test_what_is_no_library_is_told(tmp_path):
    file = tmp_path / "library.so"
    file.write_text("no library", "utf-8")
    with pytest.raises(hardware.Fault, match="is no PKCS#11 library"):
        Tokens(Path(file))
