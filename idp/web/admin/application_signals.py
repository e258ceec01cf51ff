# SPDX-License-Identifier: Apache-2.0
"""« Logouts and signals »: what an application is told when something ends, and how it arrives."""

from typing import Any, Final

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.signal_desk import Signalled, may_resume
from idp.applications.values import Application
from idp.db import Tx
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.messages.records import Record
from idp.signals.hearing import FULL, SETTING, UNFETCHED
from idp.signals.streams import ENABLED, PAUSED, PUSH, Stream
from idp.signals.told import CREDENTIAL, SESSION
from idp.web.account_page import Stamp
from idp.web.admin.applications import HERE, address_of
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.fault_words import fault_words
from idp.web.admin.post_words import state_words

SEE, EDIT, AGAIN = Right.APPLICATIONS_SEE, Right.APPLICATIONS_EDIT, Right.MESSAGES_RESEND
KINDS: Final = {SESSION: _l("Sessions that end"), CREDENTIAL: _l("Means that change")}
STATES: Final = {
    "enabled": _l("In service"),
    "paused": _l("Paused"),
    "disabled": _l("Switched off"),
}
TONES: Final = {"enabled": "good", "paused": "warn", "disabled": "bad"}
BY: Final = {
    "application": _l("by the application"),
    "administrator": _l("by an administrator"),
    "provider": _l("by this server"),
}
REASONS: Final = {
    FULL: _l("More waited than is kept"),
    UNFETCHED: _l("For a week nobody took what waited"),
    "administrator": "",
}
LOGOUT_TONES: Final = {"sent": "good", "delivered": "good", "failed": "bad", "worthless": "bad"}


class SignalPages:
    """/admin/applications/<key>/signals."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.signals

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        page = f"{HERE}/<key>/signals"
        app.page(page, "admin_application_signals", self.shown)
        app.page(page, "admin_application_signals_act", self.act, methods=["POST"])
        app.page(f"{page}/drop", "admin_application_signals_ask", self.ask_drop)
        app.page(f"{page}/drop", "admin_application_signals_drop", self.drop, methods=["POST"])

    def shown(self, key: str) -> Answer:
        """How it stands."""
        clerk = clerk_of(self._services, address_of(key, "signals"), SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            sheet = self._services.office.applications.one(tx, clerk.authority, key)
            found = self._desk.shown(tx, clerk.authority, key)
        if isinstance(sheet, Denied) or isinstance(found, Denied):
            return refused(sheet if isinstance(sheet, Denied) else Denied.NOT_ALLOWED)
        application = sheet.application
        context = {
            "application": application,
            "base": address_of(key),
            "may_have": application.settings.get(SETTING) is True,
            "stream": _stream(found.stream, found.waiting) if found.stream else None,
            "may_edit": sheet.may_change,
            "numbers": _numbers(found),
            "notices": [_notice(one) for one in found.notices],
            "may_again": clerk.authority.may(AGAIN),
            "done": self._done(),
        }
        return show(clerk, "application_signals", context)

    def _done(self) -> str | None:
        news = {
            "pause": _("The stream is paused: what happens waits, for a week at most."),
            "resume": _("The stream is open again."),
            "dropped": _("The stream is given up."),
        }
        return news.get(request.args.get("done", ""))

    def act(self, key: str) -> Answer:
        """Pause it, or open it again."""
        clerk = clerk_of(self._services, address_of(key, "signals"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        wished = request.form.get("act", "")
        verb = {"pause": self._desk.pause, "resume": self._desk.resume}.get(wished)
        if verb is None:
            return problem_page("bad-request", status=400)
        with self._core.database.write() as tx:
            done = verb(tx, clerk.authority, key)
        if isinstance(done, Denied):
            return refused(done)
        return see_other(address_of(key, "signals") + (f"?done={wished}" if done else ""))

    def ask_drop(self, key: str) -> Answer:
        """What giving it up means."""
        clerk = clerk_of(self._services, address_of(key, "signals/drop"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            application = self._there(tx, clerk, key)
        if isinstance(application, Denied):
            return refused(application)
        return ask(clerk, _question(application))

    def _there(self, tx: Tx, clerk: Clerk, key: str) -> Denied | Application:
        sheet = self._services.office.applications.one(tx, clerk.authority, key)
        found = self._desk.shown(tx, clerk.authority, key)
        if isinstance(sheet, Denied) or isinstance(found, Denied):
            return Denied.NOT_FOUND
        if not sheet.may_change:
            return Denied.NOT_ALLOWED
        return sheet.application if found.stream else Denied.NOT_FOUND

    def drop(self, key: str) -> Answer:
        """Give it up."""
        clerk = clerk_of(self._services, address_of(key, "signals/drop"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            done = self._desk.drop(tx, clerk.authority, key)
        if isinstance(done, Denied):
            return refused(done)
        return see_other(f"{address_of(key, 'signals')}?done=dropped")


def _question(application: Application) -> Question:
    here = address_of(application.key, "signals")
    return Question(
        _("Give up the stream of %(name)s", name=application.name),
        (
            _("What waits on it is lost, and nothing more is told."),
            _("The application can open another one, as long as it may have signals."),
        ),
        _("Give up the stream"),
        f"{here}/drop",
        here,
        trail=((_("Applications"), HERE), (application.name, address_of(application.key))),
    )


def _stream(one: Stream, waiting: int) -> dict[str, Any]:
    reason = str(REASONS.get(one.reason, one.reason))
    return {
        "state": STATES[one.state],
        "tone": TONES[one.state],
        "about": ", ".join(filter(None, (str(BY[one.state_by]), reason)))
        if one.state != ENABLED
        else "",
        "way": _("Sent to it (push)") if one.method == PUSH else _("Fetched by it (poll)"),
        "address": one.address,
        "kinds": [KINDS[kind] for kind in one.kinds],
        "created_at": Stamp(one.created_at),
        "waiting": waiting,
        "delivered": one.delivered,
        "delivered_at": Stamp(one.delivered_at) if one.delivered_at else None,
        "lost": one.lost,
        "fault": fault_words(one.fault),
        "fault_at": Stamp(one.fault_at) if one.fault_at else None,
        "may_pause": one.state == ENABLED,
        "may_resume": may_resume(one),
        "is_paused": one.state == PAUSED,
    }


def _numbers(found: Signalled) -> dict[str, int]:
    """By what it means to somebody who looks."""
    by = found.numbers
    return {
        "told": by.get("sent", 0) + by.get("delivered", 0),
        "waiting": by.get("queued", 0) + by.get("sending", 0),
        "failed": by.get("failed", 0) + by.get("worthless", 0),
    }


def _notice(one: Record) -> dict[str, Any]:
    return {
        "at": Stamp(one.created_at),
        "state": state_words(one.state),
        "tone": LOGOUT_TONES.get(one.state, "warn"),
        "tries": one.tries,
        "fault": fault_words(one.fault) if one.state not in {"sent", "delivered"} else "",
        "next": Stamp(one.next_at) if one.next_at is not None else None,
        "waits": one.state == "queued",
        "url": f"/admin/messages/{one.id}",
    }
