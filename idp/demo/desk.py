# SPDX-License-Identifier: Apache-2.0
"""The virtual desk: a telephone, a mailbox, a clock to move, and the people to play.

Whoever opens it reads everybody's codes: it is mounted by the demo's own server alone, and refuses
any provider that is not in demo mode.
"""

import hashlib
import json
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.app import Provider
from idp.chores import Chores
from idp.clock import MovedClock
from idp.demo import mailbox
from idp.demo.addresses import HOSPITAL, PSC
from idp.demo.authenticator import Authenticator
from idp.demo.camera import address_on_screen
from idp.demo.desk_calculette import CALCULETTE, CalculetteDesk
from idp.demo.desk_meetings import MEETINGS, Meetings
from idp.demo.desk_phone import URLS as PHONE_URLS
from idp.demo.desk_phone import PhoneDesk
from idp.demo.desk_reader import URLS as READER_URLS
from idp.demo.desk_reader import ReaderDesk
from idp.demo.desk_words import shown_newcomers, shown_people, state_of
from idp.demo.folder import Folder
from idp.demo.time_travel import STEPS, TimeTravel
from idp.demo.wallet import Wallet
from idp.errors import Breakdown
from idp.http.flask_app import PageServer
from idp.http.services import Core
from idp.http.wire import NO_STORE, Answer, Page, Reply, json_reply, see_other
from idp.login.revoked_cards import RevokedCards
from idp.web.account_page import shown_moment

HOME = "/desk"
STATE = "/desk/messages"
CLOCK = "/desk/clock"
CODES = "/desk/authenticator"
SCAN = f"{CODES}/scan"
RETURN = "return"
URLS = {
    "state": STATE,
    "clock": CLOCK,
    "codes": CODES,
    "scan": SCAN,
    "empty": f"{STATE}/empty",
    "calculette": CALCULETTE,
    "meetings": MEETINGS,
    **READER_URLS,
    **PHONE_URLS,
}
# Until the answer is on its way.
SOON = 0.3


class NotADemo(Breakdown):
    """The desk was asked for outside demo mode: everybody's codes would lie open."""


def mount_desk(provider: Provider, end_server: Callable[[], None] | None = None) -> None:
    """Add the desk to a provider of the demo, before it serves."""
    core = provider.services.core
    demo = core.settings.demo
    if not demo.enabled or not demo.clock_file or not isinstance(core.clock, MovedClock):
        raise NotADemo("the virtual desk exists in demo mode only")
    if not isinstance(provider.web, PageServer):
        raise Breakdown("the desk needs the page server")
    folder = Folder(Path(demo.clock_file).parent)
    travel = TimeTravel(folder, core.clock, lambda: catch_up(provider))
    wallet = Wallet(folder)
    reader = ReaderDesk(wallet, core.clock, lambda shown: believe(core, shown))
    phone = PhoneDesk(core)
    parts = Parts(reader, CalculetteDesk(wallet, core.clock), Meetings(core), phone)
    Desk(core, folder, travel, parts, end_server or end_soon).mount(provider.web)
    reader.mount(provider.web)
    phone.mount(provider.web)


def believe(core: Core, certificate: bytes) -> None:
    """Hear at once what its authority says of a card, and do what follows from it."""
    # Where an authority keeps its list is told by the cards that it has signed.
    core.trust.judge(certificate, None)
    core.trust.refresh.due(everything=True)
    RevokedCards(core.database, core.cards, core.elsewhere, core.trust).sweep()


def catch_up(provider: Provider) -> None:
    """What the passing of time would have brought about."""
    core = provider.services.core
    Chores(core, (provider.services.office.request_digest.tell,)).do()
    core.keys.reload()


def end_soon() -> None:
    """Have the server end, once this request is answered; the runner starts another."""
    threading.Timer(SOON, _end).start()


def _end() -> None:
    os.kill(os.getppid(), signal.SIGTERM)
    # Nothing to finish calmly: what this process knows is about to be undone.
    os._exit(0)


@dataclass(frozen=True, slots=True)
class Parts:
    """What lies on the desk besides telephone, mailbox and clock."""

    reader: ReaderDesk
    calculette: CalculetteDesk
    meetings: Meetings
    phone: PhoneDesk


class Desk:
    """GET /desk, /desk/messages; POST what its buttons do."""

    def __init__(
        self,
        core: Core,
        folder: Folder,
        travel: TimeTravel,
        parts: Parts,
        end_server: Callable[[], None],
    ) -> None:
        self._core = core
        self._messages = folder.desk
        self._cast = folder.cast
        self._authenticator = Authenticator(folder.desk / mailbox.AUTHENTICATOR)
        self._travel = travel
        self._parts = parts
        self._end_server = end_server

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HOME, "desk", self.show)
        app.page(STATE, "desk_messages", self.state)
        app.page(URLS["empty"], "desk_empty", self.empty, methods=["POST"])
        app.page(CLOCK, "desk_clock", self.move, methods=["POST"])
        app.page(CODES, "desk_add", self.add, methods=["POST"])
        app.page(SCAN, "desk_scan", self.scan, methods=["POST"])
        app.page(CALCULETTE, "desk_calculette", self.calculate, methods=["POST"])
        app.page(MEETINGS, "desk_meetings", self.set_level, methods=["POST"])
        app.page(f"{CODES}/<key>/remove", "desk_remove", self.remove, methods=["POST"])

    def show(self) -> Page:
        """Everything on one page."""
        return self._page()

    def _page(self, *, unread: str = "", blank: bool = False, used: bool = False) -> Page:
        # Before all that is shown: what arrives in between is seen at the first look.
        version = self._state()["version"]
        now = self._core.clock.now()
        ahead = self._travel.ahead
        found = mailbox.messages(self._messages)
        with self._core.database.read() as tx:
            applications = self._core.applications.every(tx)
        context: dict[str, Any] = {
            "version_of_desk": version,
            "sms": [one for one in found if one.channel == "sms"],
            "mail": [one for one in found if one.channel == "email"],
            "codes": self._codes(now),
            "unread": unread,
            "blank": blank,
            "time": shown_moment(now),
            "real_time": shown_moment(now - ahead) if ahead else None,
            "people": shown_people(),
            "newcomers": shown_newcomers(),
            "places": [
                (_("Console"), "/admin"),
                *(
                    (one.name, one.home_url)
                    for one in applications
                    if one.enabled and one.listed and one.home_url
                ),
                *self._neighbours(),
            ],
            "urls": URLS,
            "when": lambda at: shown_moment(at, now),
            **self._parts.reader.context(),
            **self._parts.calculette.context(used=used),
            **self._parts.phone.context(),
            "meetings": self._parts.meetings.level(),
        }
        return Page("demo/desk.html", context, headers=list(NO_STORE))

    def _neighbours(self) -> list[tuple[str, str]]:
        """Who is no application, and is worth a visit; once the demo has written its cast."""
        if not self._cast.exists():
            return []
        addresses = json.loads(self._cast.read_text("utf-8"))["addresses"]
        return [(HOSPITAL, addresses["hospital"] + "/"), (PSC, addresses["psc"] + "/")]

    def _codes(self, now: int) -> list[dict[str, Any]]:
        return [
            {
                "id": one.id,
                "issuer": one.issuer,
                "name": one.name,
                "code": one.code(now),
                "left": one.left(now),
                "period": one.period,
            }
            for one in self._authenticator.entries()
        ]

    def state(self) -> Reply:
        """The same for programs, and for the page that looks every second."""
        return json_reply(self._state())

    def _state(self) -> dict[str, Any]:
        now = self._core.clock.now()
        state = state_of(mailbox.messages(self._messages), self._codes(now))
        state |= {"now": now, "ahead": self._travel.ahead, "time": shown_moment(now)}
        state["reader"] = self._parts.reader.state()
        state["meetings"] = self._parts.meetings.level()
        state["phone"] = self._parts.phone.state()
        keys = [one["id"] for one in (*state["messages"], *state["authenticator"])]
        # Not how long a request still lies there: that changes at each look.
        lying = [one["id"] for one in state["phone"].get("requests", [])]
        enrolled = [one["enrolled"] for one in state["phone"].get("people", [])]
        devices = json.dumps([state["reader"], state["meetings"], lying, enrolled])
        seen = "|".join([str(state["ahead"]), *keys, devices])
        state["version"] = hashlib.sha256(seen.encode()).hexdigest()[:16]
        return state

    def empty(self) -> Answer:
        """Throw the messages away."""
        mailbox.empty(self._messages)
        return see_other(HOME)

    def add(self) -> Answer:
        """Show the authenticator what was pasted."""
        pasted = request.form.get("pasted", "")
        return see_other(HOME) if self._authenticator.add(pasted) else self._page(unread=pasted)

    def scan(self) -> Answer:
        """Point the camera at the screen."""
        address = address_on_screen(self._core)
        seen = address is not None and self._authenticator.add(address)
        return see_other(HOME) if seen else self._page(blank=True)

    def remove(self, key: str) -> Answer:
        """Take an account out of the authenticator."""
        self._authenticator.remove(key)
        return see_other(HOME)

    def calculate(self) -> Answer:
        """Type a number into the calculette."""
        return self._page(used=True)

    def set_level(self) -> Answer:
        """Have RCP ask for the card, or for a second factor as before."""
        self._parts.meetings.set_level(request.form.get("level", ""))
        return see_other(f"{HOME}#reader")

    def move(self) -> Answer:
        """Ahead by a step, or back to the present."""
        step = request.form.get("step", "")
        if step in STEPS:
            self._travel.jump(STEPS[step])
        elif step == RETURN and self._travel.wish_to_return():
            self._end_server()
            return Page("demo/returning.html", {"desk_url": HOME, "state_url": STATE})
        return see_other(HOME)
