# SPDX-License-Identifier: Apache-2.0
"""Webhooks: where to tell, of what, what arrived, and once more what did not."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.region.webhooks import Delivery, Secret, Webhook, Wished
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.programs.telling import EVENTS
from idp.web.account_page import stamp
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.fault_words import fault_words
from idp.web.admin.typed import done_sentence, read_typed
from idp.web.admin.webhook_words import DONE, FAULTS, LABELS, STATES

PATH = "/admin/webhooks"
RIGHT = Right.WEBHOOKS_EDIT
TONES = {"active": "good", "paused": "quiet", "stopped": "bad"}
ARRIVED = {
    "waiting": (_l("On its way"), "info"),
    "arrived": (_l("Arrived"), "good"),
    "failed": (_l("Failed"), "bad"),
}


class WebhookPages:
    """GET and POST /admin/webhooks…"""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._webhooks = services.office.webhooks

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one, post = f"{PATH}/<key>", ("POST",)
        app.page(PATH, "admin-webhooks", self.every)
        app.page(f"{PATH}/new", "admin-webhook-new", self.new)
        app.page(f"{PATH}/new", "admin-webhook-add", self.add, methods=post)
        app.page(one, "admin-webhook", self.one)
        app.page(f"{one}/edit", "admin-webhook-edit", self.edit)
        app.page(f"{one}/edit", "admin-webhook-keep", self.keep, methods=post)
        app.page(f"{one}/secret", "admin-webhook-secret", self.ask_rotation)
        app.page(f"{one}/secret", "admin-webhook-rotate", self.rotate, methods=post)
        app.page(f"{one}/ping", "admin-webhook-ping", self.ping, methods=post)
        app.page(f"{one}/resend", "admin-webhook-resend", self.resend, methods=post)
        app.page(f"{one}/remove", "admin-webhook-ask", self.ask_removal)
        app.page(f"{one}/remove", "admin-webhook-remove", self.remove, methods=post)

    def every(self) -> Answer:
        """All of them."""
        clerk = clerk_of(self._services, PATH, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._webhooks.every(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        lines = [(one, _state(one), TONES[one.state], _named(one.events)) for one in found]
        return show(clerk, "webhooks", {"webhooks": lines, "done": done_sentence(DONE)})

    def new(self) -> Answer:
        """The form of a new one; whoever fills it in has just proved who they are."""
        clerk = proved_clerk(self._services, f"{PATH}/new", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = {"name": "", "address": "", "events": (), "active": True}
        return _form(clerk, None, typed)

    def add(self) -> Answer:
        """Make it; its secret is shown this once."""
        clerk = proved_clerk(self._services, f"{PATH}/new", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = _read()
        with self._core.database.write() as tx:
            made = self._webhooks.add(tx, clerk.authority, _wished(typed))
        if isinstance(made, Denied):
            return refused(made)
        if isinstance(made, Unfit):
            return _form(clerk, None, typed, made)
        return _told(clerk, made)

    def one(self, key: str) -> Answer:
        """One of them, with what arrived."""
        clerk = clerk_of(self._services, f"{PATH}/{key}", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._webhooks.load(tx, clerk.authority, key)
            sent = self._webhooks.deliveries(tx, clerk.authority, key)
        if isinstance(found, Denied):
            return refused(found)
        context = {
            "webhook": found,
            "state": _state(found),
            "tone": TONES[found.state],
            "events": _named(found.events),
            "failing": stamp(found.failing_since) if found.failing_since else None,
            "deliveries": [] if isinstance(sent, Denied) else [_line(one) for one in sent],
            "base": f"{PATH}/{key}",
            "done": done_sentence(DONE),
        }
        return show(clerk, "webhook", context)

    def edit(self, key: str) -> Answer:
        """The form of one that is there."""
        found = self._load(key, "/edit")
        if not isinstance(found, tuple):
            return found
        clerk, webhook = found
        return _form(clerk, webhook, _typed(webhook))

    def keep(self, key: str) -> Answer:
        """Change it."""
        found = self._load(key, "/edit")
        if not isinstance(found, tuple):
            return found
        clerk, webhook = found
        typed, seen = _read(), request.form.get("seen", "")[:20]
        number = int(seen) if seen.isascii() and seen.isdigit() else 0
        with self._core.database.write() as tx:
            kept = self._webhooks.edit(tx, clerk.authority, key, number, _wished(typed))
        if isinstance(kept, Denied):
            return refused(kept)
        if isinstance(kept, Unfit):
            return _form(clerk, webhook, typed, kept)
        return see_other(f"{PATH}/{key}?done=kept")

    def ask_rotation(self, key: str) -> Answer:
        """« Make another secret? »"""
        clerk = proved_clerk(self._services, f"{PATH}/{key}/secret", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._webhooks.load(tx, clerk.authority, key)
        if isinstance(found, Denied):
            return refused(found)
        page = f"{PATH}/{key}"
        question = Question(
            _("Make another secret for %(name)s?", name=found.name),
            (_("Both secrets sign for a day; then the one of now is worth nothing."),),
            _("Make another secret"),
            f"{page}/secret",
            page,
            ((_("Webhooks"), PATH), (found.name, page)),
            look="primary",
        )
        return ask(clerk, question)

    def rotate(self, key: str) -> Answer:
        """Another secret, shown this once."""
        clerk = proved_clerk(self._services, f"{PATH}/{key}/secret", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            made = self._webhooks.rotate(tx, clerk.authority, key)
        return refused(made) if isinstance(made, Denied) else _told(clerk, made)

    def ping(self, key: str) -> Answer:
        """Send something to try it out."""
        clerk = clerk_of(self._services, f"{PATH}/{key}", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            sent = self._webhooks.ping(tx, clerk.authority, key)
        return refused(sent) if isinstance(sent, Denied) else see_other(f"{PATH}/{key}?done=sent")

    def resend(self, key: str) -> Answer:
        """Send one again."""
        clerk = clerk_of(self._services, f"{PATH}/{key}", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        delivery = read_typed("delivery", longest=43)["delivery"]
        with self._core.database.write() as tx:
            sent = self._webhooks.resend(tx, clerk.authority, key, delivery)
        return refused(sent) if isinstance(sent, Denied) else see_other(f"{PATH}/{key}?done=sent")

    def ask_removal(self, key: str) -> Answer:
        """« Give it up? »"""
        found = self._load(key, "/remove")
        if not isinstance(found, tuple):
            return found
        clerk, webhook = found
        page = f"{PATH}/{key}"
        question = Question(
            _("Remove the webhook %(name)s?", name=webhook.name),
            (_("Nothing is sent there any longer, and what was on its way is dropped."),),
            _("Remove the webhook"),
            f"{page}/remove",
            page,
            ((_("Webhooks"), PATH), (webhook.name, page)),
        )
        return ask(clerk, question)

    def remove(self, key: str) -> Answer:
        """Give it up."""
        clerk = clerk_of(self._services, f"{PATH}/{key}/remove", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            done = self._webhooks.remove(tx, clerk.authority, key)
        return refused(done) if isinstance(done, Denied) else see_other(f"{PATH}?done=removed")

    def _load(self, key: str, page: str) -> tuple[Clerk, Webhook] | Answer:
        clerk = clerk_of(self._services, f"{PATH}/{key}{page}", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._webhooks.load(tx, clerk.authority, key)
        return refused(found) if isinstance(found, Denied) else (clerk, found)


def _state(webhook: Webhook) -> str:
    return str(STATES[webhook.state])


def _named(events: tuple[str, ...]) -> list[str]:
    return [str(LABELS.get(one, one)) for one in events]


def _line(one: Delivery) -> dict[str, Any]:
    said, tone = ARRIVED[one.state]
    return {
        "id": one.id,
        "event": str(LABELS.get(one.event, one.event)),
        "at": stamp(one.created_at),
        "said": str(said),
        "tone": tone,
        "tries": one.tries,
        "fault": fault_words(one.fault),
        "over": one.state != "waiting",
    }


def _read() -> dict[str, Any]:
    typed: dict[str, Any] = dict(read_typed("name", "address", longest=2048))
    typed["events"] = tuple(one for one in EVENTS if one in request.form.getlist("events"))
    typed["active"] = request.form.get("active") == "yes"
    return typed


def _typed(webhook: Webhook) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "address": webhook.address,
        "events": webhook.events,
        "active": webhook.state == "active",
    }


def _wished(typed: Mapping[str, Any]) -> Wished:
    return Wished(typed["name"], typed["address"], typed["events"], typed["active"])


def _told(clerk: Clerk, made: Secret) -> Answer:
    """The one page that shows a secret."""
    context = {
        "webhook": made.webhook,
        "secret": made.secret,
        "base": f"{PATH}/{made.webhook.id}",
    }
    return show(clerk, "webhook_secret", context)


def _form(
    clerk: Clerk, webhook: Webhook | None, typed: Mapping[str, Any], unfit: Unfit | None = None
) -> Answer:
    stale = unfit is not None and unfit.why == "stale"
    names = unfit.fields if unfit else ()
    now = _typed(webhook) if webhook and stale else {}
    context = {
        "webhook": webhook,
        "typed": typed,
        "errors": {one: str(FAULTS[one]) for one in names},
        "refusal": str(FAULTS["too-many"]) if unfit and unfit.why == "too-many" else "",
        "changes": [(_("Name"), typed["name"], now["name"]),
                    (_("Address"), typed["address"], now["address"])] if now else [],
        "options": [(one, str(LABELS[one])) for one in EVENTS],
        "seen": webhook.updated_at if webhook else 0,
        "action": f"{PATH}/{webhook.id}/edit" if webhook else f"{PATH}/new",
        "back": f"{PATH}/{webhook.id}" if webhook else PATH,
    }  # fmt: skip
    return show(clerk, "webhook_form", context, 409 if stale else 422 if unfit else 200)
