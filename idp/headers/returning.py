# SPDX-License-Identifier: Apache-2.0
"""Back from the login: a one-time handle becomes the cookie of the application's own address."""

import hmac
from urllib.parse import parse_qs, urlencode

from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.codes import Grant, NotRedeemed
from idp.grants.stays import Stays
from idp.headers.asked import Asked
from idp.headers.site import STOPPED
from idp.http.forms import is_browser_secret
from idp.http.services import Core
from idp.http.wire import NO_STORE, Call, Reply

HANDLE = "handle"
# Each login that begins has a cookie of its own, so that tabs don't take each other's; no more than
# this many at once, for a proxy takes only so much of headers.
SLOTS = "0123456789abcdef"


class Returning:
    """What lies at the application's way back."""

    def __init__(self, core: Core, stays: Stays) -> None:
        self._core = core
        self._stays = stays

    def begin(self, call: Call, asked: Asked) -> tuple[str, tuple[str, str]]:
        """A way back for this browser: what addresses may carry of it, and its cookie.

        Whoever reads the address in a log has nothing once the cookie was used (OA-170).
        """
        jar, site = asked.site.jar(asked.origin), asked.site
        secret = self._core.forms.new_browser()
        known = self._known_as(secret)
        free = [
            one for one in SLOTS if not call.cookie(jar.name(site.cookie(f"way{one}")))
        ] or SLOTS
        slot = free[int(known, 16) % len(free)]
        settings = self._core.settings
        life = settings.journey.lifetime + settings.tokens.code
        return slot + known, jar.set(site.cookie(f"way{slot}"), secret, life)

    def _known_as(self, secret: str) -> str:
        """A cookie's value as addresses may carry it: nobody can go back from it."""
        return self._core.lookup.text("headers-browser", secret)

    def __call__(self, call: Call, asked: Asked, former: str) -> Reply:
        """Answer one request."""
        site = asked.site
        jar = site.jar(asked.origin)
        handle = parse_qs(asked.query).get(HANDLE, [""])
        if asked.method != "GET" or len(handle) != 1:
            # A HEAD, such as a scanner sends, leaves the handle to its owner.
            return self._stopped(asked)
        with self._core.database.write() as tx:
            found = self._open(tx, asked, call, handle[0])
            if found is not None and former:
                # SE-001: what this browser had before is worth nothing any more.
                self._stays.end(tx, site.application.key, former, "replaced", call.origin)
        if found is None:
            return self._stopped(asked)
        secret, grant = found
        cookies = [jar.set(site.cookie("stay"), secret), jar.drop(_way(asked, grant))]
        leads_to = str(grant.payload["to"])
        return Reply(303, [("Location", leads_to), *NO_STORE, *cookies])

    def _open(self, tx: Tx, asked: Asked, call: Call, handle: str) -> tuple[str, Grant] | None:
        application, origin = asked.site.application, call.origin
        grant = self._core.codes.redeem(tx, application.key, handle, origin)
        if isinstance(grant, NotRedeemed):
            return None
        # RFC 9700 §4.4: a code given by another protocol's edge has neither of these.
        payload = {"browser": "", "origin": "", **grant.payload}
        secret = call.cookie(asked.site.jar(asked.origin).name(_way(asked, grant)))
        same = hmac.compare_digest(payload["browser"][1:], self._known_as(secret))
        if payload["origin"] != asked.origin or not same or not is_browser_secret(secret):
            # Somebody else's login, slipped to this browser, or taken from it: it ends for both.
            self._core.codes.revoke(tx, grant.id, "other-browser", origin)
            return None
        admission = self._core.gate.readmit(tx, application, grant)
        if not isinstance(admission, Admission):
            return None
        return self._stays.open(tx, admission, grant, origin), grant

    def _stopped(self, asked: Asked) -> Reply:
        told = {"application": asked.site.application.key, "why": "no-way-back"}
        url = f"{self._core.settings.server.issuer}{STOPPED}?{urlencode(told)}"
        return Reply(303, [("Location", url), *NO_STORE])


def _way(asked: Asked, grant: Grant) -> str:
    """Which cookie this way back began with."""
    return asked.site.cookie(f"way{str(grant.payload.get('browser', ''))[:1]}")
