# SPDX-License-Identifier: Apache-2.0
"""What is made of a middleware's library, whatever it answers."""

import importlib.util
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import SimpleNamespace

import pytest

if importlib.util.find_spec("pkcs11") is None:
    pytest.skip("the extra `agent` is not installed", allow_module_level=True)

import pkcs11
from pkcs11 import Mechanism, TokenFlag
from pkcs11 import exceptions as faults

from connectors.cps_card.agent.cards import Pin, Refusal, Trouble, WrongPin
from connectors.cps_card.agent.faces import algorithm_for, face_of, logs_in
from connectors.cps_card.agent.modules import KNOWN, find_module, known_places
from connectors.cps_card.agent.settings import Fault
from connectors.cps_card.agent.tokens import Tokens, tries_of
from tests.agent.found import found_in
from tests.agent.kit import MARC, issued
from tests.connectors.odd_certificates import STRANGE, strange


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
        self.held = None
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
        held = {pkcs11.Attribute.VALUE: self.held or issued().der}
        return [{pkcs11.Attribute.ID: bytes([0xE8, each])} | held for each in self.ids]

    def get_key(self, **_wanted):
        return SimpleNamespace(sign=lambda said, mechanism: b"signed " + said)


def tokens_of(*slots):
    tokens = object.__new__(Tokens)
    tokens._library = SimpleNamespace(get_slots=lambda token_present: list(slots))
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
    with pytest.raises(Fault, match="is no PKCS#11 library"):
        Tokens(Path(file))


@pytest.mark.parametrize("which", STRANGE)
def test_a_strange_certificate_is_none_to_log_in_with(which):
    der = strange(which)
    assert not logs_in(der)
    assert algorithm_for(der) in {None, "PS256"}
    face = face_of(der)
    assert face is None or face.serial == ""


@pytest.mark.parametrize("which", STRANGE)
def test_a_strange_certificate_hides_no_other(which):
    odd = Slot()
    odd.slot_description, odd.held = "Odd", strange(which)
    tokens = tokens_of(odd, Slot())
    (found,) = tokens.look()
    assert found.slot == "Pinpad"
