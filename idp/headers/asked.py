# SPDX-License-Identifier: Apache-2.0
"""What a proxy asks about: which application it stands for, and the visitor's own request."""

import base64
import re
from dataclasses import dataclass, field

from idp.applications.registration import BadRegistration
from idp.applications.service import Applications
from idp.applications.values import Application
from idp.headers.site import Site, Sites, cookie_of, jar_at
from idp.http.wire import Call
from idp.logs import get

URI = re.compile(r"/[\x21-\x5b\x5d-\x7e]{0,4095}")
log = get("headers")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a visitor, as the application's own proxy tells it."""

    site: Site
    # At which of the application's addresses.
    origin: str
    # Path and query.
    uri: str
    method: str

    @property
    def path(self) -> str:
        """Its path alone."""
        return self.uri.partition("?")[0]

    @property
    def query(self) -> str:
        """Its query alone."""
        return self.uri.partition("?")[2]

    @property
    def url(self) -> str:
        """Where the visitor wanted to go; always at an address of the application."""
        return self.origin + self.uri

    @property
    def is_ours(self) -> bool:
        """Whether it is answered here."""
        return self.site.is_ours(self.path)


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A question that gets no answer; `why` is for the operator's log, and for the console.

    `application` is the one that was named, where it is registered.
    """

    why: str
    application: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a proxy sends, while nothing of it is believed."""

    # The application that it says it stands for, and what proves it.
    key: str
    secret: str = field(repr=False)
    origin: str
    # The value of the application's own cookie, as the visitor sends it.
    cookie: str = field(repr=False)


def hear(call: Call) -> Question:
    """What is asked."""
    key, secret = credential(call)
    scheme, host = call.header("X-Forwarded-Proto"), call.header("X-Forwarded-Host")
    origin = f"{scheme}://{host.lower()}"
    cookie = call.cookie(jar_at(origin).name(cookie_of(key, "stay")))
    return Question(key, secret, origin, cookie)


def judge(
    applications: Applications,
    sites: Sites,
    application: Application | None,
    question: Question,
    call: Call,
) -> Asked | NotAsked:
    """Who asks, and about what; nothing is believed before the secret has been compared."""
    if application is None or application.protocol != "headers":
        return NotAsked("no application of this name that is known by headers")
    key = application.key
    if not applications.secret_matches(application, question.secret):
        return NotAsked("not the application's secret", key)
    try:
        site = sites.of(application)
    except BadRegistration as wrong:
        return NotAsked("; ".join(map(str, wrong.faults)), key)
    origin = question.origin
    if origin not in site.origins:
        # An address that is not registered: a way to lead somebody elsewhere (OA-001).
        return NotAsked(f"not an address of the application: {origin[:200]!r}", key)
    uri = call.header("X-Forwarded-Uri")
    if not URI.fullmatch(uri):
        uri = "/"
    method = call.header("X-Forwarded-Method").upper() or "GET"
    return Asked(site, origin, uri, method)


def credential(call: Call) -> tuple[str, str]:
    """Key and secret of the application: a proxy asks about its own and about no other.

    RFC 7617. WSGI reads `_` in a header's name as `-`, and the last one wins: a visitor's alias of
    a name with a hyphen would stand in place of the proxy's. This name has no alias.
    """
    scheme, _, encoded = call.header("Authorization").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return "", ""
    if "\x00" in pair:
        # No text in PostgreSQL holds one.
        return "", ""
    key, _, secret = pair.partition(":")
    return key, secret


def note(not_asked: NotAsked) -> None:
    """For the operator: whoever asks is told nothing."""
    log.warning("proxy refused", why=not_asked.why)


def navigates(call: Call) -> bool:
    """Whether it opens a page, so that a redirect leads somebody to a login.

    Fetch Metadata where the browser sends it; else what the request would take.
    """
    mode = call.header("Sec-Fetch-Mode")
    if mode:
        return mode == "navigate"
    if call.header("X-Requested-With") or call.header("Upgrade"):
        return False
    return "text/html" in call.header("Accept")
