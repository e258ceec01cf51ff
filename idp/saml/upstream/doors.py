# SPDX-License-Identifier: Apache-2.0
"""The doors of providers that speak SAML: where they post answers, and what we say of ourselves."""

from typing import Final
from urllib.parse import urlencode

from connectors.capabilities import TOLD, ReadsPosts
from idp.audit.record import Event
from idp.http.parameters import Parameters, read_form
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Call, Reply, not_allowed, see_other
from idp.login.aside import TICKET, seal, ticket_of, told_with
from idp.login.errands import MARK
from idp.providers.spoken import ByBrowser
from idp.providers.values import is_kind, kind_of
from idp.saml.keys import SamlKeys
from idp.saml.published import KEPT, MEDIA_TYPE
from idp.saml.upstream.added import FOLDER, ourselves
from idp.saml.upstream.speaker import own_metadata
from idp.saml.wire import RESPONSE

METADATA: Final = "metadata"
RELAY: Final = "RelayState"
STATE: Final = "state"
# A journey and a secret of ours; whatever else comes is none.
LONGEST_RELAY: Final = 128


class Doors:
    """POST /upstream/saml/<alias>, and GET /upstream/saml/<alias>/metadata."""

    def __init__(self, services: Services, keys: SamlKeys) -> None:
        self._services = services
        self._core = services.core
        self._keys = keys

    def __call__(self, call: Call) -> Answer:
        """One of the two."""
        alias, _slash, rest = call.path.removeprefix(f"{FOLDER}/").partition("/")
        kind = kind_of(alias)
        provider = self._services.added.providers().get(kind) if is_kind(kind) else None
        if (
            provider is None
            or not isinstance(provider.spoken, ByBrowser)
            or rest not in {"", METADATA}
        ):
            return problem_page("not-found", status=404)
        return self._describe(call, alias) if rest else self._take(call, alias, kind)

    def _describe(self, call: Call, alias: str) -> Answer:
        """What its administrators register; also of one that is closed, or not yet opened."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        us = ourselves(self._core.settings.server.issuer, alias)
        document = own_metadata(us, self._keys)
        return Reply(200, [("Content-Type", MEDIA_TYPE), ("Cache-Control", KEPT)], document)

    def _take(self, call: Call, alias: str, kind: str) -> Answer:
        """Set an answer aside in the journey that it names, and have the browser come for it.

        Another site posts it, so that no cookie says whose browser this is (BR-001): nobody is
        known by it before the browser comes back with its own, and with the ticket that it is given
        here: whoever began the journey knows what it is called, and may not be who posts this.
        """
        if call.method != "POST":
            return not_allowed("POST")
        most = self._core.settings.server.max_body
        form = read_form(call, most, most)
        if not isinstance(form, Parameters):
            self._note(call, kind, form.why)
            return problem_page("request-unreadable", status=form.status)
        relay, posted = form.get(RELAY), form.get(RESPONSE)
        if not posted or not relay.isprintable() or not 0 < len(relay) <= LONGEST_RELAY:
            # SM-050: what nobody asked for belongs to no login.
            self._note(call, kind, "no answer to a login")
            return problem_page("request-unreadable", status=400)
        ticket = ticket_of(self._core.lookup, kind, relay, posted)
        why = self._set_aside(kind, relay, posted, ticket)
        if why is not None:
            self._note(call, kind, why)
        issuer = self._core.settings.server.issuer
        query = urlencode({STATE: relay, TICKET: ticket})
        return see_other(f"{issuer}/upstream/idp/{alias}?{query}")

    def _set_aside(self, kind: str, relay: str, posted: str, ticket: str) -> str | None:
        """Put what it says beside what the browser left with; or why it is of no use."""
        core, journey = self._core, relay.partition(".")[0]
        # Whoever left for another errand than to log in left nothing in a journey.
        errand = MARK in journey
        connector: object = self._services.connectors[kind]
        with core.database.read() as tx:
            found = core.errands.aside(tx, relay, kind) if errand else None
            kept = found if errand else core.journeys.aside(tx, journey, kind, STATE, relay)
        if kept is None or not isinstance(connector, ReadsPosts):
            return "to nothing that was asked of it"
        # Of two the first counts, and the other is not even read: a signature costs work.
        if TOLD in kept:
            return "a second answer"
        told = connector.read_post(kept, posted)
        with core.database.write() as tx:
            # BR-003: of two that come at once, one is kept.
            if errand:
                more = told_with(core.lookup, told, ticket)
                first = core.errands.add_aside(tx, relay, kept, more)
            else:
                sealed = seal(core.ring, journey, kind, told)
                more = told_with(core.lookup, sealed, ticket)
                first = core.journeys.add_aside(tx, journey, kind, STATE, relay, more)
        return None if first else "a second answer"

    def _note(self, call: Call, kind: str, why: str) -> None:
        event = Event("upstream.answer", "refused", means=kind, detail={"why": why})
        with self._core.database.write() as tx:
            self._core.audit.record(tx, event, call.origin)
