# SPDX-License-Identifier: Apache-2.0
"""The desk's card reader: cards to put in and take out, and the agent's window that asks for a PIN.

The agent's own program does the rest. Nothing of what is shown here can log anybody in.
"""

from collections.abc import Callable
from typing import Any

from flask import request

from idp.clock import Clock
from idp.demo.desk_words import kind_of, standing_of
from idp.demo.wallet import Held, Standing, Wallet
from idp.http.flask_app import PageServer
from idp.http.wire import NO_STORE, Answer, Reply, see_other
from idp.web.account_page import shown_day

READER = "/desk/reader"
CARDS = "/desk/cards"
URLS = {"reader": READER, "cards": CARDS}
# Where the page shows what came of it.
BACK = "/desk#reader"


class ReaderDesk:
    """POST what the buttons of reader, window and cards do; GET a card as a file."""

    def __init__(self, wallet: Wallet, clock: Clock, after_change: Callable[[bytes], None]) -> None:
        self._wallet = wallet
        self._clock = clock
        # What its authority says of a card counts at once, and not within the hour.
        self._after_change = after_change

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(f"{READER}/insert", "desk_insert", self.insert, methods=["POST"])
        app.page(f"{READER}/remove", "desk_take_out", self.remove, methods=["POST"])
        app.page(f"{READER}/pin", "desk_pin", self.answer, methods=["POST"])
        app.page(f"{CARDS}/<name>/unblock", "desk_unblock", self.unblock, methods=["POST"])
        app.page(f"{CARDS}/<name>/revoke", "desk_revoke", self.revoke, methods=["POST"])
        app.page(f"{CARDS}/<name>/renew", "desk_renew", self.renew, methods=["POST"])
        app.page(f"{CARDS}/<name>.p12", "desk_card", self.file)

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        inserted = self._wallet.reader.inserted()
        cards = [shown(one, inserted) for one in self._wallet.every(self._clock.now())]
        return {
            "cards": cards,
            "inserted": next((one for one in cards if one["inserted"]), None),
            "question": self._wallet.reader.question(),
        }

    def state(self) -> dict[str, Any]:
        """The same for programs; PINs are in cast.json."""
        reader = self._wallet.reader
        asked = reader.question()
        return {
            "inserted": reader.inserted(),
            "asking": asked and {"id": asked.id, "tries": asked.tries, "wrong": asked.wrong},
            "cards": [
                {
                    "name": one.card.name,
                    "serial": one.serial,
                    "tries": one.tries,
                    "state": one.standing.value,
                }
                for one in self._wallet.every(self._clock.now())
            ],
        }

    def insert(self) -> Answer:
        """Put a card in."""
        self._wallet.reader.insert(request.form.get("name", ""))
        return see_other(BACK)

    def remove(self) -> Answer:
        """Take it out."""
        self._wallet.reader.remove()
        return see_other(BACK)

    def answer(self) -> Answer:
        """Type into the agent's window, or close it."""
        reader, question = self._wallet.reader, request.form.get("id", "")
        if "cancel" in request.form:
            reader.cancel(question)
        elif pin := request.form.get("pin", "").strip():
            reader.type_pin(question, pin)
        return see_other(BACK)

    def unblock(self, name: str) -> Answer:
        """As its unblocking code would."""
        return self._change(name, lambda _now: self._wallet.reader.unblock(name))

    def revoke(self, name: str) -> Answer:
        """Have its authority take it back."""
        return self._change(name, lambda now: self._wallet.revoke(name, now))

    def renew(self, name: str) -> Answer:
        """Have a new one made for the same person; the old one is no longer there."""
        return self._change(name, lambda now: self._wallet.renew(name, now))

    def _change(self, name: str, change: Callable[[int], None]) -> Answer:
        now = self._clock.now()
        if self._wallet.held(name, now) is not None:
            change(now)
            self._after_change(self._wallet.reader.certificate(name))
        return see_other(BACK)

    def file(self, name: str) -> Answer:
        """For the store of a real browser; it opens with the PIN."""
        if self._wallet.held(name, self._clock.now()) is None:
            return see_other(BACK)
        kind = [("Content-Type", "application/x-pkcs12")]
        saved = ("Content-Disposition", f'attachment; filename="{name}.p12"')
        content = self._wallet.reader.file(name).read_bytes()
        return Reply(200, [*kind, saved, *NO_STORE], content)


def shown(one: Held, inserted: str) -> dict[str, Any]:
    """A card in words."""
    return {
        "name": one.card.name,
        "holder": one.card.holder,
        "kind": kind_of(one.card),
        "serial": one.serial,
        "pin": one.card.pin,
        "tries": one.tries,
        "standing": one.standing.value,
        "state": standing_of(one, shown_day(one.valid_until)),
        "inserted": one.card.name == inserted,
        "blocked": one.tries == 0,
        "over": one.standing in {Standing.EXPIRED, Standing.REVOKED},
        "revocable": one.standing is not Standing.REVOKED,
    }
