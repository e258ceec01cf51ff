# SPDX-License-Identifier: Apache-2.0
"""« Authenticator app » in the account: what is set up, setting up, removing."""

from typing import Any, Final
from urllib.parse import quote

from flask import request
from flask_babel import gettext as _

from connectors.capabilities import Pairing, Pairs
from idp.accounts import service as accounts
from idp.audit.record import clean
from idp.credentials import recovery, totp
from idp.db import Tx
from idp.errors import Breakdown
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.sessions.values import Session
from idp.web.account_page import shown_day, shown_moment
from idp.web.account_recovery import CODES, NEW_CODES
from idp.web.fresh import fresh_proof, log_in_first
from idp.web.means_news import tell_means
from idp.web.strong_means import closed_without, is_last
from idp.web.visit import Visit

HOME: Final = "/account/authenticator"
NEW: Final = f"{HOME}/new"
REMOVE: Final = f"{HOME}/remove"
SEED: Final = "totp"
LONGEST_NAME: Final = 64


class AuthenticatorPages:
    """GET and POST under /account/authenticator."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HOME, "authenticator", self.home)
        app.page(NEW, "new_authenticator", self.begin)
        app.page(NEW, "confirm_authenticator", self.confirm, methods=["POST"])
        app.page(REMOVE, "leave_authenticator", self.ask)
        app.page(REMOVE, "remove_authenticator", self.remove, methods=["POST"])

    def home(self) -> Answer:
        """What is set up, and what can be done about it."""
        visit = Visit(self._services)
        visit.touch()
        session = visit.session
        if session is None:
            return log_in_first(self._services, visit, HOME)
        with self._core.database.read() as tx:
            found = totp.find(tx, session.account)
            left = recovery.remaining(tx, session.account)
        context = {
            "app": _shown(found) if found else None,
            "left": left,
            "few": left <= recovery.FEW,
            "done": _sentence(request.args.get("done", "")),
            "new_url": NEW,
            "remove_url": REMOVE,
            "codes_url": CODES,
        }
        return Page("account/authenticator.html", context, headers=list(NO_STORE))

    def begin(self) -> Answer:
        """A seed to be scanned; the same one for a while, however often the page is loaded."""
        visit = Visit(self._services)
        # CR-009: whoever has a second factor proves it before there is another one.
        unproved = fresh_proof(self._services, visit, NEW)
        session = visit.session
        if unproved is not None or session is None:
            return unproved or see_other("/login")
        return self._show(session, self._seed(session))

    def _seed(self, session: Session) -> str:
        core = self._core
        with core.database.read() as tx:
            kept = core.pending.find(tx, SEED, session.id, session.account)
        if kept is not None:
            return kept
        seed = core.authenticators.new_seed()
        with core.database.write() as tx:
            core.pending.keep(tx, SEED, session.id, session.account, seed)
        return seed

    def _show(self, session: Session, seed: str, *, name: str = "", wrong: bool = False) -> Page:
        core = self._core
        with core.database.read() as tx:
            account = accounts.load(tx, session.account)
            before = totp.find(tx, session.account)
        region = core.settings.region
        issuer = f"{region.server_name} {region.name}".strip()
        identifier = account.person.identifier if account else ""
        pairing = self._pairing(seed, issuer, identifier)
        context = {
            "picture": "data:image/svg+xml," + quote(pairing.picture),
            "address": pairing.address,
            "seed": " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
            "issuer": issuer,
            "identifier": identifier,
            "name": name,
            "wrong": wrong,
            "replaced": before.name if before else None,
            "action": NEW,
            "back_url": HOME,
        }
        return Page("account/authenticator_new.html", context, headers=list(NO_STORE))

    def _pairing(self, seed: str, issuer: str, name: str) -> Pairing:
        return self._app.pairing(seed, issuer, name)

    @property
    def _app(self) -> Pairs:
        connector = self._services.connectors[totp.KIND]
        if not isinstance(connector, Pairs):
            raise Breakdown("the authenticator app has no way to be set up")
        return connector

    def confirm(self) -> Answer:
        """A code shows that the app has learned the seed: from now on it counts."""
        visit = Visit(self._services)
        unproved = fresh_proof(self._services, visit, NEW)
        session = visit.session
        if unproved is not None or session is None:
            return unproved or see_other("/login")
        core = self._core
        with core.database.read() as tx:
            seed = core.pending.find(tx, SEED, session.id, session.account)
        if seed is None:
            # It stood open for too long: another seed is shown.
            return see_other(NEW)
        name = clean(request.form.get("name", "").strip(), LONGEST_NAME)
        step = self._app.step_of(seed, request.form.get("code", ""))
        if step is None:
            return self._show(session, seed, name=name, wrong=True)
        with core.database.write() as tx:
            # Of two forms sent at once, one finds the seed.
            if core.pending.take(tx, SEED, session.id, session.account) != seed:
                return see_other(NEW)
            first = totp.find(tx, session.account) is None
            self._keep(tx, visit, session, seed, name or _("My telephone"), step)
            if first:
                self._give_codes(tx, visit, session)
        return see_other(CODES if first else f"{HOME}?done=replaced")

    def _keep(
        self, tx: Tx, visit: Visit, session: Session, seed: str, name: str, step: int
    ) -> None:
        core, account = self._core, session.account
        core.authenticators.put(tx, account, seed, name, step, visit.call.origin)
        # A seed that another session of theirs was shown can't take its place any more.
        core.pending.drop_all(tx, SEED, account)
        tell_means(core, tx, account, "means-added", totp.KIND, name)

    def _give_codes(self, tx: Tx, visit: Visit, session: Session) -> None:
        core, account = self._core, session.account
        codes = core.recovery.renew(tx, account, visit.call.origin)
        core.pending.keep(tx, NEW_CODES, session.id, account, " ".join(codes))

    def ask(self) -> Answer:
        """Whether it shall really go, and what goes with it."""
        visit = Visit(self._services)
        unproved = fresh_proof(self._services, visit, REMOVE)
        session = visit.session
        if unproved is not None or session is None:
            return unproved or see_other("/login")
        return self._question(session)

    def _question(self, session: Session, *, unsure: bool = False) -> Answer:
        with self._core.database.read() as tx:
            found = totp.find(tx, session.account)
        if found is None:
            return see_other(HOME)
        context = {
            "app": _shown(found),
            "last": is_last(self._services, session.account, totp.KIND),
            "closed": closed_without(self._services, session.account, totp.KIND),
            "unsure": unsure,
            "action": REMOVE,
            "back_url": HOME,
        }
        return Page("account/authenticator_remove.html", context, headers=list(NO_STORE))

    def remove(self) -> Answer:
        """Take the app away, with the codes that stand in for it."""
        visit = Visit(self._services)
        unproved = fresh_proof(self._services, visit, REMOVE)
        session = visit.session
        if unproved is not None or session is None:
            return unproved or see_other("/login")
        core, account = self._core, session.account
        sure = request.form.get("sure") == "yes"
        if not sure and is_last(self._services, account, totp.KIND):
            return self._question(session, unsure=True)
        with core.database.write() as tx:
            name = core.authenticators.remove(tx, account, visit.call.origin)
            if name is None:
                return see_other(HOME)
            core.recovery.drop(tx, account)
            core.pending.drop_all(tx, NEW_CODES, account)
            tell_means(core, tx, account, "means-removed", totp.KIND, name)
        return see_other(f"{HOME}?done=removed")


def _shown(found: totp.Authenticator) -> dict[str, Any]:
    return {
        "name": found.name,
        "since": shown_day(found.created_at),
        "last_used": shown_moment(found.last_used_at) if found.last_used_at else None,
    }


def _sentence(done: str) -> str | None:
    sentences = {
        "replaced": _("Your authenticator app is replaced. The old one no longer works."),
        "removed": _("Your authenticator app is removed."),
        "noted": _("Your recovery codes are ready. Keep them where only you can find them."),
    }
    return sentences.get(done)
