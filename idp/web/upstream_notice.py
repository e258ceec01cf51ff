# SPDX-License-Identifier: Apache-2.0
"""A provider by which people came says that their session there is over: so are ours (BR-014).

OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8: from server to server, by nobody's browser.
Whatever is not said rightly ends nothing.
"""

from typing import Final

from connectors.base import Refused
from connectors.capabilities import Ended, LogsOut
from idp.audit.record import Event
from idp.credentials import used_once
from idp.http.parameters import Unreadable, read_form
from idp.http.services import Core, Services
from idp.http.wire import NO_STORE, Call, Endpoint, Reply, json_reply, not_allowed
from idp.providers.values import is_kind, kind_of
from idp.sessions.service import Ended as Over

KIND: Final = "upstream-logout"
WHY: Final = "provider"
TOKEN: Final = "logout_token"


class UpstreamNotice:
    """POST /upstream/<kind>/logout, for one of them."""

    def __init__(self, services: Services, kind: str, connector: LogsOut) -> None:
        self._services = services
        self._core: Core = services.core
        self._kind = kind
        self._connector = connector

    def __call__(self, call: Call) -> Reply:
        """Answer one notice."""
        if call.method != "POST":
            return not_allowed("POST")
        form = read_form(call, self._core.settings.server.max_body)
        if isinstance(form, Unreadable) or TOKEN in form.repeated or not form.get(TOKEN):
            return self._refuse(call, "no logout token")
        said = self._connector.ended(form.get(TOKEN))
        if isinstance(said, Refused):
            return self._refuse(call, said.detail or said.reason.value)
        over = self._end(call, said)
        if over is None:
            return self._refuse(call, "token: used already")
        for account, ended in over:
            # Nobody there waits for our applications; what is not told now is told later.
            self._services.leaving.tell_apart(account, [ended])
        return Reply(200, list(NO_STORE))

    def _end(self, call: Call, said: Ended) -> list[tuple[str, Over]] | None:
        """End what hangs on it, and use the notice up, together; None where it was used before."""
        core, over = self._core, []
        with core.database.write() as tx:
            hashed = core.lookup.hash(f"{KIND}|{self._kind}|{said.once}")
            if not used_once.claim(tx, KIND, hashed, said.worthless_at):
                return None
            for session in core.ties.sever(tx, self._kind, said):
                holder = core.sessions.holder(tx, session)
                ended = self._services.leaving.end(tx, session, WHY, call.origin)
                if holder is not None and ended is not None:
                    over.append((holder, ended))
            detail = {"sessions": len(over)}
            event = Event("upstream.logout", means=self._kind, detail=detail)
            core.audit.record(tx, event, call.origin)
        return over

    def _refuse(self, call: Call, why: str) -> Reply:
        event = Event("upstream.logout", "refused", means=self._kind, detail={"why": why})
        with self._core.database.write() as tx:
            self._core.audit.record(tx, event, call.origin)
        # §2.8.
        return json_reply({"error": "invalid_request"}, 400)


class AddedNotices:
    """POST /upstream/notices/<alias>: the same of those that administrators added, as of now."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __call__(self, call: Call) -> Reply:
        """Answer one notice."""
        kind = kind_of(call.path.rpartition("/")[2])
        connectors = self._services.connectors
        known = is_kind(kind) and kind in connectors
        connector: object = connectors[kind] if known else None
        if not isinstance(connector, LogsOut):
            # BR-012: also of one that is closed, which opens nothing any more.
            return json_reply({"error": "not_found"}, 404)
        return UpstreamNotice(self._services, kind, connector)(call)


def notices(services: Services) -> dict[str, Endpoint]:
    """One address for each provider of the settings that may say so."""
    return {
        f"/upstream/{kind}/logout": UpstreamNotice(services, kind, connector)
        for kind, connector in services.connectors.items()
        if isinstance(connector, LogsOut) and not is_kind(kind)
    }


def notices_below(services: Services) -> dict[str, Endpoint]:
    """Those of whoever was added, by the folder of their addresses."""
    return {"/upstream/notices": AddedNotices(services)}
