# SPDX-License-Identifier: Apache-2.0
"""« What I receive »: an application's last requests and logins as this server saw them.

For whoever connects it. Neither people nor secrets are here; what is told of somebody is on trial.
"""

import json
from typing import Any, Final
from urllib.parse import urlencode

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.applications.seen import KEPT, NOBODY, SeenRequest
from idp.audit.pages import Wanted
from idp.audit.search import Found
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer
from idp.web.account_page import Stamp
from idp.web.admin.applications import HERE, address_of
from idp.web.admin.audit_words import MICROSECONDS, kind_words, reason_words
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.means import label_of

SEE = Right.APPLICATIONS_SEE
LOGINS: Final = frozenset(
    {
        "application.tried",
        "client.failed",
        "code.replayed",
        "consent.given",
        "login.admitted",
        "login.refused",
        "stay.opened",
        "token.given",
    }
)
MOST: Final = 20
MOST_OF_NOBODY: Final = 5


class ReceivedPages:
    """GET /admin/applications/<key>/received."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The address."""
        app.page(f"{HERE}/<key>/received", "admin_application_received", self.shown)

    def shown(self, key: str) -> Answer:
        """What came, and what became of it."""
        clerk = clerk_of(self._services, address_of(key, "received"), SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        office, seen = self._services.office, self._core.seen
        since = (self._core.clock.now() - KEPT) * MICROSECONDS
        with self._core.database.read() as tx:
            sheet = office.applications.one(tx, clerk.authority, key)
            if isinstance(sheet, Denied):
                return refused(sheet)
            requests, of_nobody = seen.of(tx, key), seen.of(tx, NOBODY)
            wanted = Wanted(application=key, since=since)
            found = office.audit.search(tx, clerk.authority, wanted)
        events = () if isinstance(found, Denied) else found.events
        context = {
            "application": sheet.application,
            "base": address_of(key),
            "requests": [_request(one) for one in requests],
            "of_nobody": [_request(one) for one in of_nobody[:MOST_OF_NOBODY]],
            "logins": [_login(one) for one in events if one.kind in LOGINS][:MOST],
            "audit_url": f"/admin/audit?{urlencode({'application': key})}",
            "days": KEPT // 86_400,
            "may_try": clerk.authority.may(Right.APPLICATIONS_EDIT),
        }
        return show(clerk, "application_received", context)


def _request(one: SeenRequest) -> dict[str, Any]:
    return {
        "fault": one.fault,
        "facts": list(one.facts.items()),
        "last_at": Stamp(one.last_at),
        "first_at": Stamp(one.first_at),
        "times": one.times,
    }


def _login(one: Found) -> dict[str, Any]:
    detail = json.loads(one.detail) if one.detail else {}
    return {
        "at": Stamp(one.at // MICROSECONDS),
        "what": kind_words(one.kind),
        "outcome": one.outcome,
        "means": ", ".join(label_of(each) for each in (one.means or "").split()),
        "level": one.level,
        "why": reason_words(str(detail["why"])) if "why" in detail else "",
        "told": str(detail.get("scope", "")),
    }
