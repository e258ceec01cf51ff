# SPDX-License-Identifier: Apache-2.0
"""Back from the login: a one-time handle becomes the cookie of the application's own address."""

import hmac
from urllib.parse import parse_qs, urlencode

from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.codes import NotRedeemed
from idp.grants.stays import Stays
from idp.headers.asked import Asked
from idp.http.forms import is_browser_secret
from idp.http.services import Core
from idp.http.wire import NO_STORE, Call, Reply
from idp.origin import Origin

HANDLE = "handle"
STOPPED = "/headers/stopped"


class Returning:
    """What lies at the application's way back."""

    def __init__(self, core: Core, stays: Stays) -> None:
        self._core = core
        self._stays = stays

    def known_as(self, browser: str) -> str:
        """A browser's secret as addresses may carry it: nobody can go back from it."""
        return self._core.lookup.text("headers-browser", browser)

    def __call__(self, call: Call, asked: Asked, former: str) -> Reply:
        """Answer one request."""
        site = asked.site
        jar = site.jar(asked.origin)
        browser = call.cookie(jar.name(site.cookie("browser")))
        handle = parse_qs(asked.query).get(HANDLE, [""])
        if asked.method != "GET" or len(handle) != 1:
            # A HEAD, such as a scanner sends, leaves the handle to its owner.
            return self._stopped(asked)
        with self._core.database.write() as tx:
            found = self._open(tx, asked, browser, handle[0], call.origin)
            if found is not None and former:
                # SE-001: what this browser had before is worth nothing any more.
                self._stays.end(tx, site.application.key, former, "replaced", call.origin)
        if found is None:
            return self._stopped(asked)
        secret, leads_to = found
        cookie = jar.set(site.cookie("stay"), secret)
        return Reply(303, [("Location", leads_to), *NO_STORE, cookie], foreign=True)

    def _open(
        self, tx: Tx, asked: Asked, browser: str, handle: str, origin: Origin
    ) -> tuple[str, str] | None:
        application = asked.site.application
        grant = self._core.codes.redeem(tx, application.key, handle, origin)
        if isinstance(grant, NotRedeemed):
            return None
        # RFC 9700 §4.4: a code given by another protocol's edge has neither of these.
        payload = {"browser": "", "origin": "", **grant.payload}
        same = hmac.compare_digest(payload["browser"], self.known_as(browser))
        if payload["origin"] != asked.origin or not same or not is_browser_secret(browser):
            # Somebody else's login, slipped to this browser, or taken from it: it ends for both.
            self._core.codes.revoke(tx, grant.id, "other-browser", origin)
            return None
        admission = self._core.gate.readmit(tx, application, grant)
        if not isinstance(admission, Admission):
            return None
        return self._stays.open(tx, admission, grant, origin), str(payload["to"])

    def _stopped(self, asked: Asked) -> Reply:
        told = {"application": asked.site.application.key, "why": "no-way-back"}
        url = f"{self._core.settings.server.issuer}{STOPPED}?{urlencode(told)}"
        return Reply(303, [("Location", url), *NO_STORE], foreign=True)
