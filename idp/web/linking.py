# SPDX-License-Identifier: Apache-2.0
"""Linking: out to a provider and back, for somebody whose account is open and freshly proved.

Both proofs lie in one journey of one browser: what came back counts for the session that left, for
its account, and for the name that the provider signed (BR-011). Nothing is kept in between that
could be used for another one.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from connectors.base import Evidence, Level, Reason, Redirect
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.attempt import Failed, Proven
from idp.login.freshness import holds_fresh
from idp.login.peers import Linked
from idp.login.request import LINKING, LoginRequest
from idp.providers.values import alias_of
from idp.web.account_parts import Owner
from idp.web.means import label_of
from idp.web.means_news import tell_linked
from idp.web.visit import Visit

HOME = "/account/providers"
# They must prove themselves there now: whoever left a session there is not linked (BR-011).
NOW = 0


class Linking:
    """The two halves of it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def leave(self, owner: Owner, kind: str) -> str | Reason:
        """Where the browser is sent to; or why nowhere. Its owner has just proved who they are."""
        core = self._core
        wished = LoginRequest(
            core.entropy.token(16),
            LINKING,
            None,
            core.clock.now(),
            account=owner.account.id,
            payload={
                "page": HOME.removeprefix("/"),
                "session": owner.session.id,
                "kind": kind,
                "level": int(self._proved(owner)),
            },
        )
        # Sending somebody there tries nothing: whatever is counted is counted when they come back.
        outcome = self._services.attempts.run(
            wished, kind, Evidence(), "", owner.visit.call.origin, max_age=NOW
        )
        if not isinstance(outcome, Redirect):
            return outcome.reason if isinstance(outcome, Failed) else Reason.NOT_REACHED
        with core.database.write() as tx:
            core.journeys.begin(tx, wished, owner.visit.browser)
            core.journeys.put_aside(tx, wished.id, kind, outcome.state)
        return outcome.url

    def _proved(self, owner: Owner) -> Level:
        """What they have proved a moment ago; a code beside the password makes it two factors."""
        now, revocation = self._core.clock.now(), self._core.settings.cards.revocation
        by_card = holds_fresh(owner.session, Level.CARD, now, revocation)
        return Level.CARD if by_card else Level.TWO_FACTORS

    def come_back(
        self,
        visit: Visit,
        wished: LoginRequest,
        kind: str,
        evidence: Evidence,
        kept: Mapping[str, Any] | None,
    ) -> Answer:
        """Judge what the browser brought, and link it."""
        session, origin = visit.session, visit.call.origin
        left = (wished.payload["session"], wished.account, wished.payload["kind"])
        if session is None or (session.id, session.account, kind) != left:
            return told(kind, Reason.OTHER_PERSON)
        proven = self._services.attempts.run(
            wished, kind, evidence, visit.device, origin, state=kept or {}, max_age=NOW
        )
        if isinstance(proven, Failed):
            return told(kind, proven.reason)
        if not isinstance(proven, Proven) or proven.arrival is None:
            return told(kind, Reason.MALFORMED)
        peer = proven.arrival.who.peer
        core = self._core
        with core.database.write() as tx:
            self._services.attempts.absolve(tx, proven.counted)
            alive = core.sessions.holder(tx, session.id) == session.account
            if peer is None or not alive or not core.journeys.finish(tx, wished.id):
                return told(kind, Reason.MALFORMED)
            level = Level(wished.payload["level"])
            found = self._services.peers.link(tx, session.account, session.id, level, peer, origin)
            if isinstance(found, Linked) and found.new:
                tell_linked(core, tx, session.account, "means-added", found.provider)
        if found is Reason.CONFLICT:
            back = (_("My linked logins"), HOME, True)
            return problem_page("link-conflict", status=409, names=label_of(kind), actions=[back])
        return told(kind, found) if isinstance(found, Reason) else see_other(f"{HOME}?done=linked")


def told(kind: str, why: Reason) -> Answer:
    """On the page of linked logins, at an address without what they came with."""
    return see_other(f"{HOME}?why={why.value}&of={alias_of(kind)}")
