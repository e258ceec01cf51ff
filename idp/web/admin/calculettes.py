# SPDX-License-Identifier: Apache-2.0
"""Calculettes: a maker's file brought in; the one of a card handed over, put right, switched."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.people.card_register import CardSheet
from idp.administration.people.readers import MOST_BYTES, Brought, Faulty, Handed, ReaderFile
from idp.administration.rights import Right
from idp.credentials.calculettes import Kept, Standing
from idp.credentials.delivery.pskc_secrets import Unlock
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.admin.asking import Question
from idp.web.admin.card_door import HERE as CARDS
from idp.web.admin.card_door import Door, address_of, ask_switch, card_of, switch
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.reader_faults import reader_fault
from idp.web.admin.typed import read_typed
from idp.web.admin.uploads import large_file

HERE = f"{CARDS}/calculettes/import"
SECRETS = ("passphrase", "secret", "pin")
WRONG_KEY = "key"


class CalculettePages:
    """/admin/cards/calculettes/import, and /admin/cards/<serial>/reader with what may be done."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._readers = services.office.readers

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one, post = f"{CARDS}/<serial>/reader", ("POST",)
        large = large_file(self._services, MOST_BYTES, Right.MEANS_ADD)
        app.page(HERE, "admin_calculettes", self.blank)
        app.page(HERE, "admin_calculettes_bring", self.bring, methods=post, upload=large)
        app.page(one, "admin_card_reader", self.reader)
        app.page(one, "admin_card_reader_hand", self.hand_over, methods=post)
        app.page(f"{one}/state", "admin_card_reader_state", self.ask_state)
        app.page(f"{one}/state", "admin_card_reader_state_do", self.set_state, methods=post)
        app.page(f"{one}/resync", "admin_card_reader_resync", self.resync, methods=post)

    def blank(self) -> Answer:
        """The form of a file."""
        clerk = proved_clerk(self._services, HERE, Right.MEANS_ADD)
        return _file_form(clerk, {}) if isinstance(clerk, Clerk) else clerk

    def bring(self) -> Answer:
        """Look at a file, or bring its readers in: all of them, or none."""
        clerk = proved_clerk(self._services, HERE, Right.MEANS_ADD)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = read_typed("batch", "suite", "passphrase", "key")
        file = request.files.get("file")
        if file is None or not file.filename:
            return _file_form(clerk, typed, errors={"file": _("Choose a file.")})
        with file.stream as stream:
            data = stream.read(MOST_BYTES + 1)
        try:
            unlock = Unlock(bytes.fromhex(typed["key"]), typed["passphrase"])
        except ValueError:
            wrong = {WRONG_KEY: _("A key is written in hexadecimal digits.")}
            return _file_form(clerk, typed, errors=wrong)
        if len(data) > MOST_BYTES:
            return _file_form(clerk, typed, errors={"file": _("The file is too large.")})
        wished = ReaderFile(data, typed["batch"], typed["suite"], unlock)
        only_look = request.form.get("act") != "bring"
        done = self._readers.bring_in(clerk.authority, wished, only_look=only_look)
        if isinstance(done, Denied):
            return refused(done)
        if isinstance(done, Brought) and not only_look:
            return see_other(f"{CARDS}?done=brought")
        return _file_form(clerk, typed, found=done)

    def reader(self, serial: str) -> Answer:
        """The reader of a card, or the form for one."""
        found = self._card(serial, Right.MEANS_SEE)
        if not isinstance(found, tuple):
            return found
        clerk, card = found
        return self._page(clerk, card, {})

    def hand_over(self, serial: str) -> Answer:
        """Bind a reader to the card."""
        found = self._card(serial, Right.MEANS_ADD, proved_clerk)
        if not isinstance(found, tuple):
            return found
        clerk, card = found
        typed = read_typed("batch", "suite", "secret", "pin", "reader", "counter")
        try:
            handed = Handed(
                typed["batch"],
                typed["suite"],
                bytes.fromhex(typed["secret"]),
                typed["pin"],
                typed["reader"][:64],
                int(typed["counter"] or 0),
            )
        except ValueError:
            wrong = _("The secret is written in hexadecimal digits, the counter in digits.")
            return self._page(clerk, card, typed, error=wrong)
        if not 0 <= handed.counter < 2**62:
            return self._page(clerk, card, typed, error=_("This counter is out of bounds."))
        with self._core.database.write() as tx:
            done = self._readers.hand_over(tx, clerk.authority, card.card.serial, handed)
        if isinstance(done, Denied):
            return refused(done)
        if isinstance(done, Faulty):
            return self._page(clerk, card, typed, faulty=done)
        return see_other(f"{address_of(serial)}?done=handed")

    def ask_state(self, serial: str) -> Answer:
        """What switching it off, or on, does."""
        found = self._card(serial, Right.MEANS_REMOVE)
        if not isinstance(found, tuple):
            return found
        clerk, card = found
        if card.reader is None:
            return refused(Denied.NOT_FOUND)
        off = card.reader.standing is not Standing.DISABLED
        right = Right.MEANS_REMOVE if off else Right.MEANS_ADD
        if right not in card.may:
            return refused(Denied.NOT_ALLOWED)
        question = _question(card, card.reader, off=off)
        return ask_switch(self._services, clerk, question, right, opens=not off)

    def set_state(self, serial: str) -> Answer:
        """Switch it off or on."""
        page, services = f"{address_of(serial)}/reader/state", self._services
        if request.form.get("state") == "on":
            verb, right = self._readers.switch_on, Right.MEANS_ADD
            return switch(services, serial, page, right, verb, "on", opens=True)
        verb, right = self._readers.switch_off, Right.MEANS_REMOVE
        return switch(services, serial, page, right, verb, "off", opens=False)

    def resync(self, serial: str) -> Answer:
        """Put right what it counts, and how far its clock is off."""
        found = self._card(serial, Right.ACCOUNTS_UNLOCK)
        if not isinstance(found, tuple):
            return found
        clerk, card = found
        typed = read_typed("counter", "drift", longest=24)
        try:
            counter, drift = (int(typed[name]) if typed[name] else None for name in typed)
        except ValueError:
            return self._page(clerk, card, typed, error=_("These are no numbers."))
        with self._core.database.write() as tx:
            done = self._readers.resync(tx, clerk.authority, serial, counter, drift)
        if isinstance(done, Denied):
            return refused(done)
        if isinstance(done, Unfit):
            wrong = _(
                "A counter never goes back; neither it nor the clock moves by more than 1,000."
            )
            return self._page(clerk, card, typed, error=wrong)
        return see_other(f"{address_of(serial)}?done={'resync' if done else 'nothing'}")

    def _card(
        self, serial: str, right: Right, door: Door = clerk_of
    ) -> tuple[Clerk, CardSheet] | Answer:
        return card_of(self._services, serial, f"{address_of(serial)}/reader", right, door)

    def _page(
        self,
        clerk: Clerk,
        card: CardSheet,
        typed: Mapping[str, str],
        error: str = "",
        faulty: Faulty | None = None,
    ) -> Answer:
        base, kept = address_of(card.card.serial), card.reader
        context = {
            "serial": card.card.serial,
            "owner": card.owner.person.display_name,
            "typed": {name: one for name, one in typed.items() if name not in SECRETS},
            "error": error,
            "faulty": faulty and _told(faulty),
            "reader": None if kept is None else _shown(kept),
            "counts": kept is not None and self._readers.counts(kept),
            "may_hand": Right.MEANS_ADD in card.may,
            "may_resync": Right.ACCOUNTS_UNLOCK in card.may,
            "base": base,
            "trail": [(_("Cards"), CARDS), (card.card.serial, base)],
        }
        return show(clerk, "card_reader", context, 422 if error or faulty else 200)


def _shown(kept: Kept) -> dict[str, Any]:
    return {
        "name": kept.reader,
        "batch": kept.batch.name,
        "suite": kept.batch.suite,
        "counter": kept.counter,
        "drift": kept.drift,
    }


def _told(faulty: Faulty) -> Faulty:
    """The same in people's words."""
    return replace(faulty, faults=tuple(map(reader_fault, faulty.faults)))


def _file_form(
    clerk: Clerk,
    typed: Mapping[str, str],
    found: Faulty | Brought | None = None,
    errors: Mapping[str, str] | None = None,
) -> Answer:
    context = {
        "batch": typed.get("batch", ""),
        "suite": typed.get("suite", ""),
        "errors": errors or {},
        "faulty": _told(found) if isinstance(found, Faulty) else None,
        "brought": found if isinstance(found, Brought) else None,
        "action": HERE,
        "back_url": CARDS,
    }
    wrong = errors or isinstance(found, Faulty)
    return show(clerk, "calculettes_import", context, 422 if wrong else 200)


def _question(card: CardSheet, reader: Kept, *, off: bool) -> Question:
    back = address_of(card.card.serial)
    facts = (
        (_("Card"), card.card.serial),
        (_("Owner"), card.owner.person.display_name),
        (_("Reader"), reader.reader),
    )
    trail = ((_("Cards"), CARDS), (card.card.serial, back))
    mail = _("Its owner is told by mail.")
    page = f"{back}/reader/state"
    if off:
        said = _("It logs nobody in until it is switched on again. The card goes on working.")
        title, button, state, look = (
            _("Switch this calculette off"),
            _("Switch off"),
            "off",
            "danger",
        )
    else:
        said = _("It logs its owner in again, from where its counter stands.")
        title, button, state, look = _("Switch this calculette on"), _("Switch on"), "on", "primary"
    return Question(
        title,
        (said, mail),
        button,
        page,
        back,
        trail=trail,
        facts=facts,
        hidden={"state": state},
        look=look,
    )
