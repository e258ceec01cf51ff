# SPDX-License-Identifier: Apache-2.0
"""« Boîte à outils »: whether this browser has all that a login needs, in plain answers.

The page holds every possible answer; static/js/toolbox.js finds out which one is true and shows it.
Without a script it tells what the server sees by itself: cookies and the connection.
"""

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.http.flask_app import PageServer
from idp.http.forms import is_browser_secret
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, Reply, json_reply, see_other
from idp.web.devices import describe_device
from idp.web.visit import Visit

GOOD, NOTE, BAD = "good", "note", "bad"


@dataclass(frozen=True, slots=True)
class Told:
    """One possible answer: its name for the script, how it looks, the sentence, what to do."""

    name: str
    verdict: str
    sentence: str
    advice: str = ""
    # The script writes a measure behind the sentence.
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, and which of its answers is shown until a script knows better."""

    key: str
    title: str
    answers: tuple[Told, ...]
    shown: str


class ToolboxPages:
    """GET /toolbox, /toolbox/clock."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/toolbox", "toolbox", self.show)
        app.page("/toolbox/clock", "toolbox_clock", self.clock)

    def show(self) -> Answer:
        """The page; a browser without our cookie is given one and asked to come once more."""
        visit = Visit(self._services)
        kept = is_browser_secret(visit.call.cookie(self._core.jar.name("browser")))
        if not kept and "again" not in request.args:
            return see_other("/toolbox?again=1")
        device = describe_device(visit.call.origin.user_agent)
        context: dict[str, Any] = {
            "checks": [*_needed(cookies=kept), *_helpful()],
            "clock_url": "/toolbox/clock",
            "device": device,
        }
        return Page("pages/toolbox.html", context, headers=list(NO_STORE))

    def clock(self) -> Reply:
        """The server's time in milliseconds, to compare a device's clock with."""
        return json_reply({"now": self._core.clock.micros() // 1000})


def _needed(*, cookies: bool) -> tuple[Check, ...]:
    """What nobody can log in without, or not well."""
    script = Check(
        "script",
        _("JavaScript"),
        (
            Told("on", GOOD, _("JavaScript is on.")),
            Told(
                "off",
                NOTE,
                _("JavaScript is off."),
                _(
                    "Most ways of logging in work without it. Passkeys and the other checks of "
                    "this page need it."
                ),
            ),
        ),
        "off",
    )
    kept = Check(
        "cookies",
        _("Cookies"),
        (
            Told("kept", GOOD, _("Cookies are accepted.")),
            Told(
                "refused",
                BAD,
                _("This browser refuses cookies."),
                _(
                    "Nobody can be logged in without them. Allow cookies for this site in the "
                    "settings of the browser, then load this page again."
                ),
            ),
        ),
        "kept" if cookies else "refused",
    )
    secure = Check(
        "connection",
        _("Connection"),
        (
            Told("secure", GOOD, _("The connection with this server is secure.")),
            Told(
                "open",
                BAD,
                _("The connection with this server is not secure."),
                _("Open the address of this server that begins with https."),
            ),
        ),
        "secure",
    )
    return script, kept, secure, _clock(), _browser()


def _unseen() -> Told:
    return Told("unseen", NOTE, _("Not checked: it needs JavaScript."))


def _clock() -> Check:
    advice = _(
        "Codes of an authenticator app depend on the time, and may be refused. In the settings of "
        "the device, let the clock be set automatically."
    )
    return Check(
        "clock",
        _("Clock of this device"),
        (
            Told("right", GOOD, _("The clock of this device is right.")),
            Told("ahead", BAD, _("The clock of this device is ahead by"), advice, measured=True),
            Told("behind", BAD, _("The clock of this device is behind by"), advice, measured=True),
            Told(
                "unknown",
                NOTE,
                _("The clock could not be compared with the server’s."),
                _("Load this page again in a moment."),
            ),
            _unseen(),
        ),
        "unseen",
    )


def _browser() -> Check:
    return Check(
        "browser",
        _("Browser"),
        (
            Told("recent", GOOD, _("This browser is recent enough.")),
            Told(
                "old",
                BAD,
                _("This browser is too old."),
                _("Pages may look odd or stay without effect. Bring the browser up to date."),
            ),
            _unseen(),
        ),
        "unseen",
    )


def _helpful() -> tuple[Check, ...]:
    """What some ways of logging in use."""
    storage = Check(
        "storage",
        _("Storage"),
        (
            Told("kept", GOOD, _("Applications can store their settings in this browser.")),
            Told(
                "refused",
                NOTE,
                _("This browser stores nothing for this site."),
                _("A private window does that. Logging in works; some comforts do not."),
            ),
            _unseen(),
        ),
        "unseen",
    )
    passkeys = Check(
        "passkeys",
        _("Passkeys"),
        (
            Told("known", GOOD, _("Passkeys can be used in this browser.")),
            Told(
                "unknown",
                NOTE,
                _("Passkeys cannot be used in this browser."),
                _("Log in another way, or with a recent browser."),
            ),
            _unseen(),
        ),
        "unseen",
    )
    holder = Check(
        "holder",
        _("Passkey on this device"),
        (
            Told(
                "present",
                GOOD,
                _("This device can hold a passkey: fingerprint, face or screen lock."),
            ),
            Told(
                "absent",
                NOTE,
                _("This device cannot hold a passkey by itself."),
                _("A security key or your phone can, if you wish to use one."),
            ),
            _unseen(),
        ),
        "unseen",
    )
    windows = Check(
        "windows",
        _("Pop-up windows"),
        (Told("unneeded", GOOD, _("None is needed: they may stay blocked.")),),
        "unneeded",
    )
    return storage, passkeys, holder, windows
