# SPDX-License-Identifier: Apache-2.0
"""Establishments' software that opens applications: what is registered, and what it sent lately."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from connectors.base import Level
from connectors.launches import ALGORITHMS
from idp.accounts import establishments
from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rules.launchers import EDIT, LONGEST_SET, SEE, Launcher
from idp.applications.seen import KEPT, SeenRequest
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.launches.sources import Source, State
from idp.web.account_page import Stamp, stamp
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.launcher_words import DONE, FAULTS, fault_words, label_of
from idp.web.admin.typed import done_sentence, read_typed

PATH = "/admin/software"
TEXTS = ("name", "issuer", "algorithm", "establishment", "jwks", "jwks_uri", "certificate")
STATES = {
    State.ENABLED: (_l("Its launches are taken"), "good"),
    State.DISABLED: (_l("Disabled"), "quiet"),
}
MOST_OF_NOBODY = 5


class LauncherPages:
    """GET and POST /admin/software…"""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._launchers = services.office.launchers

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one, post = f"{PATH}/<key>", ("POST",)
        app.page(PATH, "admin-launchers", self.every)
        app.page(f"{PATH}/new", "admin-launcher-new", self.new)
        app.page(f"{PATH}/new", "admin-launcher-add", self.add, methods=post)
        app.page(one, "admin-launcher", self.one)
        app.page(f"{one}/edit", "admin-launcher-edit", self.edit)
        app.page(f"{one}/edit", "admin-launcher-keep", self.keep, methods=post)

    def every(self) -> Answer:
        """All of them."""
        clerk = clerk_of(self._services, PATH, SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._launchers.every(tx, clerk.authority)
            houses = {one.key: one.name for one in establishments.every(tx)}
        if isinstance(found, Denied):
            return refused(found)
        context = {
            "launchers": [_line(one, houses) for one in found],
            "may_edit": clerk.authority.may(EDIT),
            "done": done_sentence(DONE),
        }
        return show(clerk, "launchers", context)

    def one(self, key: str) -> Answer:
        """One of them, and what it sent lately."""
        clerk = clerk_of(self._services, f"{PATH}/{key}", SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._launchers.load(tx, clerk.authority, key)
            came = self._launchers.received(tx, clerk.authority, key)
            if isinstance(found, Denied) or isinstance(came, Denied):
                return refused(Denied.NOT_FOUND)
            houses = {one.key: one.name for one in establishments.every(tx)}
            names = {one.key: one.name for one in self._core.applications.every(tx)}
        source = found.source
        context = {
            "launcher": _line(found, houses),
            "source": source,
            "signs_with": _signs_with(source),
            "opens": [names.get(one, one) for one in source.applications],
            "own": [_seen(one) for one in came.own],
            "of_nobody": [_seen(one) for one in came.of_nobody[:MOST_OF_NOBODY]],
            "days": KEPT // 86_400,
            "base": f"{PATH}/{key}",
            "may_edit": clerk.authority.may(EDIT),
            "done": done_sentence(DONE),
        }
        return show(clerk, "launcher", context)

    def new(self) -> Answer:
        """The form of a new one; whoever fills it in has just proved who they are."""
        clerk = proved_clerk(self._services, f"{PATH}/new", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = dict.fromkeys(("key", *TEXTS, "numbers"), "")
        fresh = {"applications": (), "active": True, "level": "1", "algorithm": "ES256"}
        return self._form(clerk, None, {**typed, **fresh})

    def add(self) -> Answer:
        """Make it."""
        clerk = proved_clerk(self._services, f"{PATH}/new", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = _read()
        with self._core.database.write() as tx:
            made = self._launchers.add(tx, clerk.authority, _wished(typed, typed["key"]))
        if isinstance(made, Denied):
            return refused(made)
        if isinstance(made, Unfit):
            return self._form(clerk, None, typed, made)
        return see_other(f"{PATH}/{made.key}?done=added")

    def edit(self, key: str) -> Answer:
        """The form of one that is there."""
        found = self._load(key)
        if not isinstance(found, tuple):
            return found
        clerk, launcher = found
        return self._form(clerk, launcher, _typed(launcher.source))

    def keep(self, key: str) -> Answer:
        """Change it."""
        found = self._load(key)
        if not isinstance(found, tuple):
            return found
        clerk, launcher = found
        typed, seen = _read(), request.form.get("seen", "")[:32]
        with self._core.database.write() as tx:
            kept = self._launchers.edit(tx, clerk.authority, seen, _wished(typed, key))
        if isinstance(kept, Denied):
            return refused(kept)
        if isinstance(kept, Unfit):
            return self._form(clerk, launcher, typed, kept)
        return see_other(f"{PATH}/{key}?done=kept")

    def _load(self, key: str) -> tuple[Clerk, Launcher] | Answer:
        clerk = proved_clerk(self._services, f"{PATH}/{key}/edit", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._launchers.load(tx, clerk.authority, key)
        return refused(found) if isinstance(found, Denied) else (clerk, found)

    def _form(
        self,
        clerk: Clerk,
        launcher: Launcher | None,
        typed: Mapping[str, Any],
        unfit: Unfit | None = None,
    ) -> Answer:
        with self._core.database.read() as tx:
            houses = [(one.key, f"{one.name} ({one.key})") for one in establishments.every(tx)]
            opens = [(one.key, one.name) for one in self._core.applications.every(tx)]
        stale = unfit is not None and unfit.why == "stale"
        now = _typed(launcher.source) if launcher and stale else {}
        context = {
            "launcher": launcher,
            "typed": typed,
            "errors": {name: str(FAULTS[name]) for name in (unfit.fields if unfit else ())}
            | ({"key": str(FAULTS["taken"])} if unfit and unfit.why == "taken" else {}),
            "refusal": str(FAULTS["too-many"]) if unfit and unfit.why == "too-many" else "",
            "changes": [
                (label_of(name), _shown(typed[name]), _shown(one))
                for name, one in now.items()
                if typed.get(name) != one
            ],
            "houses": houses,
            "options": sorted(opens, key=lambda one: one[1].casefold()),
            "algorithms": [(one, one) for one in ALGORITHMS],
            "levels": [
                ("1", _("1, a password’s")),
                ("2", _("2, two factors’")),
                ("3", _("3, a card’s")),
            ],
            "seen": launcher.version if launcher else "",
            "action": f"{PATH}/{launcher.source.key}/edit" if launcher else f"{PATH}/new",
            "back": f"{PATH}/{launcher.source.key}" if launcher else PATH,
        }
        return show(clerk, "launcher_form", context, 409 if stale else 422 if unfit else 200)


def _line(one: Launcher, houses: Mapping[str, str]) -> dict[str, Any]:
    source, last = one.source, one.registered.last_used_at
    said, tone = STATES[source.state]
    return {
        "key": source.key,
        "name": source.name,
        "establishment": houses.get(source.establishment, source.establishment),
        "level": int(source.level),
        "said": str(said),
        "tone": tone,
        "last": stamp(last) if last else None,
    }


def _signs_with(source: Source) -> str:
    if source.jwks_uri:
        return source.jwks_uri
    return str(_("A certificate") if source.certificate else _("A set of keys, written down here"))


def _seen(one: SeenRequest) -> dict[str, Any]:
    return {
        "fault": one.fault,
        "said": fault_words(one.fault),
        "facts": list(one.facts.items()),
        "last_at": Stamp(one.last_at),
        "first_at": Stamp(one.first_at),
        "times": one.times,
    }


def _read() -> dict[str, Any]:
    typed: dict[str, Any] = dict(read_typed("key", "level", *TEXTS, longest=LONGEST_SET))
    typed["numbers"] = " ".join(read_typed("numbers", longest=2000)["numbers"].split())
    typed["applications"] = tuple(dict.fromkeys(request.form.getlist("applications")))[:500]
    typed["active"] = request.form.get("active") == "yes"
    return typed


def _typed(source: Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in ("key", *TEXTS)} | {
        "numbers": " ".join(source.numbers),
        "applications": source.applications,
        "level": str(int(source.level)),
        "active": source.enabled,
    }


def _wished(typed: Mapping[str, Any], key: str) -> Source:
    level = typed["level"] if typed["level"] in {"1", "2", "3"} else "1"
    return Source(
        key=key,
        **{name: typed[name] for name in TEXTS},
        level=Level(int(level)),
        applications=typed["applications"],
        numbers=tuple(typed["numbers"].split()),
        state=State.ENABLED if typed["active"] else State.DISABLED,
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return ", ".join(value) if isinstance(value, tuple) else str(value or "–")
