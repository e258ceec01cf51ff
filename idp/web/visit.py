# SPDX-License-Identifier: Apache-2.0
"""Who visits: the browser's cookies and the session behind them, read once a request."""

from dataclasses import replace

from flask import g

from connectors.capabilities import BeginsElsewhere
from idp.http.browser_state import follow
from idp.http.cookies import DEVICE_LIFE
from idp.http.flask_app import browser_secret, current_call
from idp.http.services import Services
from idp.http.wire import Call, Headers
from idp.providers.values import is_kind
from idp.sessions.values import Session

LONGEST_DEVICE = 64


class Visit:
    """One request to a page."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.call: Call = current_call()
        self.browser = browser_secret(services)
        self.device = self.call.cookie(services.core.jar.name("device"))[:LONGEST_DEVICE]
        # The means last used in this browser: a preference, and nothing more.
        self.last_means = self.call.cookie(services.core.jar.name("means"))[:32]
        self.cookies: Headers = []

    @property
    def session(self) -> Session | None:
        """The live session of this browser."""
        if "session" not in g:
            core = self.services.core
            secret = self.call.cookie(core.jar.name("session"))
            with core.database.read() as tx:
                g.session = self._standing(core.sessions.find(tx, secret)) if secret else None
        found: Session | None = g.session
        return found

    def _standing(self, found: Session | None) -> Session | None:
        """BR-012: without what was proved by a provider that nobody logs in by any more."""
        if found is None:
            return None
        means = self.services.connectors
        good = tuple(one for one in found.proofs if not is_kind(one.means) or one.means in means)
        return replace(found, proofs=good) if good else None

    def touch(self) -> None:
        """The person is at work on our own pages: the session is in use."""
        core, session = self.services.core, self.session
        if session is not None and core.sessions.is_due(session):
            with core.database.write() as tx:
                core.sessions.touch(tx, session)

    def find_stale(self) -> Session | None:
        """The session of this browser that has been idle for too long, where there is one."""
        if self.session is not None:
            return None
        core = self.services.core
        secret = self.call.cookie(core.jar.name("session"))
        with core.database.read() as tx:
            return core.sessions.find(tx, secret, even_idle=True) if secret else None

    def remember_device(self) -> str:
        """The device's own secret; made at the first login in this browser."""
        if len(self.device) < 20:
            self.device = self.services.core.entropy.token()
            header = self.services.core.jar.set("device", self.device, DEVICE_LIFE)
            self.cookies.append(header)
        return self.device

    def remember_means(self, kind: str) -> None:
        """Offer this one first next time."""
        if isinstance(self.services.connectors.get(kind), BeginsElsewhere):
            # It is not among those that the page offers.
            return
        if kind != self.last_means:
            self.last_means = kind
            self.cookies.append(self.services.core.jar.set("means", kind, DEVICE_LIFE))

    def keep_session(self, session: Session, secret: str) -> None:
        """The session's new secret goes into its cookie."""
        g.session = session
        core = self.services.core
        self.cookies.append(core.jar.set("session", secret))
        self.cookies.extend(follow(core, self.call, session.id))
