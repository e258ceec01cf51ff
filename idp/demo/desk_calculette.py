# SPDX-License-Identifier: Apache-2.0
"""The desk's calculette: a card, its PIN, a number of the login page; the answer on its screen."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from idp.clock import Clock
from idp.demo.calculette import Mute, VirtualCalculette
from idp.demo.wallet import Wallet

CALCULETTE = "/desk/calculette"


class CalculetteDesk:
    """What its form is answered with."""

    def __init__(self, wallet: Wallet, clock: Clock) -> None:
        self._wallet = wallet
        self._clock = clock
        self._device = VirtualCalculette(wallet.reader)

    def context(self, *, used: bool = False) -> dict[str, Any]:
        """What the page shows; `used`: after what the form says was typed into it."""
        cards = [
            {"name": one.card.name, "holder": one.card.holder, "pin": one.card.pin}
            for one in self._wallet.every(self._clock.now())
            if self._device.knows(one.serial)
        ]
        blank = {"cards": cards, "chosen": "", "challenge": "", "shown": "", "trouble": ""}
        return {"calculette": blank | self._use() if used else blank}

    def _use(self) -> dict[str, str]:
        chosen = request.form.get("card", "")
        challenge = request.form.get("challenge", "")[:32]
        pin = request.form.get("pin", "").strip()[:32]
        held = self._wallet.held(chosen, self._clock.now())
        shown = self._device.show(chosen, held.serial, pin, challenge) if held else Mute.UNKNOWN
        told = {"chosen": chosen, "challenge": challenge}
        if isinstance(shown, Mute):
            return told | {"trouble": self._trouble(shown, chosen)}
        return told | {"shown": shown}

    def _trouble(self, why: Mute, name: str) -> str:
        if why is Mute.WRONG_PIN:
            left = self._wallet.reader.tries(name)
            tries = ngettext("%(num)s try is left.", "%(num)s tries are left.", left)
            return f"{_('This is not the PIN of the card')}. {tries}"
        told = {
            Mute.BLOCKED: _("The card is blocked: unblock it beside the card reader."),
            Mute.NO_CHALLENGE: _("Type the eight digits that the login page shows."),
            Mute.UNKNOWN: _("This card has no calculette."),
        }
        return str(told[why])
