# SPDX-License-Identifier: Apache-2.0
"""The desk's calculette: what it shows is what the server awaits, and nothing without the PIN."""

import pytest

from connectors.calculette.verifier import OcraVerifier
from connectors.ports import Calculette
from idp.demo.calculette import SUITE, Mute, VirtualCalculette
from idp.demo.wallet import Wallet
from tests.demo.card_world import press
from tests.world import START, Browser

SERIAL, PIN = "2600000011", "1234"
CHALLENGE = "1551 5604"


@pytest.fixture
def device(wallet: Wallet) -> VirtualCalculette:
    made = VirtualCalculette(wallet.reader)
    made.share(SERIAL, PIN)
    return made


def place_of(device: VirtualCalculette, shown: str) -> int | None:
    """The count that the server finds the answer at."""
    shared = device.share(SERIAL, PIN)
    held = Calculette(SERIAL, "medecin", "ocra", SUITE, shared.secret, shared.pin)
    match = OcraVerifier().match(held, CHALLENGE.replace(" ", ""), shown.replace(" ", ""), START)
    return match.counter if match else None


@pytest.mark.parametrize("typed", [CHALLENGE, "15515604", "1551\u00a05604", " 1551 5604 "])
def test_what_it_shows_is_what_the_server_awaits(device: VirtualCalculette, typed: str):
    shown = [device.show("medecin", SERIAL, PIN, typed) for _ in range(2)]
    assert [place_of(device, one) for one in shown] == [0, 1]
    assert all(len(one) == 9 and one[4] == " " for one in shown)


def test_a_wrong_pin_shows_nothing_and_counts(device: VirtualCalculette, wallet: Wallet):
    assert device.show("medecin", SERIAL, "0000", CHALLENGE) is Mute.WRONG_PIN
    assert wallet.reader.tries("medecin") == 2
    assert place_of(device, device.show("medecin", SERIAL, PIN, CHALLENGE)) == 0
    assert wallet.reader.tries("medecin") == 3
    for _ in range(3):
        device.show("medecin", SERIAL, "0000", CHALLENGE)
    assert device.show("medecin", SERIAL, PIN, CHALLENGE) is Mute.BLOCKED


@pytest.mark.parametrize("typed", ["", "1551560", "155156045", "1551 560x", "١٥٥١٥٦٠٤"])
def test_what_is_no_challenge_costs_no_try(device: VirtualCalculette, wallet: Wallet, typed: str):
    assert device.show("medecin", SERIAL, "0000", typed) is Mute.NO_CHALLENGE
    assert wallet.reader.tries("medecin") == 3


def test_a_card_without_a_secret_has_no_answer(device: VirtualCalculette):
    assert device.show("inconnue", "2600000015", "4826", CHALLENGE) is Mute.UNKNOWN
    secret = device.share(SERIAL, PIN).secret
    assert device.share("2600000012", "2580").secret != secret


def test_it_works_on_the_desk_without_a_script(device: VirtualCalculette, hand: Browser):
    options = [one["value"] for one in hand.page.select("#calculator-card option")]
    assert options == ["medecin"]
    press(hand, "/desk/calculette", pin=PIN, card="medecin", challenge=CHALLENGE)
    assert place_of(device, hand.page.select_one("[data-screen]").text) == 0
    assert hand.page.select_one("#calculator-challenge")["value"] == CHALLENGE
    # What was typed into it is nowhere on the page.
    assert not hand.page.select("#calculator-pin[value]")
    press(hand, "/desk/calculette", pin="0000", card="medecin", challenge=CHALLENGE)
    assert "2" in hand.page.select_one("#calculator-error").text
    press(hand, "/desk/calculette", pin=PIN, card="nobody", challenge=CHALLENGE)
    assert hand.page.select("#calculator-error")
