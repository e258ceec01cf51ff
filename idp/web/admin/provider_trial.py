# SPDX-License-Identifier: Apache-2.0
"""« Try it »: an administrator goes to a provider and back, and is shown what a login would do.

Open or not, nobody is logged in and nothing is linked: what comes back is proved to this page
alone, of the session that left, once.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask_babel import gettext as _

from connectors.base import Reason
from connectors.recounted import SAID, WORD
from idp.accounts import service as accounts
from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.attempt import Proven
from idp.login.errands import Errand
from idp.login.foreseen import Foreseen
from idp.providers.values import BY_NUMBER, Provider, alias_of, kind_of
from idp.web import errand
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.provider_trial_words import foreseen_words, refused_words
from idp.web.means import label_of

PATH: Final = "/admin/providers"
EDIT: Final = Right.TRUST_EDIT
# Of the way there, and of what is shown of it.
PURPOSE, SHOWN = "provider-trial", "provider-tried"
# As old as the provider lets it be: as most logins by it.
ANY_AGE: Final = None


class ProviderTrialPages:
    """GET and POST /admin/providers/<key>/try, and GET …/tried."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.providers

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{PATH}/<key>"
        app.page(f"{one}/try", "admin-provider-trying", self.ask)
        app.page(f"{one}/try", "admin-provider-try", self.leave, methods=["POST"])
        app.page(f"{one}/tried", "admin-provider-tried", self.show)

    def ask(self, key: str) -> Answer:
        """What will happen."""
        found = self._proved(key)
        if not isinstance(found, tuple):
            return found
        clerk, provider = found
        page, name = f"{PATH}/{key}", label_of(provider.kind)
        question = Question(
            _("Try %(name)s", name=name),
            (
                _("You log in there, as yourself or as somebody made for trials, and come back."),
                _(
                    "You are shown what it told and what a login would do. Nobody is logged in "
                    "here, nothing is linked, and you stay who you are."
                ),
            ),
            _("Go on to %(there)s", there=name),
            f"{page}/try",
            page,
            ((_("Providers"), PATH), (name, page)),
            look="primary",
        )
        shown = ask(clerk, question)
        shown.form_targets = errand.sites_of(self._services, provider.kind)
        return shown

    def leave(self, key: str) -> Answer:
        """Off to the provider."""
        found = self._proved(key)
        if not isinstance(found, tuple):
            return found
        clerk, provider = found
        going = _errand(clerk, provider.kind, PURPOSE)
        left = errand.leave(self._services, clerk.visit, going, max_age=ANY_AGE)
        return self._told(clerk, provider, left) if isinstance(left, Reason) else left

    def come_back(self, kind: str) -> Answer:
        """Judge what came, keep what is shown of it, and on to an address without it."""
        page = f"{PATH}/{alias_of(kind)}"
        clerk = clerk_of(self._services, page, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        # Whatever the address says, nothing else is logged of it.
        clerk.visit.call.path = page
        with self._core.database.read() as tx:
            provider = self._desk.load(tx, clerk.authority, alias_of(kind))
        if isinstance(provider, Denied):
            return refused(provider)
        self._services.added.look_again()
        going = _errand(clerk, kind, PURPOSE)
        came = errand.judged(self._services, clerk.visit, going, max_age=ANY_AGE)
        return self._told(clerk, provider, came)

    def _told(self, clerk: Clerk, provider: Provider, came: Proven | Reason) -> Answer:
        """In the audit, and on a page that is shown once."""
        core, shown = self._core, self._core.entropy.token(16)
        with core.database.write() as tx:
            told = self._recount(tx, clerk, provider, came)
            why = str(told.get("reason", ""))
            self._desk.tried(tx, clerk.authority, provider.alias, why)
            core.errands.begin(tx, _errand(clerk, provider.kind, SHOWN), shown, told)
        return see_other(f"{PATH}/{provider.alias}/tried?shown={shown}")

    def _recount(
        self, tx: Any, clerk: Clerk, provider: Provider, came: Proven | Reason
    ) -> dict[str, Any]:
        arrival = None if isinstance(came, Reason) else came.arrival
        peer = arrival.who.peer if arrival else None
        if isinstance(came, Reason) or arrival is None or peer is None:
            why = came if isinstance(came, Reason) else Reason.MALFORMED
            return {"reason": why.value, "came": False}
        who, claims = arrival.who, arrival.claims
        origin = clerk.visit.call.origin
        found = self._services.peers.foresee(tx, who, peer, came.proof.level, origin)
        word = str(claims.get(WORD, ""))
        return {
            "came": True,
            "subject": peer.subject,
            "label": peer.label,
            "name": f"{who.first_name} {who.last_name}".strip(),
            "number": who.national_id,
            "word": word,
            "row": provider.levels.get(word),
            "worth": int(came.proof.level),
            "said": dict(claims.get(SAID, {})),
            **_kept(found),
        }

    def show(self, key: str) -> Answer:
        """What came back; once, in the browser and the session that went there."""
        page = f"{PATH}/{key}"
        clerk = clerk_of(self._services, page, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        named = request.args.get("shown", "")
        with self._core.database.write() as tx:
            provider = self._desk.load(tx, clerk.authority, key)
            told = self._core.errands.take(tx, _errand(clerk, kind_of(key), SHOWN), named)
            whose = str(told.get("account", "")) if told else ""
            account = accounts.load(tx, whose) if whose else None
        if isinstance(provider, Denied):
            return refused(provider)
        if told is None:
            return see_other(page)
        context = {
            "name": label_of(provider.kind),
            "base": page,
            "told": told,
            "account": account,
            "by_number": provider.finding == BY_NUMBER,
            "words": _words(provider, told),
            "open": provider.open,
        }
        return show(clerk, "provider_tried", context)

    def _proved(self, key: str) -> tuple[Clerk, Provider] | Answer:
        clerk = proved_clerk(self._services, f"{PATH}/{key}/try", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        # It may have been added a moment ago, by another server.
        self._services.added.look_again()
        with self._core.database.read() as tx:
            found = self._desk.load(tx, clerk.authority, key)
        return refused(found) if isinstance(found, Denied) else (clerk, found)


def _errand(clerk: Clerk, kind: str, purpose: str) -> Errand:
    session = clerk.visit.session
    whose = json.dumps([session.id if session else "", clerk.authority.actor])
    return Errand(kind, purpose, whose, clerk.visit.browser)


def _kept(found: Foreseen) -> dict[str, Any]:
    kept: dict[str, Any] = {"account": found.account, "level": int(found.level)}
    if found.reason is not None:
        kept["reason"] = found.reason.value
    return kept | {"could_be_made": found.could_be_made}


def _words(provider: Provider, told: Mapping[str, Any]) -> dict[str, str]:
    if told["came"]:
        return foreseen_words(told)
    return refused_words(provider.kind, str(told["reason"]))
