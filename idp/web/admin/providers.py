# SPDX-License-Identifier: Apache-2.0
"""« Providers »: those that people may come from; looked at, added, changed, opened and closed."""

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.rules.provider_metadata import Metadata
from idp.administration.rules.providers import Looked, places_of
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.providers.spoken import ByBrowser
from idp.providers.values import Provider
from idp.web.account_page import stamp
from idp.web.admin.account_door import denied
from idp.web.admin.account_words import shown_actor
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.logo_words import logo_words
from idp.web.admin.provider_form import (
    FIELDS,
    NOTHING,
    options,
    read_form,
    typed_from,
    typed_of,
    wished,
)
from idp.web.admin.provider_metadata import (
    MOST_BYTES,
    read_source,
    shown_metadata,
    shown_typed,
    source_errors,
    typed_source,
)
from idp.web.admin.provider_shown import addresses_of, facts_of, health_of, told_of
from idp.web.admin.provider_words import DONE, FAULTS, LABELS, WHY
from idp.web.admin.region_history import kind_words, names_of_actors
from idp.web.admin.typed import done_sentence, read_typed, whole_number
from idp.web.admin.uploads import large_file
from idp.web.means import label_of
from idp.web.provider_marks import mark_of

PATH = "/admin/providers"
NEW, LOOK = f"{PATH}/new", f"{PATH}/look"
SEE, EDIT = Right.TRUST_SEE, Right.TRUST_EDIT
LONGEST_ADDRESS = 512
NO_ERRORS: Final[Mapping[str, str]] = {}


class ProviderPages:
    """GET and POST /admin/providers…"""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.providers

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one, post = f"{PATH}/<key>", ("POST",)
        app.page(PATH, "admin-providers", self.every)
        app.page(LOOK, "admin-provider-look", self.begin)
        large = large_file(self._services, MOST_BYTES, EDIT)
        app.page(LOOK, "admin-provider-found", self.look, methods=post, upload=large)
        app.page(NEW, "admin-provider-new", self.begin)
        app.page(NEW, "admin-provider-add", self.add, methods=post)
        app.page(one, "admin-provider", self.one)
        app.page(f"{one}/edit", "admin-provider-edit", self.edit)
        app.page(f"{one}/edit", "admin-provider-keep", self.keep, methods=post)
        app.page(f"{one}/state", "admin-provider-ask", self.ask_state)
        app.page(f"{one}/state", "admin-provider-state", self.set_state, methods=post)

    def every(self) -> Answer:
        """All of them."""
        clerk = clerk_of(self._services, PATH, SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.every(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        context = {
            "providers": [
                (one, label_of(one.kind), _state(one), self._health(one)) for one in found
            ],
            "may_edit": clerk.authority.may(EDIT),
            "done": done_sentence(DONE),
        }
        return show(clerk, "providers", context)

    def begin(self) -> Answer:
        """Where it is: whoever adds one has just proved who they are."""
        clerk = proved_clerk(self._services, LOOK, EDIT)
        return _look_page(clerk) if isinstance(clerk, Clerk) else clerk

    def look(self) -> Answer:
        """What it says of itself, in the form of a new one: nothing is kept yet."""
        clerk = proved_clerk(self._services, LOOK, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        found: Denied | Unfit | Looked | Metadata
        if request.form.get("protocol") == ByBrowser.protocol:
            found = self._desk.look_at_metadata(clerk.authority, read_source())
            errors = source_errors(found) if isinstance(found, Unfit) else {}
        else:
            address = read_typed("address", longest=LONGEST_ADDRESS)["address"]
            found = self._desk.look(clerk.authority, address)
            errors = {"address": str(WHY[found.why])} if isinstance(found, Unfit) else {}
        if isinstance(found, Denied):
            return refused(found)
        if isinstance(found, Unfit):
            return _look_page(clerk, errors)
        return self._form(clerk, None, typed_from(found), found=found)

    def add(self) -> Answer:
        """Keep it, where it still says of itself what is to be kept."""
        clerk = proved_clerk(self._services, LOOK, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        if set(request.form) - FIELDS:
            return problem_page("bad-request", status=400)
        typed = read_form()
        new = wished(typed, typed["alias"], 0)
        disagrees = self._desk.agrees(clerk.authority, new)
        if isinstance(disagrees, Denied):
            return refused(disagrees)
        if disagrees is not None:
            return self._form(clerk, None, typed, disagrees)
        with self._core.database.write() as tx:
            made = self._desk.add(tx, clerk.authority, new)
        return self._kept(clerk, None, typed, made, "added")

    def one(self, key: str) -> Answer:
        """One of them: how it is set, how it does, and what was changed of it."""
        clerk = clerk_of(self._services, f"{PATH}/{key}", SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.load(tx, clerk.authority, key)
            changes = self._desk.history(tx, clerk.authority, key)
            listed = [] if isinstance(changes, Denied) else changes
            names = names_of_actors(tx, listed)
        if isinstance(found, Denied):
            return refused(found)
        context = {
            "name": label_of(found.kind),
            "provider": found,
            "addresses": addresses_of(self._core.settings.server.issuer, found),
            "facts": facts_of(found),
            "told": told_of(found),
            "state": _state(found),
            "health": self._health(found),
            "changes": [
                {
                    "at": stamp(one.at),
                    "what": kind_words(one.kind),
                    "by": shown_actor(one.by, names),
                    "fields": [str(LABELS.get(field, field)) for field in one.after],
                }
                for one in listed
            ],
            "picture": mark_of(found.kind),
            "logo_fault": logo_words(request.args.get("fault", "")),
            "base": f"{PATH}/{key}",
            "may_edit": clerk.authority.may(EDIT),
            "done": done_sentence(DONE),
        }
        return show(clerk, "provider", context)

    def edit(self, key: str) -> Answer:
        """The form of one that is there; its secret is not shown."""
        found = self._load(key, "/edit")
        if not isinstance(found, tuple):
            return found
        clerk, provider = found
        return self._form(clerk, provider, typed_of(provider))

    def keep(self, key: str) -> Answer:
        """Change it."""
        found = self._load(key, "/edit")
        if not isinstance(found, tuple):
            return found
        clerk, provider = found
        if set(request.form) - FIELDS:
            return problem_page("bad-request", status=400)
        typed = read_form()
        new = wished(typed, key, whole_number(request.form.get("seen")) or 0, provider)
        if places_of(new) != places_of(provider):
            disagrees = self._desk.agrees(clerk.authority, new)
            if isinstance(disagrees, Denied):
                return refused(disagrees)
            if disagrees is not None:
                return self._form(clerk, provider, typed, disagrees)
        with self._core.database.write() as tx:
            kept = self._desk.edit(tx, clerk.authority, new)
        return self._kept(clerk, provider, typed, kept, "kept")

    def ask_state(self, key: str) -> Answer:
        """« Close it? »"""
        found = self._load(key, "/state")
        if not isinstance(found, tuple):
            return found
        clerk, provider = found
        page, name = f"{PATH}/{key}", label_of(provider.kind)
        sentences: tuple[str, ...]
        if provider.enabled:
            title, button = _("Close %(name)s?", name=name), _("Close it")
            sentences = (
                _("Nobody logs in by it any more, on any server, from this moment."),
                _("Whoever came by it is asked to log in another way at the next application."),
            )
        else:
            title, button = _("Open %(name)s?", name=name), _("Open it")
            sentences = (_("Applications that offer it show its button again."),)
        question = Question(
            title,
            sentences,
            button,
            f"{page}/state",
            page,
            ((_("Providers"), PATH), (name, page)),
            hidden={"to": "closed" if provider.enabled else "open"},
            look="danger" if provider.enabled else "primary",
        )
        return ask(clerk, question)

    def set_state(self, key: str) -> Answer:
        """Close it, or open it again."""
        found = self._load(key, "/state")
        if not isinstance(found, tuple):
            return found
        clerk, _provider = found
        enabled = request.form.get("to") == "open"
        with self._core.database.write() as tx:
            done = self._desk.set_enabled(tx, clerk.authority, key, enabled=enabled)
        self._services.added.look_again()
        if isinstance(done, Denied):
            return denied(done)
        if isinstance(done, Unfit):
            return see_other(f"{PATH}/{key}")
        return see_other(f"{PATH}/{key}?done={'opened' if enabled else 'closed'}")

    def _load(self, key: str, page: str) -> tuple[Clerk, Provider] | Answer:
        clerk = proved_clerk(self._services, f"{PATH}/{key}{page}", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.load(tx, clerk.authority, key)
        return refused(found) if isinstance(found, Denied) else (clerk, found)

    def _kept(
        self,
        clerk: Clerk,
        provider: Provider | None,
        typed: Mapping[str, Any],
        kept: Denied | Unfit | Provider,
        done: str,
    ) -> Answer:
        self._services.added.look_again()
        if isinstance(kept, Denied):
            return denied(kept)
        if isinstance(kept, Unfit):
            return self._form(clerk, provider, typed, kept)
        return see_other(f"{PATH}/{kept.alias}?done={done}")

    def _form(
        self,
        clerk: Clerk,
        provider: Provider | None,
        typed: Mapping[str, Any],
        unfit: Unfit | None = None,
        found: Looked | Metadata | None = None,
    ) -> Answer:
        stale = unfit is not None and unfit.why == "stale"
        now = typed_of(provider) if provider and stale else {}
        context = {
            "provider": provider,
            "name": label_of(provider.kind) if provider else "",
            "typed": {**NOTHING, **typed},
            "found": found if isinstance(found, Looked) else None,
            "metadata": _metadata(provider, typed, found),
            "errors": _errors(unfit),
            "changes": [
                (str(LABELS[name]), typed[name], one)
                for name, one in now.items()
                if name in LABELS and one != typed[name]
            ],
            "labels": {name: str(words) for name, words in LABELS.items()},
            "options": options(),
            "seen": provider.version if provider else 0,
            "action": f"{PATH}/{provider.alias}/edit" if provider else NEW,
            "back": f"{PATH}/{provider.alias}" if provider else PATH,
        }
        return show(clerk, "provider_form", context, 409 if stale else 422 if unfit else 200)

    def _health(self, provider: Provider) -> tuple[str, str, str]:
        """A word, its tone, and why; of this server's own look at it."""
        asked = self._services.added.health(provider.kind)
        return health_of(provider, asked, self._core.clock.now())


def _metadata(
    provider: Provider | None, typed: Mapping[str, Any], found: Looked | Metadata | None
) -> dict[str, Any] | None:
    if isinstance(found, Metadata):
        return shown_metadata(found)
    return shown_typed(typed) if found is None and provider is None else None


def _look_page(clerk: Clerk, errors: Mapping[str, str] = NO_ERRORS) -> Answer:
    typed = {**read_typed("address", longest=LONGEST_ADDRESS), **typed_source()}
    context = {**typed, "errors": errors, "action": LOOK, "back": PATH}
    return show(clerk, "provider_look", context, 422 if errors else 200)


def _state(provider: Provider) -> tuple[str, str]:
    if not provider.enabled:
        return str(_("Closed")), "bad"
    if provider.link_only:
        return str(_("Only to be linked")), "info"
    return str(_("Open")), "good"


def _errors(unfit: Unfit | None) -> dict[str, str]:
    if unfit is None or unfit.why == "stale":
        return {}
    if unfit.why == "unfit":
        return {one: str(FAULTS[one]) for one in unfit.fields}
    return {one: str(WHY[unfit.why]) for one in unfit.fields or ("alias",)}
