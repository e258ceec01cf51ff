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
from idp.credentials.passkeys import KIND, LONGEST_NAME, MOST, Held, NotAdded, clean_name
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.sessions.service import Ended
from idp.web.account_confirm import proved_beside
from idp.web.account_page import shown_day, shown_moment
from idp.web.account_parts import Owner, done_word, owner_of
from idp.web.devices import describe_device
from idp.web.fresh import fresh_proof
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
        owner = owner_of(self._services, HOME)
        if not isinstance(owner, Owner):
            return owner
        held = self._listed(owner.account.id)
        return _page(
            "passkeys",
            done=said(_sentence(done_word())),
            passkeys=[_shown(one) for one in held],
            new_url=NEW if len(held) < MOST else None,
            most=MOST,
        )

    def new(self) -> Answer:
        """Where a passkey is made, for somebody who has just proved who they are (CR-009)."""
        owner = proved_beside(self._services, NEW)
        return self._new_page(owner) if isinstance(owner, Owner) else owner

    def _new_page(self, owner: Owner, error: str = "") -> Answer:
        account, person = owner.account.id, owner.account.person
        if len(self._listed(account)) >= MOST:
            return see_other(HOME)
        options = self._maker.invite(
            _binding(owner), account, person.identifier, person.display_name
        )
        return _page(
            "passkeys_new",
            action=NEW,
            options=json.dumps(options),
            name=clean_name(request.form.get("name", "")) or _default_name(owner.visit),
            longest=LONGEST_NAME,
            error=error,
        )

    def add(self) -> Answer:
        """Keep what the browser made."""
        owner = proved_beside(self._services, NEW)
        if not isinstance(owner, Owner):
            return owner
        made = self._maker.judge(_binding(owner), request.form.get("credential", ""))
        if isinstance(made, Refused):
            expired = made.reason is Reason.EXPIRED
            return self._new_page(owner, "expired" if expired else "wrong")
        name = clean_name(request.form.get("name", "")) or _default_name(owner.visit)
        core, account = self._core, owner.account.id
        with core.database.write() as tx:
            kept = core.passkeys.add(tx, account, made, name, owner.visit.call.origin)
            if isinstance(kept, Held):
                tell_means(core, tx, account, "means-added", KIND, name)
        if kept is NotAdded.KNOWN:
            return self._new_page(owner, "known")
        if kept is NotAdded.TOO_MANY:
            return see_other(HOME)
        # An answer sent twice has done its work the first time.
        return see_other(f"{HOME}?done={Done.ADDED.value}")

    def ask_name(self, passkey: str) -> Answer:
        """The form of a name."""
        return self._with(passkey, lambda _owner, held: _name_page(held, held.name))

    def rename(self, passkey: str) -> Answer:
        """Give it another name."""
        return self._with(passkey, self._rename)

    def _rename(self, owner: Owner, held: Held) -> Answer:
        name = clean_name(request.form.get("name", ""))
        if not name:
            return _name_page(held, "", error=_("Give it a name by which you will know it again."))
        with self._core.database.write() as tx:
            self._core.passkeys.rename(tx, owner.account.id, held.id, name)
        return see_other(f"{HOME}?done={Done.RENAMED.value}")

    def ask_removal(self, passkey: str) -> Answer:
        """What removing it means, and whether one is sure."""
        return self._with(passkey, self._removal_page, fresh=True)

    def remove(self, passkey: str) -> Answer:
        """Forget it."""
        return self._with(passkey, self._remove, fresh=True)

    def _remove(self, owner: Owner, held: Held) -> Answer:
        if self._is_last(owner) and request.form.get("sure") != "yes":
            return self._removal_page(owner, held, error=_("Tick the box if you are sure."))
        core, account = self._core, owner.account.id
        ended: tuple[Ended, ...] = ()
        with core.database.write() as tx:
            removed = core.passkeys.remove(tx, account, held.id, owner.visit.call.origin)
            if removed is not None:
                tell_means(core, tx, account, "means-removed", KIND, removed)
                ended = end_wished(core, tx, owner.visit, KIND)
        self._services.leaving.tell_all(account, ended)
        return see_other(ending(f"{HOME}?done={Done.REMOVED.value}", ended))

    def _removal_page(self, owner: Owner, held: Held, error: str = "") -> Page:
        shown = _shown(held)
        return _page(
            "passkeys_remove",
            passkey=shown,
            action=shown["remove_url"],
            last=self._is_last(owner),
            closed=self._closed(owner),
            others=has_others(self._core, owner.session),
            error=error,
        )

    def _is_last(self, owner: Owner) -> bool:
        """Whether nothing as strong is left once this one is gone."""
        account = owner.account.id
        return is_last(self._services, account, KIND) and len(self._listed(account)) == 1

    def _closed(self, owner: Owner) -> tuple[str, ...]:
        """The applications that will no longer open once the last passkey is gone."""
        account = owner.account.id
        alone = len(self._listed(account)) == 1
        return closed_without(self._services, account, KIND) if alone else ()

    def _with(
        self, passkey: str, then: Callable[[Owner, Held], Answer], *, fresh: bool = False
    ) -> Answer:
        """Go on with somebody's own passkey."""
        owner = owner_of(self._services, HOME)
        if not isinstance(owner, Owner):
            return owner
        found = next((one for one in self._listed(owner.account.id) if one.id == passkey), None)
        if found is None:
            # Somebody else's looks the same as none at all.
            return problem_page("not-found", status=404)
        page = _shown(found)["remove_url"]
        asked = fresh_proof(self._services, owner.visit, page) if fresh else None
        return asked or then(owner, found)

    def _listed(self, account: str) -> list[Held]:
        with self._core.database.read() as tx:
            return self._core.passkeys.listed(tx, account)


def _binding(owner: Owner) -> str:
    """A passkey is made in one session, in one browser."""
    return f"enrol|{owner.session.id}|{owner.visit.browser}"


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
