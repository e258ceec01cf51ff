# SPDX-License-Identifier: Apache-2.0
"""« Authenticator app » in the account: what is set up, setting up, removing."""

from typing import Any, Final
from urllib.parse import quote

from flask import request
from flask_babel import gettext as _

from connectors.capabilities import Pairs
from idp.audit.record import clean
from idp.credentials import recovery, totp
from idp.db import Tx
from idp.errors import Breakdown
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.sessions.service import Ended
from idp.sessions.values import Session
from idp.web.account_confirm import proved_beside
from idp.web.account_page import shown_day, shown_moment
from idp.web.account_parts import Owner, done_word, owner_of, proved_owner
from idp.web.account_recovery import CODES, NEW_CODES
from idp.web.means_news import tell_means
from idp.web.other_sessions import end_wished, ending, has_others, said
from idp.web.strong_means import closed_without, is_last

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
        owner = owner_of(self._services, HOME)
        if not isinstance(owner, Owner):
            return owner
        with self._core.database.read() as tx:
            found = totp.find(tx, owner.account.id)
            left = recovery.remaining(tx, owner.account.id)
        context = {
            "app": _shown(found) if found else None,
            "left": left,
            "few": left <= recovery.FEW,
            "done": said(_sentence(done_word())),
            "new_url": NEW,
            "remove_url": REMOVE,
            "codes_url": CODES,
        }
        return Page("account/authenticator.html", context, headers=list(NO_STORE))

    def begin(self) -> Answer:
        """A seed to be scanned; the same one for a while, however often the page is loaded."""
        # CR-009: whoever has a second factor proves it before there is another one.
        owner = proved_beside(self._services, NEW)
        if not isinstance(owner, Owner):
            return owner
        return self._show(owner, self._seed(owner.session))

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

    def _show(self, owner: Owner, seed: str, *, name: str = "", wrong: bool = False) -> Page:
        core = self._core
        with core.database.read() as tx:
            before = totp.find(tx, owner.account.id)
        region = core.settings.region
        issuer = f"{region.server_name} {region.name}".strip()
        identifier = owner.account.person.identifier
        pairing = self._app.pairing(seed, issuer, identifier)
        context = {
            "picture": "data:image/svg+xml," + quote(pairing.picture),
            "address": pairing.address,
            "seed": " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
            "issuer": issuer,
            "identifier": identifier,
            "name": name,
            "wrong": wrong,
            "replaced": before.name if before else None,
            "others": before is not None and has_others(core, owner.session),
            "action": NEW,
            "back_url": HOME,
        }
        return Page("account/authenticator_new.html", context, headers=list(NO_STORE))

    @property
    def _app(self) -> Pairs:
        connector = self._services.connectors[totp.KIND]
        if not isinstance(connector, Pairs):
            raise Breakdown("the authenticator app has no way to be set up")
        return connector

    def confirm(self) -> Answer:
        """A code shows that the app has learned the seed: from now on it counts."""
        owner = proved_beside(self._services, NEW)
        if not isinstance(owner, Owner):
            return owner
        core, session = self._core, owner.session
        with core.database.read() as tx:
            seed = core.pending.find(tx, SEED, session.id, session.account)
        if seed is None:
            # It stood open for too long: another seed is shown.
            return see_other(NEW)
        name = clean(request.form.get("name", "").strip(), LONGEST_NAME)
        step = self._app.step_of(seed, request.form.get("code", ""))
        if step is None:
            return self._show(owner, seed, name=name, wrong=True)
        ended: tuple[Ended, ...] = ()
        with core.database.write() as tx:
            # Of two forms sent at once, one finds the seed.
            if core.pending.take(tx, SEED, session.id, session.account) != seed:
                return see_other(NEW)
            first = totp.find(tx, session.account) is None
            self._keep(tx, owner, seed, name or _("My telephone"), step)
            if first:
                self._give_codes(tx, owner)
            else:
                ended = end_wished(core, tx, owner.visit, totp.KIND)
        self._services.leaving.tell_all(session.account, ended)
        return see_other(CODES if first else ending(f"{HOME}?done=replaced", ended))

    def _keep(self, tx: Tx, owner: Owner, seed: str, name: str, step: int) -> None:
        core, account = self._core, owner.account.id
        core.authenticators.put(tx, account, seed, name, step, owner.visit.call.origin)
        # A seed that another session of theirs was shown can't take its place any more.
        core.pending.drop_all(tx, SEED, account)
        tell_means(core, tx, account, "means-added", totp.KIND, name)

    def _give_codes(self, tx: Tx, owner: Owner) -> None:
        core, account = self._core, owner.account.id
        codes = core.recovery.renew(tx, account, owner.visit.call.origin)
        core.pending.keep(tx, NEW_CODES, owner.session.id, account, " ".join(codes))

    def ask(self) -> Answer:
        """Whether it shall really go, and what goes with it."""
        owner = proved_owner(self._services, REMOVE)
        if not isinstance(owner, Owner):
            return owner
        return self._question(owner)

    def _question(self, owner: Owner, *, unsure: bool = False) -> Answer:
        account = owner.account.id
        with self._core.database.read() as tx:
            found = totp.find(tx, account)
        if found is None:
            return see_other(HOME)
        context = {
            "app": _shown(found),
            "last": is_last(self._services, account, totp.KIND),
            "closed": closed_without(self._services, account, totp.KIND),
            "others": has_others(self._core, owner.session),
            "unsure": unsure,
            "action": REMOVE,
            "back_url": HOME,
        }
        return Page("account/authenticator_remove.html", context, headers=list(NO_STORE))

    def remove(self) -> Answer:
        """Take the app away, with the codes that stand in for it."""
        owner = proved_owner(self._services, REMOVE)
        if not isinstance(owner, Owner):
            return owner
        core, account = self._core, owner.account.id
        sure = request.form.get("sure") == "yes"
        if not sure and is_last(self._services, account, totp.KIND):
            return self._question(owner, unsure=True)
        with core.database.write() as tx:
            name = core.authenticators.remove(tx, account, owner.visit.call.origin)
            if name is None:
                return see_other(HOME)
            core.recovery.drop(tx, account)
            core.pending.drop_all(tx, NEW_CODES, account)
            tell_means(core, tx, account, "means-removed", totp.KIND, name)
            ended = end_wished(core, tx, owner.visit, totp.KIND)
        self._services.leaving.tell_all(account, ended)
        return see_other(ending(f"{HOME}?done=removed", ended))


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
