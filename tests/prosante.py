# SPDX-License-Identifier: Apache-2.0
"""A Pro Santé Connect of its own for a test, on loopback; a provider that leans on it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

import requests
from bs4 import BeautifulSoup
from joserfc.jwk import RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

from idp.clock import SystemClock
from idp.demo.sandbox.app import make_app
from idp.demo.sandbox.logins import Logins, Tell
from idp.demo.sandbox.memory import PIN
from idp.demo.sandbox.people import Place, Professional
from idp.demo.sandbox.provider import DESCRIPTION, REALM, Client
from idp.demo.sandbox.tokens import new_key
from idp.demo.sandbox.trouble import Trouble
from idp.http.services import Core
from tests.cast import PEOPLE, application
from tests.cast import SECRET as APPLICATION_SECRET
from tests.world import ISSUER, Browser, StandingClock

CLIENT, SECRET = "sceau-tests", "a secret: with + and / and é"
BACK = f"{ISSUER}/upstream/psc"
# As a provider that an administrator added.
ADDED_BACK = f"{ISSUER}/upstream/idp/chu"
CABINET = Place(
    "CABINET M DOC0024566", "L", "SA07", number="499700245667008", town="PARIS", post_code="75009"
)
HOSPITAL = Place("HOPITAL GENERIQUE", "S", "SA01", "0B0139374", "10B0139374", "PARIS", "75009")
NEWCOMER = Professional("899700245667", "KIT", "DOC0024566", "M", "10", "SM26", (CABINET, HOSPITAL))
# Applications that are entered by it.
APPLICATIONS = {
    "broker": application("broker", policy={"means": ["psc"], "level": 3}),
    "brokered": application(
        "brokered", policy={"means": ["psc"], "level": 3, "card_accounts": "create"}
    ),
    "consenting": application("consenting", policy={"means": ["psc"], "level": 3, "consent": True}),
    "recent": application("recent", policy={"means": ["psc"], "level": 3, "session_max_age": 900}),
    "mixed": application("mixed", policy={"means": ["password", "psc"], "level": 1}),
}


def known(who: str, **changes: object) -> Professional:
    """Somebody of the cast, as Pro Santé Connect tells of them."""
    person = PEOPLE[who]
    values = {
        "national_id": person.national_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "profession": "10",
        "speciality": "SM26",
        "places": (HOSPITAL,),
    }
    return Professional(**(values | changes))  # type: ignore[arg-type]


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log(self, *_args: object, **_named: object) -> None:
        """Nothing."""


class Keys:
    """Keys take long to make: those of a sandbox that has ended serve one that begins after it."""

    spare: ClassVar[list[list[RSAKey]]] = []

    def __init__(self) -> None:
        self._made = self.spare.pop() if self.spare else []
        self._given = 0

    def __call__(self, name: str) -> RSAKey:
        if self._given == len(self._made):
            self._made.append(new_key(name))
        key = self._made[self._given]
        self._given += 1
        assert key.kid == name
        return key

    def give_back(self) -> None:
        self.spare.append(self._made)


class CardIn:
    """A reader with somebody's card in it."""

    def __init__(self) -> None:
        self.person: Professional | None = None

    def holder(self) -> str:
        return self.person.name if self.person else ""

    def read(self, pin: str) -> str | None:
        return self.person.national_id if self.person and pin == PIN else None


def leaning_on(address: str) -> dict[str, str]:
    """The settings by which a provider leans on the one at this address."""
    return {
        "PSC_ENVIRONMENT": "other",
        "PSC_ISSUER": address + REALM,
        "PSC_DESCRIPTION": address + DESCRIPTION,
        "PSC_CLIENT_ID": CLIENT,
        "PSC_CLIENT_SECRET": SECRET,
        "OUTGOING_ALLOW": urlsplit(address).netloc,
    }


@dataclass
class Sandbox:
    """One that runs."""

    address: str
    reader: CardIn
    people: dict[str, Professional]
    logins: Logins
    # How a service is told that somebody has logged out there.
    tell: Tell | None = None

    def knows(self, *people: Professional) -> None:
        """From now on it tells of these so."""
        self.people.update({one.national_id: one for one in people})

    @property
    def issuer(self) -> str:
        return self.address + REALM

    def changes(self, **more: str) -> dict[str, str]:
        """The settings by which a provider leans on it."""
        return leaning_on(self.address) | more

    def choose(self, trouble: Trouble) -> None:
        """From now on it is in this trouble."""
        requests.post(f"{self.address}/sandbox/trouble/{trouble.value}", timeout=30)

    def log_in(self, url: str, person: Professional) -> str:
        """By card at its page; where the browser is sent back to."""
        self.reader.person = person
        session = requests.Session()
        page = session.get(url, timeout=30)
        found = BeautifulSoup(page.text, "html.parser").select_one("form[action$='/card']")
        assert found is not None, page.text
        return self._sent(session, str(found["action"]), pin=PIN)

    def turn_back(self, url: str) -> str:
        """Press « Annuler »."""
        session = requests.Session()
        page = session.get(url, timeout=30)
        found = BeautifulSoup(page.text, "html.parser").select_one("form[action$='/cancel']")
        assert found is not None, page.text
        return self._sent(session, str(found["action"]))

    def _sent(self, session: requests.Session, action: str, **values: str) -> str:
        answer = session.post(self.address + action, values, timeout=30, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]


@contextmanager
def running_sandbox(
    clock: StandingClock | SystemClock, *people: Professional, port: int = 0, back: str = BACK
) -> Iterator[Sandbox]:
    """On a port of its own, by the test's own clock."""
    reader = CardIn()
    opened: list[Sandbox] = []

    def tell(url: str, token: str) -> int:
        return opened[0].tell(url, token) if opened[0].tell else 0

    keys = Keys()
    server = make_server("127.0.0.1", port, None, threaded=True, request_handler=Quiet)
    address = f"http://localhost:{server.port}"
    clients = (Client(CLIENT, "Sceau", SECRET, (back, ADDED_BACK)),)
    released = threading.Event()
    server.app = make_app(
        address,
        clients,
        people,
        clock.now,
        reader,
        pause=lambda most: released.wait(most) and None,
        tell=tell,
        make_key=keys,
    )
    provider = server.app.extensions["provider"]
    opened.append(Sandbox(address, reader, provider.people, provider.logins))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield opened[0]
    finally:
        released.set()
        server.shutdown()
        thread.join()
        server.server_close()
        keys.give_back()


def register(core: Core) -> None:
    """The applications that are entered by it."""
    with core.database.write() as tx:
        for document in APPLICATIONS.values():
            core.applications.register(tx, document)
            core.applications.set_secret(tx, document["key"], APPLICATION_SECRET)


def leave_for(browser: Browser, means: str = "psc") -> str:
    """Press the button of the login page; where the browser is sent."""
    shown = browser.page.select_one("form[action^='/login/']")
    assert shown is not None
    journey = str(shown["action"]).split("/")[2].partition("?")[0]
    browser.get(f"/login/{journey}?means={means}")
    browser.submit(f"/{means}")
    location: str = browser.last.headers.get("Location", "")
    return location
