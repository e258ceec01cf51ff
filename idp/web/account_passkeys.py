# SPDX-License-Identifier: Apache-2.0
"""« My passkeys »: the list, and to add, rename and remove one."""

import json
from collections.abc import Callable
from enum import Enum
from typing import Any, cast
from urllib.parse import quote

from flask import request
from flask_babel import gettext as _

from connectors.base import Reason, Refused
from connectors.capabilities import MakesPasskeys
from idp.accounts import service as accounts
from idp.credentials.passkeys import KIND, LONGEST_NAME, MOST, Held, NotAdded, clean_name
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.sessions.service import Ended
from idp.sessions.values import Session
from idp.web.account_page import shown_day, shown_moment
from idp.web.account_parts import done_word
from idp.web.devices import describe_device
from idp.web.fresh import fresh_proof, log_in_first
from idp.web.means_news import tell_means
from idp.web.other_sessions import end_wished, ending, has_others, said
from idp.web.strong_means import closed_without, is_last
from idp.web.visit import Visit

HOME = "/account/passkeys"
NEW = f"{HOME}/new"


class Done(Enum):
    """What a button has just done."""

    ADDED = "added"
    RENAMED = "renamed"
    REMOVED = "removed"


class PasskeyPages:
    """GET and POST under /account/passkeys."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._maker = cast("MakesPasskeys", services.connectors[KIND])

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{HOME}/<passkey>"
        app.page(HOME, "passkeys", self.home)
        app.page(NEW, "new_passkey", self.new)
        app.page(NEW, "add_passkey", self.add, methods=["POST"])
        app.page(f"{one}/name", "passkey_name", self.ask_name)
        app.page(f"{one}/name", "rename_passkey", self.rename, methods=["POST"])
        app.page(f"{one}/remove", "passkey_removal", self.ask_removal)
        app.page(f"{one}/remove", "remove_passkey", self.remove, methods=["POST"])

    def home(self) -> Answer:
        """One's passkeys."""
        visit = Visit(self._services)
        visit.touch()
        if visit.session is None:
            return log_in_first(self._services, visit, HOME)
        held = self._listed(visit.session.account)
        return _page(
            "passkeys",
            done=said(_sentence(done_word())),
            passkeys=[_shown(one) for one in held],
            new_url=NEW if len(held) < MOST else None,
            most=MOST,
        )

    def new(self) -> Answer:
        """Where a passkey is made, for somebody who has just proved who they are (CR-009)."""
        visit = Visit(self._services)
        visit.touch()
        asked = fresh_proof(self._services, visit, NEW)
        if asked is not None or visit.session is None:
            return asked or see_other(HOME)
        return self._new_page(visit, visit.session)

    def _new_page(self, visit: Visit, session: Session, error: str = "") -> Answer:
        with self._core.database.read() as tx:
            known = accounts.load(tx, session.account)
            full = len(self._core.passkeys.listed(tx, session.account)) >= MOST
        if known is None or full:
            return see_other(HOME)
        person = known.person
        options = self._maker.invite(
            _binding(visit, session), known.id, person.identifier, person.display_name
        )
        return _page(
            "passkeys_new",
            action=NEW,
            options=json.dumps(options),
            name=clean_name(request.form.get("name", "")) or _default_name(visit),
            longest=LONGEST_NAME,
            error=error,
        )

    def add(self) -> Answer:
        """Keep what the browser made."""
        visit = Visit(self._services)
        asked = fresh_proof(self._services, visit, NEW)
        session = visit.session
        if asked is not None or session is None:
            return asked or see_other(HOME)
        made = self._maker.judge(_binding(visit, session), request.form.get("credential", ""))
        if isinstance(made, Refused):
            expired = made.reason is Reason.EXPIRED
            return self._new_page(visit, session, "expired" if expired else "wrong")
        name = clean_name(request.form.get("name", "")) or _default_name(visit)
        core, account = self._core, session.account
        with core.database.write() as tx:
            kept = core.passkeys.add(tx, account, made, name, visit.call.origin)
            if isinstance(kept, Held):
                tell_means(core, tx, account, "means-added", KIND, name)
        if kept is NotAdded.KNOWN:
            return self._new_page(visit, session, "known")
        if kept is NotAdded.TOO_MANY:
            return see_other(HOME)
        # An answer sent twice has done its work the first time.
        return see_other(f"{HOME}?done={Done.ADDED.value}")

    def ask_name(self, passkey: str) -> Answer:
        """The form of a name."""
        return self._with(passkey, lambda _visit, held: _name_page(held, held.name))

    def rename(self, passkey: str) -> Answer:
        """Give it another name."""
        return self._with(passkey, self._rename)

    def _rename(self, visit: Visit, held: Held) -> Answer:
        name = clean_name(request.form.get("name", ""))
        if not name:
            return _name_page(held, "", error=_("Give it a name by which you will know it again."))
        with self._core.database.write() as tx:
            self._core.passkeys.rename(tx, _account(visit), held.id, name)
        return see_other(f"{HOME}?done={Done.RENAMED.value}")

    def ask_removal(self, passkey: str) -> Answer:
        """What removing it means, and whether one is sure."""
        return self._with(passkey, self._removal_page, fresh=True)

    def remove(self, passkey: str) -> Answer:
        """Forget it."""
        return self._with(passkey, self._remove, fresh=True)

    def _remove(self, visit: Visit, held: Held) -> Answer:
        if self._is_last(visit) and request.form.get("sure") != "yes":
            return self._removal_page(visit, held, error=_("Tick the box if you are sure."))
        core, account = self._core, _account(visit)
        ended: tuple[Ended, ...] = ()
        with core.database.write() as tx:
            removed = core.passkeys.remove(tx, account, held.id, visit.call.origin)
            if removed is not None:
                tell_means(core, tx, account, "means-removed", KIND, removed)
                ended = end_wished(core, tx, visit, KIND)
        self._services.leaving.tell_all(account, ended)
        return see_other(ending(f"{HOME}?done={Done.REMOVED.value}", ended))

    def _removal_page(self, visit: Visit, held: Held, error: str = "") -> Page:
        shown = _shown(held)
        return _page(
            "passkeys_remove",
            passkey=shown,
            action=shown["remove_url"],
            last=self._is_last(visit),
            closed=self._closed(visit),
            others=visit.session is not None and has_others(self._core, visit.session),
            error=error,
        )

    def _is_last(self, visit: Visit) -> bool:
        """Whether nothing as strong is left once this one is gone."""
        account = _account(visit)
        return is_last(self._services, account, KIND) and len(self._listed(account)) == 1

    def _closed(self, visit: Visit) -> tuple[str, ...]:
        """The applications that will no longer open once the last passkey is gone."""
        account = _account(visit)
        alone = len(self._listed(account)) == 1
        return closed_without(self._services, account, KIND) if alone else ()

    def _with(
        self, passkey: str, then: Callable[[Visit, Held], Answer], *, fresh: bool = False
    ) -> Answer:
        """Go on with somebody's own passkey."""
        visit = Visit(self._services)
        visit.touch()
        if visit.session is None:
            return log_in_first(self._services, visit, HOME)
        found = next((one for one in self._listed(_account(visit)) if one.id == passkey), None)
        if found is None:
            # Somebody else's looks the same as none at all.
            return problem_page("not-found", status=404)
        asked = fresh_proof(self._services, visit, _shown(found)["remove_url"]) if fresh else None
        return asked or then(visit, found)

    def _listed(self, account: str) -> list[Held]:
        with self._core.database.read() as tx:
            return self._core.passkeys.listed(tx, account)


def _account(visit: Visit) -> str:
    return visit.session.account if visit.session else ""


def _binding(visit: Visit, session: Session) -> str:
    """A passkey is made in one session, in one browser."""
    return f"enrol|{session.id}|{visit.browser}"


def _page(template: str, /, **context: Any) -> Page:
    return Page(f"account/{template}.html", context, headers=list(NO_STORE))


def _name_page(held: Held, name: str, error: str = "") -> Page:
    action = _shown(held)["name_url"]
    return _page("passkeys_name", action=action, name=name, longest=LONGEST_NAME, error=error)


def _shown(held: Held) -> dict[str, Any]:
    address = f"{HOME}/{quote(held.id, safe='')}"
    return {
        "name": held.name,
        "created": shown_day(held.created_at),
        "last_used": shown_moment(held.last_used_at) if held.last_used_at else None,
        "synchronised": held.backed_up,
        "name_url": f"{address}/name",
        "remove_url": f"{address}/remove",
    }


def _default_name(visit: Visit) -> str:
    return describe_device(visit.call.origin.user_agent)[:LONGEST_NAME]


def _sentence(word: str) -> str | None:
    sentences = {
        Done.ADDED.value: _("The passkey is added: from now on you can log in with it."),
        Done.RENAMED.value: _("The passkey has its new name."),
        Done.REMOVED.value: _("The passkey is removed: nobody can log in with it any more."),
    }
    return sentences.get(word)
